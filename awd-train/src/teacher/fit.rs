//! Training: Adam on mini-batches, stopped by the loss on a validation part of the training split.

use super::adam::Adam;
use super::checkpoint::Checkpoint;
use super::net::Net;
use super::schedule::Schedule;
use super::{Arch, Shape, Teacher, device, outputs};
use crate::data::{Dataset, Fold, Samples, Target, folds};
use crate::metric::{self, Outputs};
use crate::progress::{Event, Progress};
use crate::{Error, Result};
use burn::tensor::{Device, Int, Tensor, TensorData};
use burn_nn::loss::{CrossEntropyLossConfig, MseLoss, Reduction};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use std::path::PathBuf;

/// One fold in this many is for validation.
const FOLDS: usize = 5;

/// What is trained, and how.
#[derive(Debug, Clone)]
pub struct Training {
    /// Kind of network.
    pub arch: Arch,
    /// Decides weights, the validation part and the order of the windows.
    pub seed: u64,
    /// Whether classes count alike, however many windows they have.
    pub balanced: bool,
    /// Where the state is kept after every pass; training goes on from there, if it was of the same data and the same words,
    /// and the file is gone when it is done.
    pub checkpoint: Option<PathBuf>,
}

impl Training {
    /// With a seed; classes count by their windows, and nothing is kept.
    #[must_use]
    pub const fn new(arch: Arch, seed: u64) -> Self {
        Self { arch, seed, balanced: false, checkpoint: None }
    }
}

/// A network after training.
#[derive(Debug, Clone)]
pub struct Trained {
    /// The network of the least validation loss.
    pub teacher: Teacher,
    /// Its R² or accuracy on the validation part.
    pub validated: f64,
}

/// The best network so far, by the validation part.
#[derive(Debug, Clone)]
pub(super) struct Best {
    pub net: Net,
    pub loss: f64,
    pub score: f64,
}

/// All that changes during training.
#[derive(Clone)]
pub(super) struct State {
    pub net: Net,
    pub optimiser: Adam,
    /// Which of the schedule's decays it is trained with.
    pub decay: usize,
    /// Passes that are done with it, and those since the last better one.
    pub epoch: usize,
    pub since: usize,
    pub best: Option<Best>,
}

/// All that does not.
struct Run<'a> {
    data: &'a Dataset,
    seed: u64,
    schedule: Schedule,
    shape: Shape,
    device: Device,
    /// Rows to train on, and the windows to validate on.
    train: Vec<usize>,
    valid: Samples,
    /// Weights of the classes.
    weights: Option<Vec<f32>>,
}

/// Trains a network on the training split. The same seed gives the same weights, also if it was interrupted and goes on.
///
/// # Errors
/// The network is one of signals and the windows are images, or the checkpoint cannot be written.
pub fn train(data: &Dataset, training: &Training, progress: Progress<'_>) -> Result<Trained> {
    let run = Run::new(data, training)?;
    let (decays, epochs) = (run.schedule.decays.len(), run.schedule.epochs(run.train.len()));
    let checkpoint = training.checkpoint.as_deref().map(|path| Checkpoint::new(path, data, training)).transpose()?;
    let mut state = run.start(0, None);
    if let Some(kept) = checkpoint.as_ref().and_then(|checkpoint| checkpoint.read(&state)) {
        state = kept;
    }
    while state.decay < decays {
        state = run.pass(state, epochs);
        let score = state.best.as_ref().map_or(f64::NAN, |best| best.score);
        let note = format!("validation {} {score:.4}", metric::name(&data.train.y));
        let over = state.epoch == epochs || state.since > run.schedule.patience(epochs);
        let done = state.decay * epochs + if over { epochs } else { state.epoch };
        progress(Event { stage: "teach", done, total: decays * epochs, note });
        if over {
            state = run.start(state.decay + 1, state.best);
        }
        checkpoint.as_ref().map_or(Ok(()), |checkpoint| checkpoint.write(&state))?;
    }
    checkpoint.as_ref().map_or(Ok(()), Checkpoint::remove)?;
    let Best { net, score, .. } = state.best.ok_or_else(|| Error::failed("teach", "the loss was never a number"))?;
    Ok(Trained { teacher: run.teacher(net), validated: score })
}

impl<'a> Run<'a> {
    fn new(data: &'a Dataset, training: &Training) -> Result<Self> {
        let Training { arch, seed, balanced, .. } = *training;
        if data.rows > 1 && !arch.sees_images() {
            let bound = "signals for this kind of network; of images there are resnet and mlp";
            return Err(Error::input(&data.file, "x_train", bound));
        }
        let split = folds(&data.train, data.groups.as_deref(), FOLDS, seed);
        let Fold { train, valid, .. } = split.into_iter().next().expect("a data set has a fold");
        Ok(Self {
            data,
            seed,
            schedule: Schedule::of(arch),
            shape: shape(data, arch),
            device: device(),
            valid: data.train.select(&valid),
            train,
            weights: balanced.then(|| weights(&data.train.y)).flatten(),
        })
    }

