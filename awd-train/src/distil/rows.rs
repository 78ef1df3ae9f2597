//! Windows, or gradients, as they stand in memory, and eight of them at a time side by side.
//!
//! They are turned as they are needed: a copy of a million windows would cost more than the turning does.

use super::line::{LANES, Real, Row, real};
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
        let unit: T = real(self.scale.recip());
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

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;

    /// Eleven rows of two samples, 2i and 2i + 1, each so many times.
    fn loaded(repeat: usize, stride: usize, block: usize) -> Vec<Row<f64>> {
        let x = Array2::from_shape_fn((11, 2), |(i, k)| (2 * i + k) as f32);
        let rows = Rows::of(&x, 2, repeat).one_in(stride);
        let mut block_of = vec![[f64::NAN; LANES]; 2];
        rows.load(block, &mut block_of);
        block_of.iter().map(|row| row.map(|sample| (sample * rows.scale * 1e6).round() / 1e6)).collect()
    }

    #[test]
    fn a_block_has_eight_rows_side_by_side_and_silence_after_the_last() {
        assert_eq!(loaded(1, 1, 0)[1], [1.0, 3.0, 5.0, 7.0, 9.0, 11.0, 13.0, 15.0]);
        assert_eq!(
            loaded(1, 1, 1),
            [[16.0, 18.0, 20.0, 0.0, 0.0, 0.0, 0.0, 0.0], [17.0, 19.0, 21.0, 0.0, 0.0, 0.0, 0.0, 0.0]]
        );
    }

    #[test]
    fn rows_are_repeated_and_blocks_left_out() {
        assert_eq!(loaded(3, 1, 0)[0], [0.0, 0.0, 0.0, 2.0, 2.0, 2.0, 4.0, 4.0]);
        // 33 rows are five blocks, of which the first, the third and the last are seen.
        assert_eq!(loaded(3, 2, 1)[0], [10.0, 10.0, 12.0, 12.0, 12.0, 14.0, 14.0, 14.0]);
        let x = Array2::from_elem((11, 2), 1.0);
        let rows = Rows::of(&x, 2, 3);
        assert_eq!((rows.blocks(), rows.one_in(2).blocks(), rows.one_in(2).weight()), (5, 3, 5.0 / 3.0));
    }
}
