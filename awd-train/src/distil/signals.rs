//! Signals through a transform and a gradient back, several side by side.

use super::line::{Half, Level, Real, Row, Sum, by_scales, l1, l1_of_product, real, silence};
use super::rows::Rows;
use crate::wavelet::{Bank, band_scales, dwt};
use awd_core::Boundary;

/// A band of a transform: its coefficients, unscaled, and the loss's gradient with respect to them; its factor, the levels
/// whose low-pass it has been through, and the one whose high-pass.
struct Band<'a, T> {
    value: &'a [Row<T>],
    gradient: &'a mut [Row<T>],
    scale: T,
    low: usize,
    high: Option<usize>,
}

/// All bands, finest detail first, approximation last.
#[inline(always)]
fn bands<'a, T: Real>(
    approximations: &'a mut [Half<T>],
    details: &'a mut [Half<T>],
    scales: &'a [f64],
) -> impl Iterator<Item = Band<'a, T>> {
    let levels = details.len();
    let details = details.iter_mut().enumerate().map(|(level, half)| (level, Some(level), half));
    let coarsest = approximations.last_mut().map(|half| (levels, None, half));
    details.chain(coarsest).zip(scales).map(|((low, high, half), &scale)| {
        let band = half.band.clone();
        Band { value: &half.value[band.clone()], gradient: &mut half.gradient[band], scale: real(scale), low, high }
    })
}

impl<T> Band<'_, T> {
    /// The scales of which its factor is the product.
    fn factors(&self) -> impl Iterator<Item = (usize, usize)> + use<T> {
        (0..self.low).map(|level| (level, 0)).chain(self.high.map(|level| (level, 1)))
    }
}

/// Blocks of signals through the transform and back.
pub(super) struct Signals<T> {
    levels: Vec<Level<T>>,
    boundary: Boundary,
    /// The block at hand.
    x: Vec<Row<T>>,
    scales: Vec<f64>,
    /// Approximations of each level, the finest first.
    approximations: Vec<Half<T>>,
    details: Vec<Half<T>>,
    loss: Row<T>,
    gradient: Vec<Row<T>>,
}

impl<T: Real> Signals<T> {
    /// A pass through the banks of the first levels, of which the last serves all deeper ones.
    pub fn new(banks: &[&Bank], boundary: Boundary, levels: u8, window: usize) -> Self {
        let dwt = dwt(banks, boundary, levels).expect("wavelets that have room");
        // Padded where the boundary asks for it; the loss does not see the padding.
        let zeros = |(level, len)| {
            let padding = dwt.padding(level);
            Half::zeros(len + 2 * padding, padding..len + padding)
        };
        let (of_levels, numbers) = Level::of(banks, levels);
        Self {
            approximations: dwt.half_lens(window).enumerate().map(zeros).collect(),
            details: dwt.half_lens(window).enumerate().map(zeros).collect(),
            levels: of_levels,
            boundary,
            x: vec![silence(); window],
            scales: band_scales(banks, levels),
            loss: silence(),
            gradient: vec![silence(); numbers],
        }
    }

    pub fn sum(self) -> Sum {
        Sum::of(self.loss, self.gradient)
    }

    /// Analyses a block: leaves its bands, with a gradient of zero.
    #[inline(always)]
    pub fn forward(&mut self, rows: &Rows<'_>, block: usize) {
        rows.load(block, &mut self.x);
        for (level, of_level) in self.levels.iter().enumerate() {
            let (above, here) = self.approximations.split_at_mut(level);
            let x = above.last().map_or(&self.x[..], |half| &half.value[half.band.clone()]);
            of_level.forward(x, &mut here[0], &mut self.details[level], self.boundary);
        }
    }

    /// Adds Σ|c| over the bands' coefficients to the loss, and leaves its gradient with respect to them.
    #[inline(always)]
    pub fn l1(&mut self, smoothing: T) {
        let Self { levels, scales, approximations, details, loss, gradient, .. } = self;
        for band in bands(approximations, details, scales) {
            let factors = band.factors();
            let by_log_scale = l1(band.value, band.gradient, band.scale, smoothing, loss);
            by_scales(gradient, levels, factors, by_log_scale);
        }
    }

    /// Adds Σ|c·d| over the coefficients c of this and d of another pass to the loss of this one, and leaves its gradient
    /// with respect to both.
    #[inline(always)]
    pub fn l1_of_product(&mut self, other: &mut Self, smoothing: T) {
        let Self { levels, scales, approximations, details, loss, gradient, .. } = self;
        let of_other = bands(&mut other.approximations, &mut other.details, &other.scales);
        for (c, d) in bands(approximations, details, scales).zip(of_other) {
            let (factors, scales) = ([c.factors(), d.factors()], [c.scale, d.scale]);
            let by_log_scale = l1_of_product([c.value, d.value], [c.gradient, d.gradient], scales, smoothing, loss);
            let [of_c, of_d] = factors;
            by_scales(gradient, levels, of_c, by_log_scale);
            by_scales(&mut other.gradient, &other.levels, of_d, by_log_scale);
        }
    }

    /// Adds the derivatives of the loss whose gradient the bands have; they are used up.
    #[inline(always)]
    pub fn pull_back(&mut self) {
        for (level, of_level) in self.levels.iter().enumerate().rev() {
            let (above, here) = self.approximations.split_at_mut(level);
            let (approximation, detail) = (&mut here[0], &mut self.details[level]);
            of_level.pull_back(approximation, detail, self.boundary, &mut self.gradient);
            if let Some(above) = above.last_mut() {
                let band = above.band.clone();
                let halves: [&[Row<T>]; 2] = [&approximation.gradient, &detail.gradient];
                self.boundary.split_adjoint(halves, &mut above.gradient[band], of_level.lifting.scheme());
            }
        }
    }
}