    fn teacher(&self, net: Net) -> Teacher {
        Teacher { net, shape: self.shape.clone(), device: self.device.clone() }
    }

    /// Untrained; after the last decay there is nothing to start.
    fn start(&self, decay: usize, best: Option<Best>) -> State {
        let net = Net::seeded(&self.shape, &self.device, self.seed);
        let weight_decay = self.schedule.decays.get(decay).copied().unwrap_or(0.0);
        let optimiser = Adam::new(weight_decay);
        State { net, optimiser, decay, epoch: 0, since: 0, best }
    }

    /// Trains with every window once, and validates.
    fn pass(&self, mut state: State, epochs: usize) -> State {
        let rate = self.schedule.rate(state.epoch, epochs);
        let mut order = self.train.clone();
        // Each pass has random numbers of its own, so that it can be the first after an interruption.
        let mut random = ChaCha8Rng::seed_from_u64(self.seed);
        random.set_stream(state.epoch as u64);
        order.shuffle(&mut random);
        let mut teacher = self.teacher(state.net);
        for rows in order.chunks(self.schedule.batch(order.len())) {
            let loss = self.loss(&teacher, &self.data.train.select(rows));
            teacher.net = state.optimiser.step(rate, teacher.net, loss.backward());
        }
        let outputs = teacher.predict(self.valid.x.view()).mapv(f64::from);
        let (loss, score) = (self.validation_loss(&outputs), metric::score(&self.valid.y, &outputs));
        let better = loss < state.best.as_ref().map_or(f64::INFINITY, |best| best.loss);
        let best = if better { Some(Best { net: teacher.net.clone(), loss, score }) } else { state.best };
        let since = if better { 0 } else { state.since + 1 };
        State { net: teacher.net, best, since, epoch: state.epoch + 1, ..state }
    }

    /// Mean loss of a batch: squared error of standardised values, or cross-entropy.
    fn loss(&self, teacher: &Teacher, samples: &Samples) -> Tensor<1> {
        let Shape { x_mean, x_deviation, y_mean, y_deviation, .. } = self.shape;
        let outputs = teacher.net.forward((teacher.input(samples.x.view()) - x_mean) / x_deviation);
        let n = samples.y.len();
        match &samples.y {
            Target::Values(values) => {
                #[expect(clippy::cast_possible_truncation, reason = "the network computes in f32")]
                let scaled: Vec<f32> = values.iter().map(|y| ((y - y_mean) / y_deviation) as f32).collect();
                let targets = Tensor::<2>::from_data(TensorData::new(scaled, [n, 1]), &self.device);
                MseLoss::new().forward(outputs, targets, Reduction::Mean)
            }
            Target::Classes { labels, .. } => {
                let labels: Vec<i32> = labels.iter().map(|&label| i32::try_from(label).unwrap_or(i32::MAX)).collect();
                let targets = Tensor::<1, Int>::from_data(TensorData::new(labels, [n]), &self.device);
                let loss = CrossEntropyLossConfig::new().with_weights(self.weights.clone()).init(&self.device);
                loss.forward(outputs, targets)
            }
        }
    }

    /// The same of the validation part.
    fn validation_loss(&self, outputs: &Outputs) -> f64 {
        let losses = metric::losses(&self.valid.y, outputs);
        let weight = |row: usize| match (&self.weights, &self.valid.y) {
            (Some(weights), Target::Classes { labels, .. }) => f64::from(weights[labels[row]]),
            _ => 1.0,
        };
        let all: f64 = (0..losses.len()).map(weight).sum();
        losses.iter().enumerate().map(|(row, loss)| weight(row) * loss).sum::<f64>() / all
    }
}

/// The network for these data.
fn shape(data: &Dataset, arch: Arch) -> Shape {
    let Samples { x, y } = &data.train;
    let (x_mean, x_deviation) = moments(x.iter().map(|&x| f64::from(x)));
    let (y_mean, y_deviation) = match y {
        Target::Values(values) => moments(values.iter().copied()),
        Target::Classes { .. } => (0.0, 1.0),
    };
    let (window, rows, outputs) = (x.ncols(), data.rows, outputs(y));
    Shape { arch, window, rows, outputs, x_mean, x_deviation, y_mean, y_deviation }
}

/// Of each class, so that all count alike and the mean over the windows is 1.
fn weights(y: &Target) -> Option<Vec<f32>> {
    let Target::Classes { labels, classes } = y else { return None };
    let windows = |class| labels.iter().filter(|&&label| label == class).count();
    Some((0..*classes).map(|class| labels.len() as f32 / (*classes * windows(class)) as f32).collect())
}

/// Mean and standard deviation; the deviation of equal numbers is taken as 1.
fn moments(values: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let n = values.clone().count() as f64;
    let mean = values.clone().sum::<f64>() / n;
    let deviation = (values.map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt();
    (mean, if deviation > 0.0 { deviation } else { 1.0 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric;
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
}
