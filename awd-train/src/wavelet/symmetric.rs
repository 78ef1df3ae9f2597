//! Symmetric biorthogonal wavelets from symmetric lifting steps.
//!
//! A predict step adds a·(xₖ + xₖ₊₁) of the approximation to the detail between them. An update step adds b·(xₖ₋₁ + xₖ)
//! of the detail to the approximation (Daubechies & Sweldens 1998, sections 7.4 and 7.8). Filters are symmetric
//! whatever the coefficients, and the inverse is exact. Of m pairs of steps the last one is not free: its predict step
//! makes the detail of a constant zero, and its update step makes the approximation of the highest frequency zero. So
//! the wavelet and its dual each have a vanishing moment, and because they are symmetric, two. The scales give both
//! low-pass filters gain √2. This leaves 2m − 2 free parameters: none for the 5/3 wavelet of JPEG 2000, two for the
//! 9/7.

use num_dual::DualNum;
use std::f64::consts::SQRT_2;

/// Completes the free coefficients: returns the coefficients of all steps, predict and update in turn, and the scales
/// of approximation and detail. `free` has an even length.
pub fn closed<D: DualNum<Primitive = f64> + Copy>(free: &[D]) -> (Vec<D>, [D; 2]) {
    // The approximation and detail of a constant and of the highest frequency, after the steps so far.
    let (mut constant, mut highest) = ([D::from(1.0); 2], [D::from(1.0), D::from(-1.0)]);
    let mut coefficients = Vec::with_capacity(free.len() + 2);
    let mut pairs = free.chunks_exact(2);
    while coefficients.len() < free.len() + 2 {
        let pair = pairs.next();
        let half = D::from(0.5);
        let predict = pair.map_or_else(|| -half * constant[1] / constant[0], |pair| pair[0]);
        for [low, high] in [&mut constant, &mut highest] {
            *high += predict * *low * 2.0;
        }
        let update = pair.map_or_else(|| -half * highest[0] / highest[1], |pair| pair[1]);
        for [low, high] in [&mut constant, &mut highest] {
            *low += update * *high * 2.0;
        }
        coefficients.extend([predict, update]);
    }
    let root = D::from(SQRT_2);
    (coefficients, [root / constant[0], root / highest[1]])
}

/// Filter length for m pairs of steps, even like all filters here. 4m + 1 and 4m − 1 taps are not zero.
pub const fn filter_len(coefficients: usize) -> usize {
    2 * coefficients + 2
}
