//! Training: which networks, and on which windows.

use super::checkpoint::Checkpoint;
use super::fit::Run;
use super::state::Best;
use super::{Arch, Body, Shape, Teacher, Training, device};
use crate::data::{Dataset, Fold, check_folds, folds};
use crate::file;
use crate::metric::{self, Outputs};
use crate::progress::{Event, Progress, tell};
use crate::rocket::Rocket;
use crate::{Error, Result};
use ndarray::Axis;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

/// One fold in this many is left out.
const FOLDS: usize = 5;

/// Of so few signals none can be spared: a network for each fold, and their mean. Of values as of classes.
const FEW: usize = 150;

/// Samples up to which recurrent layers are tried: they take a step for each.
const RECURRENT: usize = 64;

/// A network after training.
#[derive(Debug, Clone)]
pub struct Trained {
    /// The network.
    pub teacher: Teacher,
    /// R² or accuracy on windows that were left out: a fifth, or of few windows all, each by the network that has not seen it.
    pub validated: f64,
}

/// Trains on the training split. The same seed gives the same weights, also if it was interrupted and goes on.
///
/// # Errors
/// The network is one of signals and the windows are images, a class has too few windows to be left out, or the checkpoint cannot be
/// written.
pub fn train(data: &Dataset, training: &Training, progress: Progress<'_>) -> Result<Trained> {
    let kinds = match training.arch {
        Some(arch) => vec![arch],
        None if data.rows > 1 => vec![Arch::Resnet, Arch::Mlp],
        None if data.window() <= RECURRENT => vec![Arch::Rocket, Arch::Resnet, Arch::Cnn, Arch::Lstm],
        None => vec![Arch::Rocket, Arch::Resnet, Arch::Cnn],
    };
    let mut best: Option<Trained> = None;
    let mut kept = Vec::new();
    for arch in kinds {
        let checkpoints = Checkpoints { training, arch };
        let trained = of_kind(data, arch, &checkpoints, progress)?;
        kept.extend(checkpoints.all());
        // One kind that goes astray is no reason to have no teacher.
        let Some(trained) = trained else { continue };
        if best.as_ref().is_none_or(|best| trained.validated > best.validated) {
            best = Some(trained);
        }
    }
    kept.iter().try_for_each(|path| file::remove(path))?;
    best.ok_or_else(|| Error::failed("teach", "the loss was never a number"))
}

/// Where the networks of a kind keep their state.
struct Checkpoints<'a> {
    training: &'a Training,
    arch: Arch,
}

impl Checkpoints<'_> {
    /// The file of a network.
    fn path(&self, member: usize) -> Option<PathBuf> {
        let path = self.training.checkpoint.as_deref()?;
        let path = if self.training.arch.is_none() {
            file::beside(path, &format!(".{}", self.arch.name()))
        } else {
            path.to_owned()
        };
        Some(if member == 0 { path } else { file::beside(&path, &format!(".{member}")) })
    }

    /// All files that there may be.
    fn all(&self) -> impl Iterator<Item = PathBuf> {
        (0..FOLDS).filter_map(|member| self.path(member)).filter(|path| path.exists())
    }
}

/// Trains a teacher of one kind; nothing if its loss is never a number.
fn of_kind(
    data: &Dataset,
    arch: Arch,
    checkpoints: &Checkpoints<'_>,
    progress: Progress<'_>,
) -> Result<Option<Trained>> {
    if data.rows > 1 && !arch.sees_images() {
        let bound = "signals for this kind of network; of images there are resnet and mlp";
        return Err(Error::input(&data.file, "x_train", bound));
    }
    let seed = checkpoints.training.seed;
    let all = folds(&data.train, data.groups.as_deref(), FOLDS, seed);
    check_folds(&data.file, &data.train.y, &all)?;
    let few = data.rows == 1 && data.train.y.len() <= FEW;
    let left_out = if few { &all[..] } else { &all[..1] };
    if arch == Arch::Rocket {
        return rocket(data, left_out, seed, progress).map(Some);
    }
    let shape = Shape::of(data, arch, left_out.len());
    // Each network has a seed of its own; the first has the one that was given.
    let run = |(member, fold): (u64, &Fold)| {
        Run::new(data, shape.clone(), fold, checkpoints.training.balanced, seed.wrapping_add(member << 32))
    };
    let runs: Vec<Run<'_>> = (0..).zip(left_out).map(run).collect();
    let (total, done) = (runs.iter().map(Run::passes).sum(), AtomicUsize::new(0));
    let one = |member: usize, run: &Run<'_>| -> Result<Option<Best>> {
        let path = checkpoints.path(member);
        let checkpoint =
            path.as_deref().map(|path| Checkpoint::new(path, data, arch, checkpoints.training)).transpose()?;
        let before = AtomicUsize::new(0);
        let told = |passes: usize, score: f64| {
            let new = passes - before.swap(passes, Ordering::Relaxed);
            let done = done.fetch_add(new, Ordering::Relaxed) + new;
            let note = format!("{}: validation {} {score:.4}", arch.name(), metric::name(&data.train.y));
            tell(progress, Event { stage: "teach", done, total, note })
        };
        run.train(checkpoint.as_ref(), &told)
    };
    let Some(best) = each(&runs, one)?.into_iter().collect::<Option<Vec<Best>>>() else { return Ok(None) };
    let outputs: Vec<Outputs> = runs.iter().zip(&best).map(|(run, best)| run.left_out(&best.net)).collect();
    let validated = validated(data, left_out, &outputs);
    let body = Body::Nets(best.into_iter().map(|best| best.net).collect());
    Ok(Some(Trained { teacher: Teacher { shape, body, device: device() }, validated }))
}

