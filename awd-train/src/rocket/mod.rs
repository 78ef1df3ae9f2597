//! MiniRocket (Dempster, Schmidt & Webb 2021): ten thousand shares of positive values of fixed kernels, and a ridge
//! regression. It is a baseline for models, and a teacher.

mod kernels;
mod out_of_fold;
mod ridge;

use crate::cluster::CHUNK;
use crate::data::{Samples, Target};
use crate::metric::Outputs;
use crate::readout::slope;
use kernels::{Kernels, Step};
use ndarray::{Array1, Array2, Array3, ArrayView2, Axis, concatenate};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use ridge::Ridge;

pub use out_of_fold::out_of_fold;

/// Maximum number of windows for a fit: the products of all pairs are held in memory.
pub const WINDOWS: usize = 4096;

/// Kernels, and a linear readout of their features.
#[derive(Debug, Clone)]
pub struct Rocket {
    kernels: Kernels,
    /// Weights (features, outputs).
    weights: Array2<f32>,
    /// One for each output.
    bias: Array1<f32>,
}

/// The parameters of a [`Rocket`].
#[derive(Debug, Clone, PartialEq)]
pub struct Parts {
    /// The position of the step of each feature.
    pub biases: Vec<f32>,
    /// Half the width of the smooth steps of each kernel at each dilation.
    pub widths: Vec<f32>,
    /// Weights (features, outputs), row by row.
    pub weights: Vec<f32>,
    /// One for each output.
    pub bias: Vec<f32>,
}

impl Parts {
    /// The lengths of the fields, in their order, for windows of `window` samples.
    #[must_use]
    pub fn lengths(window: usize, outputs: usize) -> [usize; 4] {
        let [features, widths] = Kernels::lengths(window);
        [features, widths, features * outputs, outputs]
    }
}

impl Rocket {
    /// Fits signals, at most [`WINDOWS`] of them, drawn with the seed. Outputs for values are in the target's units.
    /// Outputs for classes are logits, calibrated on left-out windows.
    #[must_use]
    pub fn fit(samples: &Samples, seed: u64) -> Self {
        let subsample;
        let Samples { x, y } = if samples.y.len() > WINDOWS {
            let mut rows: Vec<usize> = (0..samples.y.len()).collect();
            rows.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
            rows.truncate(WINDOWS);
            subsample = samples.select(&rows);
            &subsample
        } else {
            samples
        };
        let kernels = Kernels::new(x, seed);
        let fit = Ridge::fit(&kernels.features(x.view(), Step::Sharp), &targets(y));
        let left_out: Vec<usize> = (0..fit.left_out.nrows()).collect();
        let (weights, bias) = fit.linear(slope(&y.select(&left_out), &fit.left_out));
        Self { kernels, weights, bias }
    }

    /// Outputs (n, outputs) for windows (n, N), with sharp steps as published.
    #[must_use]
    pub fn outputs(&self, x: ArrayView2<'_, f32>) -> Outputs {
        self.read(x, Step::Sharp)
    }

    /// Outputs with smooth steps, whose gradients are [`Rocket::gradients`].
    #[must_use]
    pub fn smooth(&self, x: ArrayView2<'_, f32>) -> Outputs {
        self.read(x, Step::Smooth)
    }

    fn read(&self, x: ArrayView2<'_, f32>, step: Step) -> Outputs {
        let (weights, bias) = (self.weights.mapv(f64::from), self.bias.mapv(f64::from));
        let block = |x| self.kernels.features(x, step).mapv(f64::from).dot(&weights) + &bias;
        let blocks: Vec<Outputs> = x.axis_chunks_iter(Axis(0), CHUNK).map(block).collect();
        let views: Vec<_> = blocks.iter().map(|block| block.view()).collect();
        // A rank may hold no window.
        concatenate(Axis(0), &views).unwrap_or_else(|_| Outputs::zeros((0, self.bias.len())))
    }

