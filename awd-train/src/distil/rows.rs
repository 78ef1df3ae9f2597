//! Windows or gradients in memory order, loaded in blocks of eight interleaved rows.
//!
//! Blocks are interleaved on demand: an interleaved copy of a million windows would cost more.

use super::line::{LANES, Real, Row, real};
use crate::cluster::{self, CHUNK, Range, Ranks, Span, allgather, chunks_of};
use ndarray::{Array, Dimension};
use std::borrow::Cow;

/// Rows of N samples. [`LANES`] rows make a block. The last block is filled with rows of zeros, which add nothing to
/// the L1 norm or its derivative. Blocks are counted from the first row of all ranks.
#[derive(Debug, Clone)]
pub(super) struct Rows<'a> {
    samples: Cow<'a, [f32]>,
    pub window: usize,
    /// How often each row is repeated in succession.
    repeat: usize,
    /// The position of this rank's rows among those of all ranks.
    span: Span,
    /// The number of rows that each row represents.
    pub weight: f64,
    /// Root mean square of all samples. Samples are divided by it, so that f32 holds them in any unit and smoothing is
    /// a fraction of it.
    pub scale: f64,
}

impl<'a> Rows<'a> {
    /// The rows of an array whose last axis has `window` samples: `rows` for each window of the span, each repeated
    /// `repeat` times.
    pub fn of<D: Dimension>(
        ranks: &dyn Ranks,
        span: Span,
        array: &'a Array<f32, D>,
        window: usize,
        [rows, repeat]: [usize; 2],
    ) -> Self {
        let samples = array.as_slice().map_or_else(|| array.iter().copied().collect(), Cow::Borrowed);
        let of_chunk = |chunk: usize| -> f64 {
            let from = (chunk * CHUNK - span.first) * rows * window;
            let to = samples.len().min(from + CHUNK * rows * window);
            samples[from..to].iter().map(|&x| f64::from(x).powi(2)).sum()
        };
        let squares = cluster::sum(ranks, chunks_of(span.range(), CHUNK), of_chunk, |a, b| a + b).unwrap_or(0.0);
        let scale = (squares / (span.total * rows * window).max(1) as f64).sqrt();
        let per_window = rows * repeat;
        let span = Span { first: span.first * per_window, len: span.len * per_window, total: span.total * per_window };
        // If all samples are zero, any scale will do.
        Self { samples, window, repeat, span, weight: 1.0, scale: if scale > 0.0 { scale } else { 1.0 } }
    }

    /// No rows.
    pub const fn none(window: usize) -> Self {
        Self { samples: Cow::Borrowed(&[]), window, repeat: 1, span: Span::all(0), weight: 1.0, scale: 1.0 }
    }

    /// Every `stride`-th block of all ranks' rows, weighted to represent all of them. Every rank holds the result.
    pub fn one_in(&self, stride: usize, ranks: &dyn Ranks) -> Self {
        let kept = self.blocks().filter(|block| block.is_multiple_of(stride));
        let rows = kept.flat_map(|block| (0..LANES).map(move |lane| block * LANES + lane));
        let samples = allgather(ranks, rows.flat_map(|row| self.row(row)).copied().collect::<Vec<f32>>()).concat();
        let [all, kept] = [1, stride].map(|stride| self.span.total.div_ceil(LANES).div_ceil(stride));
        Self {
            span: Span::all(samples.len() / self.window),
            samples: samples.into(),
            repeat: 1,
            weight: all as f64 / kept.max(1) as f64,
            ..*self
        }
    }

    /// Number of rows of all ranks.
    pub const fn total(&self) -> usize {
        self.span.total
    }

    /// The blocks of this rank.
    pub fn blocks(&self) -> Range<usize> {
        chunks_of(self.span.range(), LANES)
    }

    /// A row by its index among those of all ranks; empty beyond this rank's last row.
    #[inline(always)]
    fn row(&self, row: usize) -> &[f32] {
        let at = (row - self.span.first) / self.repeat * self.window;
        self.samples.get(at..at + self.window).unwrap_or_default()
    }

    /// Loads a block, divided by the scale.
    #[inline(always)]
    pub fn load<T: Real>(&self, block: usize, into: &mut [Row<T>]) {
        let unit: T = real(self.scale.recip());
        for lane in 0..LANES {
            let samples = self.row(block * LANES + lane);
            for (into, &sample) in into.iter_mut().zip(samples) {
                into[lane] = <T as From<f32>>::from(sample) * unit;
            }
            // Zeros beyond the last row.
            into[samples.len()..].iter_mut().for_each(|into| into[lane] = T::zero());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::Serial;
    use ndarray::Array2;

    fn rows(x: &Array2<f32>, repeat: usize) -> Rows<'_> {
        Rows::of(&Serial, Span::all(x.nrows()), x, x.ncols(), [1, repeat])
    }

    /// A block of eleven rows of two samples, 2i and 2i + 1, each row repeated.
    fn loaded(repeat: usize, stride: usize, block: usize) -> Vec<Row<f64>> {
        let x = Array2::from_shape_fn((11, 2), |(i, k)| (2 * i + k) as f32);
        let rows = rows(&x, repeat).one_in(stride, &Serial);
        let mut loaded_block = vec![[f64::NAN; LANES]; 2];
        rows.load(block, &mut loaded_block);
        loaded_block.iter().map(|row| row.map(|sample| (sample * rows.scale * 1e6).round() / 1e6)).collect()
    }

    #[test]
    fn a_block_interleaves_eight_rows_and_ends_with_zeros() {
        assert_eq!(loaded(1, 1, 0)[1], [1.0, 3.0, 5.0, 7.0, 9.0, 11.0, 13.0, 15.0]);
        assert_eq!(
            loaded(1, 1, 1),
            [[16.0, 18.0, 20.0, 0.0, 0.0, 0.0, 0.0, 0.0], [17.0, 19.0, 21.0, 0.0, 0.0, 0.0, 0.0, 0.0]]
        );
    }

    #[test]
    fn rows_are_repeated_and_blocks_are_skipped() {
        assert_eq!(loaded(3, 1, 0)[0], [0.0, 0.0, 0.0, 2.0, 2.0, 2.0, 4.0, 4.0]);
        // 33 rows are five blocks, of which the first, the third and the last are kept.
        assert_eq!(loaded(3, 2, 1)[0], [10.0, 10.0, 12.0, 12.0, 12.0, 14.0, 14.0, 14.0]);
        let x = Array2::from_elem((11, 2), 1.0);
        let rows = rows(&x, 3);
        let thinned = rows.one_in(2, &Serial);
        assert_eq!((rows.blocks(), thinned.blocks(), thinned.weight), (0..5, 0..3, 5.0 / 3.0));
    }
}