/// Kernels and a ridge: of all windows, and validated by fits that leave some out.
fn rocket(data: &Dataset, left_out: &[Fold], seed: u64, progress: Progress<'_>) -> Result<Trained> {
    let total = left_out.len() + 1;
    let told = |done: usize| tell(progress, Event { stage: "teach", done, total, note: "rocket".into() });
    let outputs = (1..).zip(left_out).map(|(done, fold)| {
        let rocket = Rocket::fit(&data.train.select(&fold.train), seed);
        let outputs = rocket.outputs(data.train.x.select(Axis(0), &fold.valid).view());
        told(done).map(|()| outputs)
    });
    let outputs = outputs.collect::<Result<Vec<Outputs>>>()?;
    let body = Body::Rocket(Rocket::fit(&data.train, seed));
    told(total)?;
    let teacher = Teacher { shape: Shape::of(data, Arch::Rocket, 1), body, device: device() };
    Ok(Trained { teacher, validated: validated(data, left_out, &outputs) })
}

/// The score of the outputs for the windows that were left out, fold by fold.
fn validated(data: &Dataset, left_out: &[Fold], outputs: &[Outputs]) -> f64 {
    let rows: Vec<usize> = left_out.iter().flat_map(|fold| fold.valid.iter().copied()).collect();
    let views: Vec<_> = outputs.iter().map(|outputs| outputs.view()).collect();
    let outputs = ndarray::concatenate(Axis(0), &views).expect("each has the outputs of the data");
    metric::score(&data.train.y.select(&rows), &outputs)
}

