//! Trains teachers: chooses the networks, and the windows for each.

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

/// Number of folds. The first is left out, or each in turn if windows are few.
const FOLDS: usize = 5;

/// Up to this many signals, of values or of classes, none can be spared: one network is trained for each left-out fold,
/// and their outputs are averaged.
const FEW_WINDOWS: usize = 150;

/// Recurrent layers are tried up to this many samples, because they take a step for each.
const RECURRENT: usize = 64;

/// A network after training.
#[derive(Debug, Clone)]
pub struct Trained {
    /// The network.
    pub teacher: Teacher,
    /// R² or accuracy on left-out windows: a fifth, or all if they are few, each by the network that has not seen it.
    pub validated: f64,
}

/// Trains a teacher on the training split. The same seed gives the same weights, even after an interruption.
///
/// # Errors
/// The network is for signals and the windows are images, a class has too few windows to leave some out, or the
/// checkpoint cannot be written.
pub fn train(data: &Dataset, training: &Training, progress: Progress<'_>) -> Result<Trained> {
    let kinds = match training.arch {
        Some(arch) => vec![arch],
        None if data.rows > 1 => vec![Arch::Resnet, Arch::Mlp],
        None if data.window() <= RECURRENT => vec![Arch::Rocket, Arch::Resnet, Arch::Cnn, Arch::Lstm],
        None => vec![Arch::Rocket, Arch::Resnet, Arch::Cnn],
    };
    let mut best: Option<Trained> = None;
    let mut files = Vec::new();
    for arch in kinds {
        let checkpoints = Checkpoints { training, arch };
        let trained = train_kind(data, arch, &checkpoints, progress)?;
        files.extend(checkpoints.all());
        // If one kind diverges, another may still give a teacher.
        let Some(trained) = trained else { continue };
        if best.as_ref().is_none_or(|best| trained.validated > best.validated) {
            best = Some(trained);
        }
    }
    files.iter().try_for_each(|path| file::remove(path))?;
    best.ok_or_else(|| Error::failed("teach", "the loss was never finite"))
}

/// The checkpoint files of the networks of one kind.
struct Checkpoints<'a> {
    training: &'a Training,
    arch: Arch,
}

impl Checkpoints<'_> {
    /// The checkpoint file of a network.
    fn path(&self, member: usize) -> Option<PathBuf> {
        let path = self.training.checkpoint.as_deref()?;
        let path = if self.training.arch.is_none() {
            file::beside(path, &format!(".{}", self.arch.name()))
        } else {
            path.to_owned()
        };
        Some(if member == 0 { path } else { file::beside(&path, &format!(".{member}")) })
    }

    /// All checkpoint files that exist.
    fn all(&self) -> impl Iterator<Item = PathBuf> {
        (0..FOLDS).filter_map(|member| self.path(member)).filter(|path| path.exists())
    }
}

