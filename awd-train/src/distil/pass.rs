//! Transform and back-propagation of windows: signals or images.

use super::images::Images;
use super::line::{Real, Sum, real};
use super::rows::Rows;
use super::signals::Signals;
use crate::wavelet::Bank;
use awd_core::Boundary;
use multiversion::multiversion;
use std::ops::Range;

/// Transforms blocks of windows and propagates gradients back.
pub(super) enum Pass<T> {
    Signals(Signals<T>),
    Images(Images<T>),
}

impl<T: Real> Pass<T> {
    /// A pass over windows of `window` samples, images if `rows` > 1. The banks are those of the first levels; the last
    /// one serves all deeper levels.
    pub fn new(banks: &[&Bank], boundary: Boundary, levels: u8, window: usize, rows: usize) -> Self {
        if rows > 1 {
            Self::Images(Images::new(banks, levels, [rows, window / rows]))
        } else {
            Self::Signals(Signals::new(banks, boundary, levels, window))
        }
    }

    pub fn sum(self) -> Sum {
        match self {
            Self::Signals(signals) => signals.sum(),
            Self::Images(images) => images.sum(),
        }
    }

    #[inline(always)]
    fn forward(&mut self, rows: &Rows<'_>, block: usize) {
        match self {
            Self::Signals(signals) => signals.forward(rows, block),
            Self::Images(images) => images.forward(rows, block),
        }
    }

    #[inline(always)]
    fn l1(&mut self, smoothing: T) {
        match self {
            Self::Signals(signals) => signals.l1(smoothing),
            Self::Images(images) => images.l1(smoothing),
        }
    }

    #[inline(always)]
    fn l1_of_product(&mut self, other: &mut Self, smoothing: T) {
        match (self, other) {
            (Self::Signals(c), Self::Signals(d)) => c.l1_of_product(d, smoothing),
            (Self::Images(c), Self::Images(d)) => c.l1_of_product(d, smoothing),
            _ => unreachable!("windows and their attributions have the same shape"),
        }
    }

    #[inline(always)]
    fn pull_back(&mut self) {
        match self {
            Self::Signals(signals) => signals.pull_back(),
            Self::Images(images) => images.pull_back(),
        }
    }
}

/// Adds Σ|c| over the coefficients of blocks to the pass's loss. With smoothing, also adds its derivatives.
// Also compiled for processors with wider vectors. Lanes do not mix, so the bits are the same.
#[multiversion(targets("x86_64+avx2"))]
pub(super) fn l1<T: Real>(pass: &mut Pass<T>, rows: &Rows<'_>, blocks: Range<usize>, smoothing: Option<f64>) {
    for block in blocks {
        pass.forward(rows, block);
        pass.l1(real(smoothing.unwrap_or(0.0)));
        if smoothing.is_some() {
            pass.pull_back();
        }
    }
}

/// Like `l1`, for Σ|c·d| over the coefficients c of one pass and d of the other. The loss is added to the first.
#[multiversion(targets("x86_64+avx2"))]
pub(super) fn l1_of_product<T: Real>(
    [c, d]: [&mut Pass<T>; 2],
    [c_rows, d_rows]: [&Rows<'_>; 2],
    blocks: Range<usize>,
    smoothing: Option<f64>,
) {
    for block in blocks {
        c.forward(c_rows, block);
        d.forward(d_rows, block);
        c.l1_of_product(d, real(smoothing.unwrap_or(0.0)));
        if smoothing.is_some() {
            c.pull_back();
            d.pull_back();
        }
    }
}
