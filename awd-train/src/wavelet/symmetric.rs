//! Symmetric biorthogonal wavelets by symmetric lifting steps.
//!
//! A predict step takes a·(xₖ + xₖ₊₁) from the approximation to the detail between them, an update step b·(xₖ₋₁ + xₖ) back
//! (Daubechies & Sweldens 1998, sections 7.4 and 7.8). Filters are symmetric whatever the coefficients, and the inverse is
//! exact. Of m pairs of steps the last one is not free: its predict step is the one that leaves a constant no detail, its
//! update step the one that leaves the highest frequency no approximation, so that the wavelet and its dual have a
//! vanishing moment each, in fact two, as they are symmetric. The scales give both low-pass filters gain √2. So 2m − 2
//! numbers are free: none make the 5/3 wavelet of JPEG 2000, two of their values the 9/7.

use num_dual::DualNum;
use std::f64::consts::SQRT_2;

/// The coefficients of all steps, predict and update in turn, and the scales of approximation and detail, of the free
/// ones; `free` has an even length.
pub fn closed<D: DualNum<Primitive = f64> + Copy>(free: &[D]) -> (Vec<D>, [D; 2]) {
    // What the steps make of a constant and of the highest frequency, in approximation and detail.
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

/// Taps of the filters that m pairs of steps stand for, even as all filters here: 4m + 1 and 4m − 1 are not zero.
pub const fn filter_len(coefficients: usize) -> usize {
    2 * coefficients + 2
}