/// Trains a teacher of one kind; none if its loss is never a number.
fn train_kind(
    data: &Dataset,
    arch: Arch,
    checkpoints: &Checkpoints<'_>,
    progress: Progress<'_>,
) -> Result<Option<Trained>> {
    if data.rows > 1 && !arch.sees_images() {
        let bound = "signals for this kind of network; for images use resnet or mlp";
        return Err(Error::input(&data.file, "x_train", bound));
    }
    let seed = checkpoints.training.seed;
    let all = folds(&data.train, data.groups.as_deref(), FOLDS, seed);
    check_folds(&data.file, &data.train.y, &all)?;
    let few = data.rows == 1 && data.train.y.len() <= FEW_WINDOWS;
    let left_out = if few { &all[..] } else { &all[..1] };
    if arch == Arch::Rocket {
        return rocket(data, left_out, seed, progress).map(Some);
    }
    let shape = Shape::of(data, arch, left_out.len());
    // Each network has its own seed; the first has the given one.
    let run = |(member, fold): (u64, &Fold)| {
        Run::new(data, shape.clone(), fold, checkpoints.training.balanced, seed.wrapping_add(member << 32))
    };
    let runs: Vec<Run<'_>> = (0..).zip(left_out).map(run).collect();
    let (total, done) = (runs.iter().map(Run::passes).sum(), AtomicUsize::new(0));
    let train_one = |member: usize, run: &Run<'_>| -> Result<Option<Best>> {
        let path = checkpoints.path(member);
        let checkpoint =
            path.as_deref().map(|path| Checkpoint::new(path, data, arch, checkpoints.training)).transpose()?;
        let reported = AtomicUsize::new(0);
        let report = |passes: usize, score: f64| {
            let new = passes - reported.swap(passes, Ordering::Relaxed);
            let done = done.fetch_add(new, Ordering::Relaxed) + new;
            let note = format!("{}: validation {} {score:.4}", arch.name(), metric::name(&data.train.y));
            tell(progress, Event { stage: "teach", done, total, note })
        };
        run.train(checkpoint.as_ref(), &report)
    };
    let Some(best) = parallel_map(&runs, train_one)?.into_iter().collect::<Option<Vec<Best>>>() else {
        return Ok(None);
    };
    let outputs: Vec<Outputs> = runs.iter().zip(&best).map(|(run, best)| run.left_out(&best.net)).collect();
    let validated = validated(data, left_out, &outputs);
    let body = Body::Nets(best.into_iter().map(|best| best.net).collect());
    Ok(Some(Trained { teacher: Teacher { shape, body, device: device() }, validated }))
}

/// Fits a rocket to all windows, and validates it by fits that leave some out.
fn rocket(data: &Dataset, left_out: &[Fold], seed: u64, progress: Progress<'_>) -> Result<Trained> {
    let total = left_out.len() + 1;
    let report = |done: usize| tell(progress, Event { stage: "teach", done, total, note: "rocket".into() });
    let outputs = (1..).zip(left_out).map(|(done, fold)| {
        let rocket = Rocket::fit(&data.train.select(&fold.train), seed);
        let outputs = rocket.outputs(data.train.x.select(Axis(0), &fold.valid).view());
        report(done).map(|()| outputs)
    });
    let outputs = outputs.collect::<Result<Vec<Outputs>>>()?;
    let body = Body::Rocket(Rocket::fit(&data.train, seed));
    report(total)?;
    let teacher = Teacher { shape: Shape::of(data, Arch::Rocket, 1), body, device: device() };
    Ok(Trained { teacher, validated: validated(data, left_out, &outputs) })
}

/// The score of the outputs for all left-out windows. Outputs are given fold by fold.
fn validated(data: &Dataset, left_out: &[Fold], outputs: &[Outputs]) -> f64 {
    let rows: Vec<usize> = left_out.iter().flat_map(|fold| fold.valid.iter().copied()).collect();
    let views: Vec<_> = outputs.iter().map(|outputs| outputs.view()).collect();
    let outputs = ndarray::concatenate(Axis(0), &views).expect("all have the same number of outputs");
    metric::score(&data.train.y.select(&rows), &outputs)
}