/// What comes of each, on as many threads as there are. They are not those of the pool: a thread that waits for the pool while it holds
/// the backend's random numbers must not be given another network meanwhile.
fn each<T: Sync, R: Send>(all: &[T], one: impl Fn(usize, &T) -> Result<R> + Sync) -> Result<Vec<R>> {
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut of_worker = Vec::new();
        while let Some((index, item)) = {
            let index = next.fetch_add(1, Ordering::Relaxed);
            all.get(index).map(|item| (index, item))
        } {
            of_worker.push((index, one(index, item)));
        }
        of_worker
    };
    let mut results = std::thread::scope(|scope| {
        let workers = rayon::current_num_threads().min(all.len());
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("training does not panic")).collect::<Vec<_>>()
    });
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Samples, Target};
    use crate::progress::silent;
    use ndarray::Array2;

    /// Windows with a bump; the value is where it stands, the class whether it is in the second half.
    fn bumps(classes: bool) -> Dataset {
        let at = |i: usize| (i * 7 % 17) as f32 + 2.0;
        let x = Array2::from_shape_fn((160, 21), |(i, k)| (-(k as f32 - at(i)).powi(2) / 4.0).exp());
        let y = if classes {
            Target::Classes { labels: (0..160).map(|i| usize::from(at(i) > 10.0)).collect(), classes: 2 }
        } else {
            Target::Values((0..160).map(|i| f64::from(at(i))).collect())
        };
        let samples = Samples { x, y };
        Dataset {
            file: "bumps".into(),
            train: samples.clone(),
            test: samples,
            rows: 1,
            groups: None,
            test_groups: None,
            groups_in_both: Vec::new(),
            attributions: None,
        }
    }

    fn trained(data: &Dataset, arch: Arch, seed: u64) -> Teacher {
        train(data, &Training::new(arch, seed), &silent).unwrap().teacher
    }

    #[test]
    fn a_network_learns_and_a_seed_repeats_it() {
        let data = bumps(true);
        let teacher = trained(&data, Arch::Cnn, 5);
        let outputs = teacher.predict(data.test.x.view());
        let accuracy = metric::score(&data.test.y, &outputs.mapv(f64::from));
        assert!(accuracy > 0.96, "{accuracy}");
        assert_eq!(outputs, trained(&data, Arch::Cnn, 5).predict(data.test.x.view()));
        assert_ne!(outputs, trained(&data, Arch::Cnn, 6).predict(data.test.x.view()));
    }

    #[test]
    fn classes_can_count_alike() {
        // Of two kinds of windows one is of class 1 one time in four, the other never.
        let x = Array2::from_shape_fn((160, 8), |(i, k)| if i % 2 == 0 { k as f32 } else { (7 - k) as f32 });
        let y = Target::Classes { labels: (0..160).map(|i| usize::from(i % 8 == 0)).collect(), classes: 2 };
        let samples = Samples { x, y };
        let data = Dataset { train: samples.clone(), test: samples, ..bumps(true) };
        let probability = |balanced| {
            let training = Training { balanced, ..Training::new(Arch::Cnn, 1) };
            let logits = train(&data, &training, &silent).unwrap().teacher.predict(data.test.x.view());
            1.0 / (1.0 + (logits[[0, 0]] - logits[[0, 1]]).exp())
        };
        // An eighth of all windows is of class 1: counted alike they are 7 times as heavy as the others.
        let (by_number, alike) = (probability(false), probability(true));
        assert!((by_number - 0.25).abs() < 0.06 && (alike - 0.7).abs() < 0.06, "{by_number} {alike}");
    }

    #[test]
    fn a_saved_network_comes_back_and_a_damaged_one_is_refused() {
        let data = bumps(false);
        let teacher = trained(&data, Arch::Lstm, 1);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("teacher.safetensors");
        teacher.save(&path).unwrap();
        let back = Teacher::load(&path).unwrap();
        assert_eq!(back.shape(), teacher.shape());
        assert_eq!(back.predict(data.test.x.view()), teacher.predict(data.test.x.view()));

        let weights = std::fs::read(&path).unwrap();
        std::fs::write(&path, &weights[..weights.len() / 2]).unwrap();
        assert_eq!(Teacher::load(&path).unwrap_err().exit_code(), 2);
        let other = trained(&bumps(false), Arch::Cnn, 1);
        other.save(&folder.path().join("other")).unwrap();
        std::fs::copy(folder.path().join("other"), &path).unwrap();
        assert_eq!(Teacher::load(&path).unwrap_err().exit_code(), 2);
        std::fs::write(folder.path().join("teacher.safetensors.json"), "{}").unwrap();
        assert_eq!(Teacher::load(&path).unwrap_err().exit_code(), 2);
    }

    #[test]
    fn of_few_windows_each_is_left_out_by_one_of_five_networks() {
        let data = bumps(true);
        let rows: Vec<usize> = (0..40).collect();
        let data = Dataset { train: data.train.select(&rows), ..data };
        let folder = tempfile::tempdir().unwrap();
        let checkpoint = Some(folder.path().join("part"));
        let training = Training { checkpoint, ..Training::new(Arch::Cnn, 1) };
        let trained = train(&data, &training, &silent).unwrap();
        assert_eq!(trained.teacher.shape().members, 5);
        assert!(trained.validated > 0.9, "{}", trained.validated);
        // What it kept meanwhile is gone, and all of it comes back from its files.
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        let path = folder.path().join("t");
        trained.teacher.save(&path).unwrap();
        let outputs = trained.teacher.predict(data.test.x.view());
        assert_eq!(Teacher::load(&path).unwrap().predict(data.test.x.view()), outputs);
        assert_eq!(
            train(&data, &Training::new(Arch::Cnn, 1), &silent).unwrap().teacher.predict(data.test.x.view()),
            outputs
        );
    }

    #[test]
    fn the_best_kind_by_what_was_left_out_is_taken() {
        let data = bumps(true);
        let rows: Vec<usize> = (0..30).collect();
        let data = Dataset { train: data.train.select(&rows), ..data };
        let of = |arch| train(&data, &Training { arch, ..Training::new(Arch::Cnn, 1) }, &silent).unwrap();
        let (best, rocket) = (of(None), of(Some(Arch::Rocket)));
        assert!(rocket.validated <= best.validated, "{} {}", rocket.validated, best.validated);
        let again = of(Some(best.teacher.shape().arch));
        assert_eq!(again.teacher.predict(data.test.x.view()), best.teacher.predict(data.test.x.view()));
    }

    #[test]
    fn a_rocket_comes_back_and_a_damaged_one_is_refused() {
        for classes in [true, false] {
            let data = bumps(classes);
            let teacher = trained(&data, Arch::Rocket, 1);
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("t");
            teacher.save(&path).unwrap();
            assert_eq!(Teacher::load(&path).unwrap().predict(data.test.x.view()), teacher.predict(data.test.x.view()));
            let weights = std::fs::read(&path).unwrap();
            for damaged in [&weights[..weights.len() / 2], &weights[..8], b"{}"] {
                std::fs::write(&path, damaged).unwrap();
                assert_eq!(Teacher::load(&path).unwrap_err().exit_code(), 2);
            }
            // A number that is none.
            let mut not_a_number = weights.clone();
            let end = not_a_number.len();
            not_a_number[end - 4..].copy_from_slice(&f32::NAN.to_le_bytes());
            std::fs::write(&path, &not_a_number).unwrap();
            assert_eq!(Teacher::load(&path).unwrap_err().exit_code(), 2);
            // Those of a network of layers.
            trained(&data, Arch::Cnn, 1).save(&folder.path().join("other")).unwrap();
            std::fs::copy(folder.path().join("other"), &path).unwrap();
            assert_eq!(Teacher::load(&path).unwrap_err().exit_code(), 2);
        }
    }
}
