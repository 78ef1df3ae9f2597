//! A set in one file or in shards. Shards are the `.npz` files of a folder or of a glob, in the order of their names,
//! all with the same arrays. A rank reads only the rows that it holds.

use super::bounds::check_not_empty;
use super::classes::Classes;
use super::files::{check_memory, common_head, listed};
use super::group_labels::{group_numbers, shared_groups};
use super::label::Label;
use super::npz::{self, Head, Part};
use super::options::ReadOptions;
use super::whole;
use super::{Attributions, Dataset, Samples, Target};
use crate::Result;
use crate::cluster::{Ranks, Serial, Span, agreed, each};
use ndarray::{Array1, Array2, Array3, Axis};
use std::ffi::OsStr;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// A set whose heads have been read.
#[derive(Debug)]
pub struct Shards<'r> {
    place: String,
    pub(super) ranks: &'r dyn Ranks,
    options: ReadOptions,
    /// Whether it is one file that is read whole.
    whole: bool,
    shards: Vec<Shard>,
    /// The head of all shards together.
    head: Head,
}

/// A file of a set.
#[derive(Debug, Clone)]
pub struct Shard {
    /// Its path.
    pub path: PathBuf,
    /// The number of its windows of each split.
    pub windows: [usize; 2],
}

impl Shard {
    /// Its file name.
    #[must_use]
    pub fn name(&self) -> &OsStr {
        self.path.file_name().unwrap_or_default()
    }
}

impl<'r> Shards<'r> {
    /// Opens the set at a path; see [`Dataset::read`].
    ///
    /// # Errors
    /// There is no file, one cannot be read, or one differs from the others. The error names it.
    pub fn open(path: &Path, options: &ReadOptions, ranks: &'r dyn Ranks) -> Result<Self> {
        let place = path.display().to_string();
        let files = listed(path, ranks)?;
        let whole = files.len() == 1 && agreed(ranks, whole::is_whole(&files[0]))?;
        let heads: Vec<Result<Head>> = each(ranks, files.len(), |i| {
            let head = if whole {
                whole::read(&files[i], options).map(|data| whole_head(&data))
            } else {
                npz::head(&files[i], options)
            };
            head.map_err(|error| if ranks.size() > 1 { error.of_rank(ranks.rank()) } else { error })
        });
        let heads = heads.into_iter().collect::<Result<Vec<Head>>>()?;
        if !whole {
            check_memory(&place, &heads)?;
        }
        let mut head = common_head(&files, &heads)?;
        if let Some([labels, test]) = &head.labels {
            head.classes = labels.decide(test, &place, "y_train", options)?;
        }
        let shards = files.into_iter().zip(heads).map(|(path, Head { windows, .. })| Shard { path, windows }).collect();
        Ok(Self { place, ranks, options: options.clone(), whole, shards, head })
    }

