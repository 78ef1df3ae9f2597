//! Transform and back-propagation of signals, several at a time.

use super::line::{Half, Level, Real, Row, Sum, add_scale_gradient, l1, l1_of_product, real, zero_row};
use super::rows::Rows;
use crate::wavelet::{Bank, band_scales, dwt};
use awd_core::Boundary;

/// A band of a transform: its unscaled coefficients, the gradient of the loss with respect to them, its scale, the
/// number of low-pass filters before it, and the level of its high-pass filter.
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
    /// The (level, filter) pairs whose scales multiply to the band's scale. Filter 0 is the low-pass, 1 the high-pass.
    fn factors(&self) -> impl Iterator<Item = (usize, usize)> + use<T> {
        (0..self.low).map(|level| (level, 0)).chain(self.high.map(|level| (level, 1)))
    }
}

/// Transforms blocks of signals and propagates gradients back.
pub(super) struct Signals<T> {
    levels: Vec<Level<T>>,
    boundary: Boundary,
    /// The current block.
    x: Vec<Row<T>>,
    scales: Vec<f64>,
    /// The approximation of each level, finest first.
    approximations: Vec<Half<T>>,
    details: Vec<Half<T>>,
    loss: Row<T>,
    gradient: Vec<Row<T>>,
}

impl<T: Real> Signals<T> {
    /// A pass with the banks of the first levels; the last one serves all deeper levels.
    pub fn new(banks: &[&Bank], boundary: Boundary, levels: u8, window: usize) -> Self {
        let dwt = dwt(banks, boundary, levels).expect("the steps fit into a transform");
        // Padded if the boundary needs it. The loss excludes the padding.
        let zeros = |(level, len)| {
            let padding = dwt.padding(level);
            Half::zeros(len + 2 * padding, padding..len + padding)
        };
        let (per_level, derivatives) = Level::of(banks, levels);
        Self {
            approximations: dwt.half_lens(window).enumerate().map(zeros).collect(),
            details: dwt.half_lens(window).enumerate().map(zeros).collect(),
            levels: per_level,
            boundary,
            x: vec![zero_row(); window],
            scales: band_scales(banks, levels),
            loss: zero_row(),
            gradient: vec![zero_row(); derivatives],
        }
    }

    pub fn sum(self) -> Sum {
        Sum::of(self.loss, self.gradient)
    }

    /// Analyses a block. Stores its bands and sets their gradients to zero.
    #[inline(always)]
    pub fn forward(&mut self, rows: &Rows<'_>, block: usize) {
        rows.load(block, &mut self.x);
        for (index, level) in self.levels.iter().enumerate() {
            let (above, here) = self.approximations.split_at_mut(index);
            let x = above.last().map_or(&self.x[..], |half| &half.value[half.band.clone()]);
            level.forward(x, &mut here[0], &mut self.details[index], self.boundary);
        }
    }

    /// Adds Σ|c| over the coefficients of all bands to the loss, and stores its gradient with respect to them.
    #[inline(always)]
    pub fn l1(&mut self, smoothing: T) {
        let Self { levels, scales, approximations, details, loss, gradient, .. } = self;
        for band in bands(approximations, details, scales) {
            let factors = band.factors();
            let by_log_scale = l1(band.value, band.gradient, band.scale, smoothing, loss);
            add_scale_gradient(gradient, levels, factors, by_log_scale);
        }
    }

    /// Adds Σ|c·d| over the coefficients c of this pass and d of another to the loss of this one, and stores its
    /// gradient with respect to both.
    #[inline(always)]
    pub fn l1_of_product(&mut self, other: &mut Self, smoothing: T) {
        let Self { levels, scales, approximations, details, loss, gradient, .. } = self;
        let other_bands = bands(&mut other.approximations, &mut other.details, &other.scales);
        for (c, d) in bands(approximations, details, scales).zip(other_bands) {
            let (factors, scales) = ([c.factors(), d.factors()], [c.scale, d.scale]);
            let by_log_scale = l1_of_product([c.value, d.value], [c.gradient, d.gradient], scales, smoothing, loss);
            let [c_factors, d_factors] = factors;
            add_scale_gradient(gradient, levels, c_factors, by_log_scale);
            add_scale_gradient(&mut other.gradient, &other.levels, d_factors, by_log_scale);
        }
    }

    /// Propagates the gradients of the bands back and adds the derivatives of the loss. Overwrites the bands.
    #[inline(always)]
    pub fn pull_back(&mut self) {
        for (index, level) in self.levels.iter().enumerate().rev() {
            let (above, here) = self.approximations.split_at_mut(index);
            let (approximation, detail) = (&mut here[0], &mut self.details[index]);
            level.pull_back(approximation, detail, self.boundary, &mut self.gradient);
            if let Some(above) = above.last_mut() {
                let band = above.band.clone();
                let halves: [&[Row<T>]; 2] = [&approximation.gradient, &detail.gradient];
                self.boundary.split_adjoint(halves, &mut above.gradient[band], level.lifting.scheme());
            }
        }
    }
}
