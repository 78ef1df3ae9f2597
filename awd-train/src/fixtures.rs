//! Data of unit tests.

use crate::data::{Dataset, Samples};
use ndarray::{Array1, Array2};
use num_traits::One;
use rand::distr::uniform::SampleUniform;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::ops::Neg;

/// Windows (n, samples) in steps of a tenth from -1 to 1.2. The rows differ, and no row is a simple shape.
pub fn windows(n: usize, samples: usize) -> Array2<f32> {
    Array2::from_shape_fn((n, samples), |(i, k)| (i * (k + 3) * 7 % 23) as f32 / 10.0 - 1.0)
}

/// [`windows`] plus the sine of the sample number, so that few samples are equal.
pub fn windows_with_sine(n: usize, samples: usize) -> Array2<f32> {
    windows(n, samples) + Array1::from_shape_fn(samples, |k| (k as f32).sin())
}

/// Uniform noise between -1 and 1 (n, p).
pub fn noise<T: SampleUniform + One + Neg<Output = T> + PartialOrd>(seed: u64, shape: (usize, usize)) -> Array2<T> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    Array2::from_shape_simple_fn(shape, || random.random_range(-T::one()..T::one()))
}

/// Signals without groups and attributions. Unlike [`Dataset::builder`], it checks nothing.
pub fn dataset(train: Samples, test: Samples) -> Dataset {
    Dataset::of("data".into(), train, test)
}