    /// The path of the set, as errors name it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.place
    }

    /// The number of samples of a window.
    #[must_use]
    pub const fn window(&self) -> usize {
        self.head.shape[0]
    }

    /// The files, in their order.
    #[must_use]
    pub fn shards(&self) -> &[Shard] {
        &self.shards
    }

    /// Reads and checks this rank's windows of all files.
    ///
    /// # Errors
    /// On all ranks: something is wrong with the windows of any rank, as in [`Dataset::read`].
    pub fn read(&self) -> Result<Dataset> {
        check_not_empty(&self.place, self.head.windows)?;
        let (data, keys) = agreed(self.ranks, self.own())?;
        let groups_in_both = shared_groups(self.ranks, &keys);
        let [groups, test_groups] = keys.map(|keys| keys.map(|keys| group_numbers(self.ranks, &keys)));
        let data = if self.whole { data } else { Dataset { groups, test_groups, groups_in_both, ..data } };
        data.check_whole(self.ranks)?;
        Ok(data)
    }

    /// Reads one whole file. It need not be a complete set: classes may be missing.
    ///
    /// # Errors
    /// It cannot be read, or its arrays do not match its head.
    pub fn shard(&self, shard: usize) -> Result<Dataset> {
        let Shard { path, windows } = &self.shards[shard];
        if self.whole {
            return whole::read(path, &self.options);
        }
        let part = npz::read(path, &self.head, windows.map(|n| 0..n), &self.options)?;
        let (data, keys) = self.dataset(path.display().to_string(), part);
        data.check_own()?;
        let groups_in_both = shared_groups(&Serial, &keys);
        let [groups, test_groups] = keys.map(|keys| keys.map(|keys| group_numbers(&Serial, &keys)));
        Ok(Dataset { groups, test_groups, groups_in_both, ..data })
    }

    /// Reads and checks the only file.
    ///
    /// # Errors
    /// As [`Dataset::read`].
    pub fn whole(&self) -> Result<Dataset> {
        check_not_empty(&self.place, self.head.windows)?;
        let data = self.shard(0)?;
        data.check()?;
        Ok(data)
    }

    /// The mean of all training windows, computed file by file.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn mean(&self) -> Result<Array1<f32>> {
        let sums = each(self.ranks, self.shards.len(), |shard| {
            let x = self.shard(shard)?.train.x;
            let sum = x.fold_axis(Axis(0), 0.0_f64, |sum, &x| sum + f64::from(x));
            Ok((sum.to_vec(), x.nrows()))
        });
        let (mut mean, mut n) = (Array1::zeros(self.head.shape[0]), 0);
        for sum in sums {
            let (sum, windows) = sum?;
            mean += &Array1::from(sum);
            n += windows;
        }
        #[expect(clippy::cast_possible_truncation, reason = "a mean of f32")]
        Ok(mean.mapv(|sum: f64| (sum / n.max(1) as f64) as f32))
    }

    /// For each file, the rows of a split that this rank holds.
    pub(super) fn rows(&self, split: usize) -> Vec<Range<usize>> {
        let total = self.shards.iter().map(|shard| shard.windows[split]).sum();
        let own = Span::share(total, self.ranks).range();
        let mut first = 0;
        let of_shard = |shard: &Shard| {
            let n = shard.windows[split];
            let rows = [own.start, own.end].map(|row| row.clamp(first, first + n) - first);
            first += n;
            rows[0]..rows[1]
        };
        self.shards.iter().map(of_shard).collect()
    }

    /// Reads this rank's windows, and the labels of their groups.
    fn own(&self) -> Result<(Dataset, [Option<Vec<Label>>; 2])> {
        if self.whole {
            let data = whole::read(&self.shards[0].path, &self.options)?;
            data.check_own()?;
            return Ok((data.share(self.ranks), [None, None]));
        }
        let rows = self.shards.iter().zip(self.rows(0)).zip(self.rows(1));
        let own: Vec<_> = rows.filter(|((_, train), test)| !train.is_empty() || !test.is_empty()).collect();
        let read = |((shard, train), test): ((&Shard, Range<usize>), Range<usize>)| {
            let path = &shard.path;
            let part = npz::read(path, &self.head, [train, test], &self.options)?;
            // Check each file by itself, so that errors count rows within the file.
            let (part, keys) = self.dataset(path.display().to_string(), part);
            part.check_own()?;
            Ok((part, keys))
        };
        if own.len() == 1 {
            let all = own.into_iter().map(read).next().transpose()?;
            return Ok(all.map(|(data, keys)| (Dataset { file: self.place.clone(), ..data }, keys)).expect("one"));
        }
        let mut all = self.empty_part();
        for part in own {
            let (part, keys) = read(part)?;
            all.append(part, keys);
        }
        Ok(self.dataset(self.place.clone(), all))
    }

    fn dataset(&self, file: String, part: Part) -> (Dataset, [Option<Vec<Label>>; 2]) {
        let Part { train, test, attributions, keys } = part;
        let rows = self.head.shape[1];
        let Head { classes, labels, note, .. } = &self.head;
        let class_names = classes.as_ref().map(Classes::names).unwrap_or_default();
        let floats = labels.as_ref().is_some_and(|[labels, _]| labels.floats());
        let of_classes = classes.as_ref().and_then(|classes| classes.note(floats));
        let notes = note.iter().cloned().chain(of_classes).collect();
        let data = Dataset { rows, attributions, class_names, notes, ..Dataset::of(file, train, test) };
        (data, keys)
    }

    /// An empty part, with memory reserved for this rank's windows.
    fn empty_part(&self) -> Part {
        let Head { shape: [window, _], classes, outputs, displacements, .. } = &self.head;
        let [train, test] = [0, 1].map(|split| {
            let mut x = Array2::zeros((0, *window));
            let rows = self.rows(split).iter().map(Range::len).sum();
            // If there is not enough memory, appending the first windows fails.
            _ = x.reserve(Axis(0), rows);
            let y = classes.as_ref().map_or(Target::Values(Vec::new()), Classes::empty);
            Samples { x, y }
        });
        let attributions = outputs.map(|outputs| Attributions {
            gradients: Array3::zeros((0, outputs, *window)),
            displacements: displacements.then(|| Array2::zeros((0, *window))),
        });
        let keys = [self.head.groups.is_some(), self.head.test_groups].map(|there| there.then(Vec::new));
        Part { train, test, attributions, keys }
    }
}

