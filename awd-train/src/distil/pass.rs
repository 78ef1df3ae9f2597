//! Windows through a transform and a gradient back, several side by side.
//!
//! The gradient is pulled back through awd-core's own ladder: undo a step, pull the gradient through it, accumulate the
//! derivative of its taps. Nothing is stored, and the derivative is exact.

use crate::wavelet::Bank;
use awd_core::{Boundary, Dwt, Scalar};
use std::ops::Range;

/// Windows that go through the transform together.
pub(super) const LANES: usize = 8;

/// A sample, or a coefficient, of each of them.
pub(super) type Lanes = awd_core::Lanes<f64, LANES>;

/// A modulus, smoothed to √(c² + s²) − s, and its derivative. `smoothing` 0 is the modulus itself.
fn modulus(c: Lanes, smoothing: f64) -> (Lanes, Lanes) {
    if smoothing == 0.0 {
        return (
            awd_core::Lanes(c.0.map(f64::abs)),
            awd_core::Lanes(c.0.map(|c| if c == 0.0 { 0.0 } else { c.signum() })),
        );
    }
    let root = c.0.map(|c| (c * c + smoothing * smoothing).sqrt());
    (awd_core::Lanes(root.map(|root| root - smoothing)), awd_core::Lanes(std::array::from_fn(|i| c.0[i] / root[i])))
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
}

/// A band, or a half on the way to one, and the loss's gradient with respect to it.
#[derive(Clone)]
struct Half {
    value: Vec<Lanes>,
    gradient: Vec<Lanes>,
    /// The band within its continuation.
    band: Range<usize>,
}

impl Half {
    fn zeros(len: usize, band: Range<usize>) -> Self {
        Self { value: vec![Lanes::ZERO; len], gradient: vec![Lanes::ZERO; len], band }
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
    loss: Lanes,
    gradient: Vec<Lanes>,
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
            loss: Lanes::ZERO,
            gradient: vec![Lanes::ZERO; Sum::len(bank)],
        }
    }

    pub fn sum(self) -> Sum {
        let sum = |lanes: Lanes| lanes.0.iter().sum();
        Sum { loss: sum(self.loss), gradient: self.gradient.into_iter().map(sum).collect() }
    }

    /// Adds the block's loss to the sum; leaves its bands and the loss's gradient with respect to them.
    pub fn analyse(&mut self, x: &[Lanes], smoothing: f64) {
        let (lifting, boundary) = (self.dwt.lifting(), self.dwt.boundary());
        for level in 0..self.details.len() {
            let (above, here) = self.approximations.split_at_mut(level);
            let (approximation, detail) = (&mut here[0], &mut self.details[level]);
            let x = above.last().map_or(x, |half| &half.value[half.band.clone()]);
            boundary.split(x, [&mut approximation.value, &mut detail.value], lifting);
            lifting.forward(&mut approximation.value, &mut detail.value, boundary);
            approximation.gradient.fill(Lanes::ZERO);
            detail.gradient.fill(Lanes::ZERO);
        }
        let [low, high] = self.bank.scale;
        let by_scale = self.gradient.len() - 2;
        let coarsest = self.approximations.last_mut();
        let levels = self.details.len() as f64;
        let bands = self.details.iter_mut().enumerate().map(|(level, half)| (level as f64, 1.0, half));
        for ((lows, highs, half), &scale) in bands.chain(coarsest.map(|half| (levels, 0.0, half))).zip(&self.scales) {
            let scale = Lanes::splat(scale);
            let mut by_log_scale = Lanes::ZERO;
            let band = half.band.clone();
            for (&c, gradient) in half.value[band.clone()].iter().zip(&mut half.gradient[band]) {
                let c = scale * c;
                let (loss, slope) = modulus(c, smoothing);
                self.loss = self.loss + loss;
                by_log_scale = by_log_scale + c * slope;
                *gradient = scale * slope;
            }
            // A band's scale is lowᵃ·highᵇ.
            let [by_low, by_high] = [lows / low, highs / high].map(|power| by_log_scale * Lanes::splat(power));
            self.gradient[by_scale] = self.gradient[by_scale] + by_low;
            self.gradient[by_scale + 1] = self.gradient[by_scale + 1] + by_high;
        }
    }

    /// Adds the derivatives of the loss that was just found; the bands are used up.
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
                by_taps.iter_mut().zip(taps).for_each(|(sum, tap)| *sum = *sum + tap);
                step.pull_back(&target.gradient, &mut source.gradient, boundary);
            }
            if let Some(above) = above.last_mut() {
                let band = above.band.clone();
                let [low, high] = [&*approximation, &*detail].map(|half| &half.value[half.band.clone()]);
                boundary.merge([low, high], &mut above.value[band.clone()], lifting);
                let halves: [&[Lanes]; 2] = [&approximation.gradient, &detail.gradient];
                boundary.split_adjoint(halves, &mut above.gradient[band], lifting);
            }
        }
    }
}
