//! The transform of batches: N windows side by side, one per lane, in vector instructions.
//!
//! A row `[T; N]` holds one sample, or one coefficient, of each of N windows. Each lane has the same bits as
//! [`Dwt::analyze`] of its window. On a processor with vector instructions 32 lanes are a good choice: more lanes take
//! more of the fastest cache, fewer lanes share the fixed cost of a level among fewer windows.
//!
//! ```
//! use awd_core::transform::batch;
//! use awd_core::{Boundary, Dwt, named};
//!
//! let windows: [f32; 24] = core::array::from_fn(|i| i as f32); // three windows of eight samples
//! let dwt = Dwt::new(named::DB2.lifting()?, Boundary::Periodization, 2);
//! let mut work = [[0.0; 4]; 16]; // four lanes, Dwt::batch_work_len(8) rows
//! let mut finest = [0.0; 12]; // four coefficients of each
//! dwt.analyze_batch(&windows, 8, &mut work, |first, band, rows| {
//!     assert_eq!(first, 0); // all three fit the lanes
//!     if band == 0 {
//!         batch::separate(rows, &mut finest);
//!     }
//! })?;
//!
//! // The second window alone.
//! let mut work = [0.0; 8];
//! dwt.analyze(&windows[8..16], &mut work, |band, coefficients| {
//!     if band == 0 {
//!         assert_eq!(coefficients, &finest[4..8]);
//!     }
//! })?;
//! # Ok::<(), awd_core::Invalid>(())
//! ```

use crate::transform::levels::Levels;
use crate::transform::vectors::vectorised;
use crate::{Dwt, Invalid, Scalar, Tap};
use core::array::from_fn;

impl<C: Tap> Dwt<C> {
    /// Rows of work space that [`Dwt::analyze_batch`] needs for windows of `n` samples.
    #[must_use]
    pub fn batch_work_len(&self, n: usize) -> usize {
        n + self.work_len(n)
    }

    /// Analyses consecutive windows of `n` samples, N at a time. For each group of N it calls
    /// `visit(first, band, rows)` for each band, finest first: `rows[k][lane]` is coefficient `k` of window
    /// `first + lane`. Lanes beyond the last window hold the coefficients of zeros.
    ///
    /// # Errors
    /// The length of `windows` is not a multiple of `n`, or `work` is shorter than [`Dwt::batch_work_len`].
    pub fn analyze_batch<T: Scalar<Tap = C>, const N: usize>(
        &self,
        windows: &[T],
        n: usize,
        work: &mut [[T; N]],
        mut visit: impl FnMut(usize, usize, &[[T; N]]),
    ) -> Result<(), Invalid> {
        const { assert!(N > 0, "no lanes") };
        let whole = windows.len().checked_rem(n) == Some(0);
        Invalid::Windows.unless(whole)?;
        let (x, work) = work
            .get_mut(..self.batch_work_len(n))
            .and_then(|work| work.split_at_mut_checked(n))
            .ok_or(Invalid::WorkLen)?;
        vectorised(
            #[inline(always)]
            || {
                for (group, windows) in windows.chunks(n.saturating_mul(N)).enumerate() {
                    interleave(windows, x);
                    let mut visit = |band: usize, rows: &[T]| visit(group * N, band, rows.as_chunks().0);
                    self.analyze_rows(x, work, &mut visit)?;
                }
                Ok(())
            },
        )
    }
}

/// Arranges up to N consecutive windows as rows; lanes without a window are zero.
#[inline(always)]
fn interleave<T: Scalar, const N: usize>(windows: &[T], rows: &mut [[T; N]]) {
    let n = rows.len();
    if windows.len() < n * N {
        rows.fill([T::ZERO; N]);
    }
    // Four at a time, which the compiler turns into one vector.
    let fours = windows.chunks_exact(4 * n);
    let (rest, done) = (fours.remainder().chunks_exact(n), 4 * fours.len());
    for (four, windows) in fours.enumerate() {
        let mut windows = windows.chunks_exact(n);
        let [a, b, c, d] = from_fn(|_| windows.next().unwrap_or_default());
        for ((((row, a), b), c), d) in rows.iter_mut().zip(a).zip(b).zip(c).zip(d) {
            if let Some(lanes) = row.as_chunks_mut().0.get_mut(four) {
                *lanes = [*a, *b, *c, *d];
            }
        }
    }
    for (window, lane) in rest.zip(done..) {
        for (row, x) in rows.iter_mut().zip(window) {
            if let Some(sample) = row.get_mut(lane) {
                *sample = *x;
            }
        }
    }
}

