//! Windows, or gradients, as they stand in memory, and eight of them at a time side by side.
//!
//! They are turned as they are needed: a copy of a million windows would cost more than the turning does.

use super::pass::{LANES, Real, Row};
use ndarray::{Array, Dimension};
use std::borrow::Cow;

/// Rows of N samples; [`LANES`] of them make a block, the last of which is filled with rows of zeros, which have no L1 norm
/// and no derivative.
#[derive(Debug, Clone)]
pub(super) struct Rows<'a> {
    samples: Cow<'a, [f32]>,
    pub window: usize,
    /// How often each row counts, one after the other.
    repeat: usize,
    /// One block in so many is seen.
    stride: usize,
    /// Root mean square of the samples, by which they are divided: f32 holds them whatever their unit, and smoothing is a
    /// fraction of it.
    pub scale: f64,
}

impl<'a> Rows<'a> {
    /// The rows of an array whose last axis has `window` samples, each so many times.
    pub fn of<D: Dimension>(array: &'a Array<f32, D>, window: usize, repeat: usize) -> Self {
        let samples = array.as_slice().map_or_else(|| array.iter().copied().collect(), Cow::Borrowed);
        let squares: f64 = samples.iter().map(|&x| f64::from(x).powi(2)).sum();
        let scale = (squares / samples.len().max(1) as f64).sqrt();
        // Silence has any scale.
        Self { samples, window, repeat, stride: 1, scale: if scale > 0.0 { scale } else { 1.0 } }
    }

    /// No rows.
    pub const fn none(window: usize) -> Self {
        Self { samples: Cow::Borrowed(&[]), window, repeat: 1, stride: 1, scale: 1.0 }
    }

    /// One block in so many, standing for all of them.
    pub fn one_in(&self, stride: usize) -> Self {
        Self { stride, ..self.clone() }
    }

    fn len(&self) -> usize {
        self.samples.len() / self.window * self.repeat
    }

    /// Blocks that are seen.
    pub fn blocks(&self) -> usize {
        self.len().div_ceil(LANES).div_ceil(self.stride)
    }

    /// How many each of them stands for.
    pub fn weight(&self) -> f64 {
        self.len().div_ceil(LANES) as f64 / self.blocks().max(1) as f64
    }

    /// A block of those that are seen, divided by the scale.
    #[inline(always)]
    pub fn load<T: Real>(&self, block: usize, into: &mut [Row<T>]) {
        let unit: T = super::pass::real(self.scale.recip());
        for lane in 0..LANES {
            let row = (block * self.stride * LANES + lane) / self.repeat * self.window;
            let samples = self.samples.get(row..row + self.window).unwrap_or_default();
            for (into, &sample) in into.iter_mut().zip(samples) {
                into[lane] = <T as From<f32>>::from(sample) * unit;
            }
            // Beyond the last row.
            into[samples.len()..].iter_mut().for_each(|into| into[lane] = T::zero());
        }
    }
}