/// Applies `f` to each item, on as many threads as the pool has. They are not threads of the pool: a thread that waits
/// for the pool while it holds the lock of the backend's random numbers must not start another network meanwhile.
fn parallel_map<T: Sync, R: Send>(all: &[T], f: impl Fn(usize, &T) -> Result<R> + Sync) -> Result<Vec<R>> {
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut results = Vec::new();
        while let Some((index, item)) = {
            let index = next.fetch_add(1, Ordering::Relaxed);
            all.get(index).map(|item| (index, item))
        } {
            results.push((index, f(index, item)));
        }
        results
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
    use crate::fixtures;
    use crate::progress::silent;
    use ndarray::Array2;

    /// Windows with a bump. The value is its position; the class is whether it is in the second half.
    fn bumps(classes: bool) -> Dataset {
        let at = |i: usize| (i * 7 % 17) as f32 + 2.0;
        let x = Array2::from_shape_fn((160, 21), |(i, k)| (-(k as f32 - at(i)).powi(2) / 4.0).exp());
        let y = if classes {
            Target::Classes { labels: (0..160).map(|i| usize::from(at(i) > 10.0)).collect(), classes: 2 }
        } else {
            Target::Values((0..160).map(|i| f64::from(at(i))).collect())
        };
        let samples = Samples { x, y };
        fixtures::dataset(samples.clone(), samples)
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
    fn balanced_classes_count_equally() {
        // There are two kinds of windows. One is of class 1 in one of four cases, the other never.
        let x = Array2::from_shape_fn((160, 8), |(i, k)| if i % 2 == 0 { k as f32 } else { (7 - k) as f32 });
        let y = Target::Classes { labels: (0..160).map(|i| usize::from(i % 8 == 0)).collect(), classes: 2 };
        let samples = Samples { x, y };
        let data = Dataset { train: samples.clone(), test: samples, ..bumps(true) };
        let probability = |balanced| {
            let training = Training { balanced, ..Training::new(Arch::Cnn, 1) };
            let logits = train(&data, &training, &silent).unwrap().teacher.predict(data.test.x.view());
            1.0 / (1.0 + (logits[[0, 0]] - logits[[0, 1]]).exp())
        };
        // An eighth of all windows is of class 1; balanced, each of them has 7 times the weight of another window.
        let (unbalanced, balanced) = (probability(false), probability(true));
        assert!((unbalanced - 0.25).abs() < 0.06 && (balanced - 0.7).abs() < 0.06, "{unbalanced} {balanced}");
    }

    #[test]
    fn a_saved_network_is_restored_and_a_damaged_one_is_refused() {
        let data = bumps(false);
        let teacher = trained(&data, Arch::Lstm, 1);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("teacher.safetensors");
        teacher.save(&path).unwrap();
        let restored = Teacher::load(&path).unwrap();
        assert_eq!(restored.shape(), teacher.shape());
        assert_eq!(restored.predict(data.test.x.view()), teacher.predict(data.test.x.view()));

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
    fn each_of_few_windows_is_left_out_by_one_of_five_networks() {
        let data = bumps(true);
        let rows: Vec<usize> = (0..40).collect();
        let data = Dataset { train: data.train.select(&rows), ..data };
        let folder = tempfile::tempdir().unwrap();
        let checkpoint = Some(folder.path().join("part"));
        let training = Training { checkpoint, ..Training::new(Arch::Cnn, 1) };
        let trained = train(&data, &training, &silent).unwrap();
        assert_eq!(trained.teacher.shape().members, 5);
        assert!(trained.validated > 0.9, "{}", trained.validated);
        // The checkpoints are removed, and the saved teacher is restored completely.
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
    fn the_kind_with_the_best_score_on_left_out_windows_is_kept() {
        let data = bumps(true);
        let rows: Vec<usize> = (0..30).collect();
        let data = Dataset { train: data.train.select(&rows), ..data };
        let trained = |arch| train(&data, &Training { arch, ..Training::new(Arch::Cnn, 1) }, &silent).unwrap();
        let (best, rocket) = (trained(None), trained(Some(Arch::Rocket)));
        assert!(rocket.validated <= best.validated, "{} {}", rocket.validated, best.validated);
        let again = trained(Some(best.teacher.shape().arch));
        assert_eq!(again.teacher.predict(data.test.x.view()), best.teacher.predict(data.test.x.view()));
    }

    #[test]
    fn a_saved_rocket_is_restored_and_a_damaged_one_is_refused() {
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
            // A weight that is not a number.
            let mut not_a_number = weights.clone();
            let end = not_a_number.len();
            not_a_number[end - 4..].copy_from_slice(&f32::NAN.to_le_bytes());
            std::fs::write(&path, &not_a_number).unwrap();
            assert_eq!(Teacher::load(&path).unwrap_err().exit_code(), 2);
            // The weights of a network of layers.
            trained(&data, Arch::Cnn, 1).save(&folder.path().join("other")).unwrap();
            std::fs::copy(folder.path().join("other"), &path).unwrap();
            assert_eq!(Teacher::load(&path).unwrap_err().exit_code(), 2);
        }
    }
}