impl Part {
    /// Appends the rows of `next`.
    fn append(&mut self, next: Dataset, keys: [Option<Vec<Label>>; 2]) {
        for (own, next) in [(&mut self.train, next.train), (&mut self.test, next.test)] {
            own.x.append(Axis(0), next.x.view()).expect("windows of one length");
            let y = std::mem::replace(&mut own.y, Target::Values(Vec::new()));
            own.y = y.then(next.y);
        }
        if let (Some(own), Some(next)) = (&mut self.attributions, next.attributions) {
            own.append(&next);
        }
        for (own, next) in self.keys.iter_mut().zip(keys) {
            own.iter_mut().for_each(|own| own.extend(next.iter().flatten().cloned()));
        }
    }
}

/// The head of a set that was read whole.
fn whole_head(data: &Dataset) -> Head {
    Head {
        windows: [&data.train, &data.test].map(|samples| samples.y.len()),
        shape: [data.window(), 1],
        ..Head::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::threads;
    use crate::data::write_dataset;
    use crate::fixtures;
    use ndarray::Array2;

    /// Windows in groups. They are of two classes, except for a few of a third class at the end.
    fn set(n: usize) -> Dataset {
        // Samples that hardly compress.
        let x = Array2::from_shape_fn((n, 8), |(i, k)| ((i * 48_271 + k * 40_503) % 10_007) as f32);
        let labels = (0..n).map(|i| if i + 5 > n { 2 } else { i % 2 }).collect();
        let train = Samples { x, y: Target::Classes { labels, classes: 3 } };
        let test = train.select(&(0..n / 3).collect::<Vec<_>>());
        let groups = Some((0..n).map(|i| i / 7).collect());
        let test_groups = Some((0..n / 3).map(|i| i / 7).collect());
        Dataset { groups, test_groups, ..fixtures::dataset(train, test) }
    }

    /// Writes a set to `shards` files of different sizes.
    fn written(folder: &Path, set: &Dataset, shards: usize) {
        let cut = |n: usize, i: usize| if i == shards { n } else { n * i * i / (shards * shards) };
        for shard in 0..shards {
            let rows = |n: usize| (cut(n, shard)..cut(n, shard + 1)).collect::<Vec<_>>();
            let (train, test) = (rows(set.train.y.len()), rows(set.test.y.len()));
            let selected = |groups: &Option<Vec<usize>>, rows: &[usize]| {
                groups.as_ref().map(|groups| rows.iter().map(|&row| groups[row]).collect())
            };
            let part = Dataset {
                train: set.train.select(&train),
                test: set.test.select(&test),
                groups: selected(&set.groups, &train),
                test_groups: selected(&set.test_groups, &test),
                ..set.clone()
            };
            write_dataset(&folder.join(format!("{shard:02}.npz")), &part, &[]).unwrap();
        }
    }

    fn same(a: &Dataset, b: &Dataset) -> bool {
        let parts = |set: &Dataset| (set.train.clone(), set.test.clone(), set.groups.clone(), set.test_groups.clone());
        let ((train_a, test_a, groups_a, others_a), (train_b, test_b, groups_b, others_b)) = (parts(a), parts(b));
        let samples = |a: &Samples, b: &Samples| a.x == b.x && a.y == b.y;
        samples(&train_a, &train_b) && samples(&test_a, &test_b) && groups_a == groups_b && others_a == others_b
    }

    #[test]
    fn shards_are_read_as_one_set_and_ranks_read_their_rows() {
        let set = set(5000);
        let folder = tempfile::tempdir().unwrap();
        written(folder.path(), &set, 5);
        std::fs::write(folder.path().join("README"), "no shard").unwrap();
        for path in [folder.path().to_owned(), folder.path().join("0*.npz")] {
            assert!(same(&Dataset::read(&path, &ReadOptions::default()).unwrap(), &set), "{path:?}");
        }
        for size in [2, 4, 9] {
            let parts = threads(size, |ranks| {
                Shards::open(folder.path(), &ReadOptions::default(), ranks).unwrap().read().unwrap()
            });
            for (rank, part) in parts.iter().enumerate() {
                let rows = |n: usize| {
                    let cut = |rank: usize| if rank == size { n } else { n * rank / size / 1024 * 1024 };
                    (cut(rank)..cut(rank + 1)).collect::<Vec<_>>()
                };
                let (train, test) = (rows(5000), rows(5000 / 3));
                let selected = |groups: &Option<Vec<usize>>, rows: &[usize]| {
                    groups.as_ref().map(|groups| rows.iter().map(|&row| groups[row]).collect::<Vec<_>>())
                };
                assert!(part.train.x == set.train.select(&train).x && part.train.y == set.train.y.select(&train));
                assert!(part.test.x == set.test.select(&test).x && part.groups == selected(&set.groups, &train));
            }
        }
    }

    #[test]
    fn every_rank_names_what_is_wrong_with_a_shard() {
        let folder = tempfile::tempdir().unwrap();
        let refused = |parts: &[&str]| {
            for size in [1, 2, 3] {
                let errors = threads(size, |ranks| {
                    let read =
                        Shards::open(folder.path(), &ReadOptions::default(), ranks).and_then(|shards| shards.read());
                    read.expect_err(parts[1]).to_string()
                });
                assert!(errors.iter().all(|error| *error == errors[0]), "{errors:?}");
                assert!(parts.iter().all(|part| errors[0].contains(part)), "{size}: {}", errors[0]);
                assert!(size == 1 || errors[0].contains("rank ") || parts.contains(&"as in"), "{}", errors[0]);
            }
        };
        let whole = set(4000);
        written(folder.path(), &whole, 4);
        let shard = folder.path().join("03.npz");
        let bytes = std::fs::read(&shard).unwrap();
        std::fs::write(&shard, &bytes[..bytes.len() / 2]).unwrap();
        refused(&["03.npz", "npz archive"]);
        // Flip one bit of the windows. Only the checksum reveals some of these errors.
        for at in (200..1000).step_by(20) {
            let mut other = bytes.clone();
            other[at] ^= 4;
            std::fs::write(&shard, other).unwrap();
            refused(&["03.npz", "x_train"]);
        }
        let narrow = Array2::zeros((40, 7));
        let train = Samples { x: narrow, y: whole.train.y.select(&(0..40).collect::<Vec<_>>()) };
        let groups = Some(vec![0; 40]);
        let test_groups = groups.clone();
        let narrow = Dataset { test: train.clone(), train, groups, test_groups, ..whole.clone() };
        write_dataset(&shard, &narrow, &[]).unwrap();
        refused(&["03.npz", "x_train", "windows of 8 samples", "as in", "windows of 7 samples"]);
        write_dataset(&shard, &Dataset { groups: None, ..whole.clone() }, &[]).unwrap();
        refused(&["03.npz", "group_train", "as in", "no groups"]);
        std::fs::write(&shard, bytes).unwrap();
        assert!(same(&Dataset::read(folder.path(), &ReadOptions::default()).unwrap(), &whole));
        assert!(
            Dataset::read(&folder.path().join("9*.npz"), &ReadOptions::default())
                .unwrap_err()
                .to_string()
                .contains("there is none")
        );
        assert!(Shards::open(folder.path(), &ReadOptions::default(), &Serial).unwrap().shard(1).is_ok());
    }
}