/// Arranges the coefficients of a band by window: all of the first lane, then all of the second, and so on, as many
/// lanes as fit `into`.
#[inline]
pub fn separate<T: Copy, const N: usize>(rows: &[[T; N]], into: &mut [T]) {
    let (fours, rest) = rows.as_chunks::<4>();
    for (lane, into) in into.chunks_exact_mut(rows.len().max(1)).take(N).enumerate() {
        let (into_fours, into_rest) = into.as_chunks_mut::<4>();
        for (into, rows) in into_fours.iter_mut().zip(fours) {
            *into = from_fn(|k| rows[k][lane]);
        }
        for (into, row) in into_rest.iter_mut().zip(rest) {
            *into = row[lane];
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use crate::{Boundary, named};
    use proptest::prelude::*;
    use std::{vec, vec::Vec};

    const BOUNDARIES: [Boundary; 3] = [Boundary::Periodization, Boundary::Zero, Boundary::Symmetric];

    /// The bits of the coefficients of each window, all bands one after the other.
    fn batch_bits<const N: usize>(dwt: &Dwt<f32>, x: &[f32], n: usize) -> Vec<Vec<u32>> {
        let mut bits = vec![vec![]; x.len() / n];
        let mut work = vec![[f32::NAN; N]; dwt.batch_work_len(n)];
        dwt.analyze_batch(x, n, &mut work, |first, _, rows| {
            let mut windows = vec![0.0; rows.len() * N.min(bits.len() - first)];
            separate(rows, &mut windows);
            for (bits, window) in bits[first..].iter_mut().zip(windows.chunks(rows.len())) {
                bits.extend(window.iter().map(|c| c.to_bits()));
            }
        })
        .unwrap();
        bits
    }

    fn alone_bits(dwt: &Dwt<f32>, x: &[f32], n: usize) -> Vec<Vec<u32>> {
        let mut work = vec![0.0; dwt.work_len(n)];
        let window = |x: &[f32]| {
            let mut bits = vec![];
            dwt.analyze(x, &mut work, |_, c| bits.extend(c.iter().map(|c| c.to_bits()))).unwrap();
            bits
        };
        x.chunks(n).map(window).collect()
    }

    proptest! {
        #[test]
        fn every_lane_has_the_bits_of_its_window_alone(
            which in 0..named::ALL.len(), boundary in 0..3_usize, levels in 0..5_u8, n in 1..50_usize, count in 0..20_usize,
            x in prop::collection::vec(-9.0..9.0_f32, 20 * 50),
        ) {
            let dwt = Dwt::new(named::ALL[which].lifting().unwrap(), BOUNDARIES[boundary], levels);
            let x = &x[..n * count];
            let alone = alone_bits(&dwt, x, n);
            prop_assert_eq!(&batch_bits::<1>(&dwt, x, n), &alone);
            prop_assert_eq!(&batch_bits::<4>(&dwt, x, n), &alone);
            prop_assert_eq!(&batch_bits::<8>(&dwt, x, n), &alone);
        }
    }

    #[test]
    fn wrong_lengths_are_refused() {
        let dwt = Dwt::new(named::HAAR.lifting::<f32>().unwrap(), Boundary::Zero, 2);
        let mut work = [[0.0; 8]; 16];
        assert_eq!(dwt.batch_work_len(8), 16);
        let mut field = |windows: &[f32], n, rows| {
            dwt.analyze_batch(windows, n, &mut work[..rows], |_, _, _| ()).map_err(Invalid::field)
        };
        assert_eq!(field(&[0.0; 16], 8, 16), Ok(()));
        assert_eq!(field(&[0.0; 15], 8, 16), Err("windows"));
        assert_eq!(field(&[0.0; 16], 0, 16), Err("windows"));
        assert_eq!(field(&[0.0; 16], 8, 15), Err("work"));
    }
}
