//! Windows through a transform and a gradient back, several side by side.
//!
//! The gradient is pulled back through awd-core's own ladder: undo a step, pull the gradient through it, accumulate the
//! derivative of its taps. Nothing is stored, and the derivative is exact.

use crate::wavelet::Bank;
use awd_core::{Boundary, Dwt};
use std::ops::Range;

/// Windows that go through the transform together.
pub(super) const LANES: usize = 8;

/// A sample, or a coefficient, of each of them.
pub(super) type Row = [f64; LANES];

/// Silence.
const ZERO: Row = [0.0; LANES];

/// A modulus, smoothed to √(c² + s²) − s, and its derivative. `smoothing` 0 is the modulus itself.
#[inline(always)]
fn modulus(c: f64, smoothing: f64) -> [f64; 2] {
    let root = (c * c + smoothing * smoothing).sqrt();
    [root - smoothing, if root > 0.0 { c / root } else { 0.0 }]
}

/// A loss and its derivatives with respect to the ladder's taps, two a step, and the two scales.
pub(super) struct Sum {
    pub loss: f64,
    pub gradient: Vec<f64>,
}

impl Sum {
    fn len(bank: &Bank) -> usize {
        2 * bank.lifting.steps().len() + 2
    }

    pub fn zero(bank: &Bank) -> Self {
        Self { loss: 0.0, gradient: vec![0.0; Self::len(bank)] }
    }

    /// The sum of both.
    pub fn plus(mut self, other: &Self) -> Self {
        self.loss += other.loss;
        self.gradient.iter_mut().zip(&other.gradient).for_each(|(sum, part)| *sum += part);
        self
    }
}

/// A band, or a half on the way to one, and the loss's gradient with respect to it.
#[derive(Clone)]
struct Half {
    value: Vec<Row>,
    gradient: Vec<Row>,
    /// The band within its continuation.
    band: Range<usize>,
}

impl Half {
    fn zeros(len: usize, band: Range<usize>) -> Self {
        Self { value: vec![ZERO; len], gradient: vec![ZERO; len], band }
    }
}

/// A band of a transform: its coefficients, unscaled, and the loss's gradient with respect to them; its factor, and how often
/// it has been through low-pass and high-pass.
struct Band<'a> {
    value: &'a [Row],
    gradient: &'a mut [Row],
    scale: f64,
    powers: [f64; 2],
}

/// All bands, finest detail first, approximation last.
fn bands<'a>(
    approximations: &'a mut [Half],
    details: &'a mut [Half],
    scales: &'a [f64],
) -> impl Iterator<Item = Band<'a>> {
    let levels = details.len() as f64;
    let details = details.iter_mut().enumerate().map(|(level, half)| ([level as f64, 1.0], half));
    let coarsest = approximations.last_mut().map(|half| ([levels, 0.0], half));
    details.chain(coarsest).zip(scales).map(|((powers, half), &scale)| {
        let band = half.band.clone();
        Band { value: &half.value[band.clone()], gradient: &mut half.gradient[band], scale, powers }
    })
}

/// Adds the derivatives with respect to the two scales, of a band whose factor is lowᵃ·highᵇ.
fn by_scales(gradient: &mut [Row], bank: &Bank, powers: [f64; 2], by_log_scale: Row) {
    let taps = gradient.len() - 2;
    for ((sum, power), scale) in gradient[taps..].iter_mut().zip(powers).zip(bank.scale) {
        sum.iter_mut().zip(by_log_scale).for_each(|(sum, by)| *sum += by * power / scale);
    }
}

/// Blocks through the transform and back.
pub(super) struct Pass<'a> {
    bank: &'a Bank,
    dwt: Dwt<f64>,
    scales: Vec<f64>,
    /// Approximations of each level, the finest first.
    approximations: Vec<Half>,
    details: Vec<Half>,
    loss: Row,
    gradient: Vec<Row>,
}

impl<'a> Pass<'a> {
    pub fn new(bank: &'a Bank, boundary: Boundary, levels: u8, window: usize) -> Self {
        let dwt = Dwt::new(bank.lifting.clone(), boundary, levels);
        // Continued beyond the band where the boundary asks for it; the loss does not see that part.
        let halo = dwt.halo();
        let zeros = |len| Half::zeros(len + 2 * halo, halo..len + halo);
        Self {
            bank,
            approximations: dwt.half_lens(window).map(zeros).collect(),
            details: dwt.half_lens(window).map(zeros).collect(),
            dwt,
            scales: bank.band_scales(levels),
            loss: ZERO,
            gradient: vec![ZERO; Sum::len(bank)],
        }
    }