    /// The gradients (n, outputs, N) of [`Rocket::smooth`] at windows (n, N).
    #[must_use]
    pub fn gradients(&self, x: ArrayView2<'_, f32>) -> Array3<f32> {
        let mut gradients = Array3::zeros((x.nrows(), self.bias.len(), x.ncols()));
        let rows = x.axis_iter(Axis(0)).into_par_iter().zip(gradients.axis_iter_mut(Axis(0)).into_par_iter());
        rows.for_each(|(x, mut into)| into.assign(&self.kernels.gradients(&x.to_vec(), &self.weights)));
        gradients
    }

    /// The number of parameters: biases, weights, and a bias for each output. Kernels are the same for all data, and
    /// widths serve gradients only.
    #[must_use]
    pub fn parameters(&self) -> usize {
        self.kernels.biases().len() + self.weights.len() + self.bias.len()
    }

    /// The parameters.
    #[must_use]
    pub fn parts(&self) -> Parts {
        Parts {
            biases: self.kernels.biases().to_vec(),
            widths: self.kernels.widths().to_vec(),
            weights: self.weights.iter().copied().collect(),
            bias: self.bias.to_vec(),
        }
    }

    /// A rocket from its [`Parts`], for windows of `window` samples; none if their lengths are not [`Parts::lengths`],
    /// or a value is not finite.
    #[must_use]
    pub fn from_parts(window: usize, parts: Parts) -> Option<Self> {
        let Parts { biases, widths, weights, bias } = parts;
        let lengths = [biases.len(), widths.len(), weights.len(), bias.len()];
        let finite = [&biases, &widths, &weights, &bias].into_iter().flatten().all(|value| value.is_finite());
        if lengths != Parts::lengths(window, bias.len()) || !finite {
            return None;
        }
        let weights = Array2::from_shape_vec((biases.len(), bias.len()), weights).ok()?;
        Some(Self { kernels: Kernels::of(window, biases, widths), weights, bias: bias.into() })
    }
}

/// The targets (n, targets) of the ridge regression: values, or for each class 1 for its windows and −1 for others.
fn targets(y: &Target) -> Array2<f64> {
    match y {
        Target::Values(values) => Array2::from_shape_fn((values.len(), 1), |(row, _)| values[row]),
        Target::Classes { labels, classes } => {
            let of_class = |(row, class): (usize, usize)| if labels[row] == class { 1.0 } else { -1.0 };
            Array2::from_shape_fn((labels.len(), *classes), of_class)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_separates_classes_and_is_restored_from_its_parts() {
        let x = Array2::from_shape_fn((40, 30), |(i, k)| ((k + i) as f32 * if i % 2 == 0 { 0.3 } else { 0.9 }).sin());
        let y = Target::Classes { labels: (0..40).map(|i| i % 2).collect(), classes: 2 };
        let samples = Samples { x, y };
        let rocket = Rocket::fit(&samples, 1);
        let outputs = rocket.outputs(samples.x.view());
        assert!((crate::metric::score(&samples.y, &outputs) - 1.0).abs() < 1e-9);
        assert_eq!(Rocket::fit(&samples, 1).outputs(samples.x.view()), outputs);
        assert_ne!(Rocket::fit(&samples, 2).outputs(samples.x.view()), outputs);

        let parts = rocket.parts();
        assert_eq!(Rocket::from_parts(30, parts.clone()).unwrap().outputs(samples.x.view()), outputs);
        // Longer windows have more dilations.
        assert!(Rocket::from_parts(90, parts.clone()).is_none());
        assert!(Rocket::from_parts(30, Parts { bias: vec![0.0; 3], ..parts }).is_none());
    }

    #[test]
    fn values_are_in_their_units() {
        let x = Array2::from_shape_fn((60, 30), |(i, k)| (k as f32 * (0.2 + i as f32 * 0.01)).sin());
        let y = Target::Values((0..60).map(|i| 500.0 + f64::from(i)).collect());
        let samples = Samples { x, y };
        let outputs = Rocket::fit(&samples, 1).outputs(samples.x.view());
        assert!(crate::metric::score(&samples.y, &outputs) > 0.99);
    }
}
