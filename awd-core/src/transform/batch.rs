//! Many windows at once: the transform of N of them side by side, one a lane, in vector instructions.
//!
//! A row `[T; N]` holds one sample, or one coefficient, of each of N windows. Each lane has the bits that
//! [`Dwt::analyze`] gives the window alone. On a processor with vectors 32 lanes are a good choice; more take more of
//! the fastest cache, fewer pay more for what every level costs.
//!
//! ```
//! use awd_core::transform::batch;
//! use awd_core::{Boundary, Dwt, named};
//!
//! let windows: [f32; 24] = core::array::from_fn(|i| i as f32); // three windows of eight samples
//! let dwt = Dwt::new(named::DB2.lifting()?, Boundary::Periodization, 2);
//! let mut work = [[0.0; 4]; 16]; // four lanes, as many rows as Dwt::batch_work_len(8) says
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
use crate::{Dwt, Invalid, Scalar, Tap};
use core::array::from_fn;

impl<C: Tap> Dwt<C> {
    /// Rows of work space that [`Dwt::analyze_batch`] needs for windows of `n` samples.
    #[must_use]
    pub fn batch_work_len(&self, n: usize) -> usize {
        n + self.work_len(n)
    }

    /// Analyses windows of `n` samples that stand one after the other, N at a time. For each N it calls
    /// `visit(first, band, rows)` for each band, finest first: `rows[k][lane]` is coefficient `k` of window
    /// `first + lane`. Lanes beyond the last window hold the coefficients of zeros.
    ///
    /// # Errors
    /// `windows` are not whole windows, or `work` is shorter than [`Dwt::batch_work_len`].
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
        for (group, windows) in windows.chunks(n.saturating_mul(N)).enumerate() {
            side_by_side(windows, x);
            let mut visit = |band: usize, rows: &[T]| visit(group * N, band, rows.as_chunks().0);
            self.analyze_rows(x, work, &mut visit)?;
        }
        Ok(())
    }
}

/// Windows that stand one after the other, N at most, as rows; lanes without a window are zeros.
fn side_by_side<T: Scalar, const N: usize>(windows: &[T], rows: &mut [[T; N]]) {
    let n = rows.len();
    if windows.len() < n * N {
        rows.fill([T::ZERO; N]);
    }
    // Four at a time, which the compiler makes one vector of.
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

/// The numbers of a band window by window: all of the first lane, then all of the second, and so on, as many lanes as
/// there is room for.
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

    /// The coefficients of each window, all bands one after the other, in bits.
    fn side_by_side_bits<const N: usize>(dwt: &Dwt<f32>, x: &[f32], n: usize) -> Vec<Vec<u32>> {
        let mut of = vec![vec![]; x.len() / n];
        let mut work = vec![[f32::NAN; N]; dwt.batch_work_len(n)];
        dwt.analyze_batch(x, n, &mut work, |first, _, rows| {
            let mut apart = vec![0.0; rows.len() * N.min(of.len() - first)];
            separate(rows, &mut apart);
            for (of, apart) in of[first..].iter_mut().zip(apart.chunks(rows.len())) {
                of.extend(apart.iter().map(|c| c.to_bits()));
            }
        })
        .unwrap();
        of
    }

    fn alone_bits(dwt: &Dwt<f32>, x: &[f32], n: usize) -> Vec<Vec<u32>> {
        let mut work = vec![0.0; dwt.work_len(n)];
        let window = |x: &[f32]| {
            let mut of = vec![];
            dwt.analyze(x, &mut work, |_, c| of.extend(c.iter().map(|c| c.to_bits()))).unwrap();
            of
        };
        x.chunks(n).map(window).collect()
    }

    proptest! {
        #[test]
        fn each_window_has_the_bits_that_it_has_alone(
            which in 0..named::ALL.len(), boundary in 0..3_usize, levels in 0..5_u8, n in 1..50_usize, count in 0..20_usize,
            x in prop::collection::vec(-9.0..9.0_f32, 20 * 50),
        ) {
            let dwt = Dwt::new(named::ALL[which].lifting().unwrap(), BOUNDARIES[boundary], levels);
            let x = &x[..n * count];
            let alone = alone_bits(&dwt, x, n);
            prop_assert_eq!(&side_by_side_bits::<1>(&dwt, x, n), &alone);
            prop_assert_eq!(&side_by_side_bits::<4>(&dwt, x, n), &alone);
            prop_assert_eq!(&side_by_side_bits::<8>(&dwt, x, n), &alone);
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
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
