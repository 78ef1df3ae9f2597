//! Trains one network: Adam on mini-batches, with validation on left-out windows.

use super::adam::Adam;
use super::checkpoint::Checkpoint;
use super::net::Net;
use super::schedule::Schedule;
use super::state::{Best, State};
use super::{Body, Shape, Teacher, device};
use crate::Result;
use crate::data::{Dataset, Fold, Samples, Target};
use crate::metric::{self, Outputs};
use burn::tensor::{Device, Int, Tensor, TensorData};
use burn_nn::loss::{CrossEntropyLossConfig, MseLoss, Reduction};
use ndarray::ArrayViewMut1;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Augmentation shifts a window by at most one in so many of its samples.
const SHIFT_DIVISOR: usize = 20;

/// All that does not change during training.
pub(super) struct Run<'a> {
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

impl<'a> Run<'a> {
    /// The training of a network of this shape on the windows of a fold.
    pub(super) fn new(data: &'a Dataset, shape: Shape, fold: &Fold, balanced: bool, seed: u64) -> Self {
        let schedule = Schedule::of(shape.arch, shape.members > 1);
        Self {
            data,
            seed,
            schedule,
            shape,
            device: device(),
            valid: data.train.select(&fold.valid),
            train: fold.train.clone(),
            weights: balanced.then(|| weights(&data.train.y)).flatten(),
        }
    }

    /// The maximum number of passes over the windows.
    pub(super) fn passes(&self) -> usize {
        self.schedule.decays.len() * self.schedule.epochs(self.train.len())
    }

    /// Trains to the end, and resumes from the checkpoint if there is one. After each pass, `report` receives the
    /// number of passes done and the best score. Returns none if the loss was never a number.
    pub(super) fn train(
        &self,
        checkpoint: Option<&Checkpoint>,
        report: &dyn Fn(usize, f64) -> Result<()>,
    ) -> Result<Option<Best>> {
        let (decays, epochs) = (self.schedule.decays.len(), self.schedule.epochs(self.train.len()));
        let mut state = self.start(0, None);
        if let Some(saved) = checkpoint.and_then(|checkpoint| checkpoint.read(&state)) {
            state = saved;
        }
        while state.decay < decays {
            state = self.pass(state, epochs);
            let score = state.best.as_ref().map_or(f64::NAN, |best| best.score);
            let over = state.epoch == epochs || state.since > self.schedule.patience(epochs);
            let passes = state.decay * epochs + if over { epochs } else { state.epoch };
            if over {
                state = self.start(state.decay + 1, state.best);
            }
            checkpoint.map_or(Ok(()), |checkpoint| checkpoint.write(&state))?;
            report(passes, score)?;
        }
        Ok(state.best)
    }

    /// The outputs of a network for the left-out windows.
    pub(super) fn left_out(&self, net: &Net) -> Outputs {
        self.teacher(net.clone()).predict(self.valid.x.view()).mapv(f64::from)
    }

    fn teacher(&self, net: Net) -> Teacher {
        Teacher { body: Body::Nets(vec![net]), shape: self.shape.clone(), device: self.device.clone() }
    }

    /// The state before training with a decay of the schedule. After the last decay it is not trained.
    fn start(&self, decay: usize, best: Option<Best>) -> State {
        let net = Net::seeded(&self.shape, &self.device, self.seed);
        let weight_decay = self.schedule.decays.get(decay).copied().unwrap_or(0.0);
        let optimiser = Adam::new(weight_decay);
        State { net, optimiser, decay, epoch: 0, since: 0, best }
    }

    /// Trains on every window once, and validates.
    fn pass(&self, mut state: State, epochs: usize) -> State {
        let rate = self.schedule.rate(state.epoch, epochs);
        let mut order = self.train.clone();
        // Each pass has its own random numbers, so that training can resume with any pass.
        let mut random = ChaCha8Rng::seed_from_u64(self.seed);
        random.set_stream(state.epoch as u64);
        order.shuffle(&mut random);
        let mut net = state.net;
        for rows in order.chunks(self.schedule.batch(order.len())) {
            let mut samples = self.data.train.select(rows);
            // Only for classes: a shift hardly ever changes the class, but it may change a value.
            if self.schedule.shifted && samples.y.outputs() > 1 {
                samples.x.rows_mut().into_iter().for_each(|row| shift(row, &mut random));
            }
            let loss = self.loss(&net, &samples);
            net = state.optimiser.step(rate, net, loss.backward());
        }
        let state = State { net, epoch: state.epoch + 1, ..state };
        // With few windows, too few are left out to compare passes, so the last pass is kept.
        if self.schedule.last && state.epoch < epochs {
            return state;
        }
        let outputs = self.left_out(&state.net);
        let (loss, score) = (self.validation_loss(&outputs), metric::score(&self.valid.y, &outputs));
        let better = loss < state.best.as_ref().map_or(f64::INFINITY, |best| best.loss);
        let best = if better { Some(Best { net: state.net.clone(), loss, score }) } else { state.best };
        let since = if better { 0 } else { state.since + 1 };
        State { best, since, ..state }
    }

    /// Mean loss of a batch: squared error of standardised values, or cross-entropy.
    fn loss(&self, net: &Net, samples: &Samples) -> Tensor<1> {
        let Shape { x_mean, x_deviation, y_mean, y_deviation, .. } = self.shape;
        let (n, window) = samples.x.dim();
        let x = TensorData::new(samples.x.iter().copied().collect(), [n, window]);
        let outputs = net.forward((Tensor::from_data(x, &self.device) - x_mean) / x_deviation);
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

    /// The same loss for outputs on the left-out windows.
    fn validation_loss(&self, outputs: &Outputs) -> f64 {
        let losses = metric::losses(&self.valid.y, outputs);
        let weight = |row: usize| match (&self.weights, &self.valid.y) {
            (Some(weights), Target::Classes { labels, .. }) => f64::from(weights[labels[row]]),
            _ => 1.0,
        };
        let total: f64 = (0..losses.len()).map(weight).sum();
        losses.iter().enumerate().map(|(row, loss)| weight(row) * loss).sum::<f64>() / total
    }
}

/// Shifts a window by up to a twentieth of its samples to either side, and repeats the sample at its end.
fn shift(mut window: ArrayViewMut1<'_, f32>, random: &mut ChaCha8Rng) {
    let original = window.to_vec();
    let most = original.len().div_ceil(SHIFT_DIVISOR);
    let by = random.random_range(0..=2 * most);
    for (t, sample) in window.iter_mut().enumerate() {
        *sample = original[(t + by).saturating_sub(most).min(original.len() - 1)];
    }
}

/// The weight of each class, so that all classes count equally and the mean over the windows is 1.
fn weights(y: &Target) -> Option<Vec<f32>> {
    let Target::Classes { labels, classes } = y else { return None };
    let windows = |class| labels.iter().filter(|&&label| label == class).count();
    Some((0..*classes).map(|class| labels.len() as f32 / (*classes * windows(class)) as f32).collect())
}