    pub fn sum(self) -> Sum {
        let sum = |row: Row| row.iter().sum();
        Sum { loss: sum(self.loss), gradient: self.gradient.into_iter().map(sum).collect() }
    }

    /// Analyses a block: leaves its bands, with a gradient of zero.
    pub fn forward(&mut self, x: &[Row]) {
        let (lifting, boundary) = (self.dwt.lifting(), self.dwt.boundary());
        for level in 0..self.details.len() {
            let (above, here) = self.approximations.split_at_mut(level);
            let (approximation, detail) = (&mut here[0], &mut self.details[level]);
            let x = above.last().map_or(x, |half| &half.value[half.band.clone()]);
            boundary.split(x, [&mut approximation.value, &mut detail.value], lifting);
            lifting.forward(&mut approximation.value, &mut detail.value, boundary);
            approximation.gradient.fill(ZERO);
            detail.gradient.fill(ZERO);
        }
    }

    /// Adds Σ|c| over the bands' coefficients to the loss, and leaves its gradient with respect to them.
    pub fn l1(&mut self, smoothing: f64) {
        let Self { bank, scales, approximations, details, loss, gradient, .. } = self;
        for band in bands(approximations, details, scales) {
            let (scale, mut by_log_scale) = (band.scale, ZERO);
            for (c, by_c) in band.value.iter().zip(band.gradient) {
                for lane in 0..LANES {
                    let c = scale * c[lane];
                    let [modulus, slope] = modulus(c, smoothing);
                    loss[lane] += modulus;
                    by_log_scale[lane] += c * slope;
                    by_c[lane] = scale * slope;
                }
            }
            by_scales(gradient, bank, band.powers, by_log_scale);
        }
    }

    /// Adds Σ|c·d| over the coefficients c of this and d of another pass to the loss of this one, and leaves its gradient
    /// with respect to both.
    pub fn l1_of_product(&mut self, other: &mut Pass<'_>, smoothing: f64) {
        let Self { bank, scales, approximations, details, loss, gradient, .. } = self;
        let of_other = bands(&mut other.approximations, &mut other.details, &other.scales);
        for (c_band, d_band) in bands(approximations, details, scales).zip(of_other) {
            let mut by_log_scale = ZERO;
            let of_d = d_band.value.iter().zip(d_band.gradient);
            for ((c, by_c), (d, by_d)) in c_band.value.iter().zip(c_band.gradient).zip(of_d) {
                for lane in 0..LANES {
                    let (c, d) = (c_band.scale * c[lane], d_band.scale * d[lane]);
                    let [modulus, slope] = modulus(c * d, smoothing);
                    loss[lane] += modulus;
                    by_log_scale[lane] += c * d * slope;
                    by_c[lane] = c_band.scale * slope * d;
                    by_d[lane] = d_band.scale * slope * c;
                }
            }
            by_scales(gradient, bank, c_band.powers, by_log_scale);
            by_scales(&mut other.gradient, other.bank, d_band.powers, by_log_scale);
        }
    }

    /// Adds the derivatives of the loss whose gradient the bands have; they are used up.
    pub fn pull_back(&mut self) {
        let (lifting, boundary) = (self.dwt.lifting(), self.dwt.boundary());
        for level in (0..self.details.len()).rev() {
            let (above, here) = self.approximations.split_at_mut(level);
            let (approximation, detail) = (&mut here[0], &mut self.details[level]);
            let by_taps = self.gradient.chunks_exact_mut(2).take(lifting.steps().len()).rev();
            for ((step, changes_detail), by_taps) in lifting.ladder().rev().zip(by_taps) {
                let (target, source) = if changes_detail {
                    (&mut *detail, &mut *approximation)
                } else {
                    (&mut *approximation, &mut *detail)
                };
                step.undo(&mut target.value, &source.value, boundary);
                let taps = step.tap_gradient(&target.gradient, &source.value, boundary);
                for (sum, tap) in by_taps.as_flattened_mut().iter_mut().zip(taps.as_flattened()) {
                    *sum += tap;
                }
                step.pull_back(&target.gradient, &mut source.gradient, boundary);
            }
            if let Some(above) = above.last_mut() {
                let band = above.band.clone();
                let [low, high] = [&*approximation, &*detail].map(|half| &half.value[half.band.clone()]);
                boundary.merge([low, high], &mut above.value[band.clone()], lifting);
                let halves: [&[Row]; 2] = [&approximation.gradient, &detail.gradient];
                boundary.split_adjoint(halves, &mut above.gradient[band], lifting);
            }
        }
    }
}
