//! What a wavelet is distilled for: few coefficients of the signals, and few of the teacher's attributions.
//!
//! λ·L1(Ψx) + γ·L1(Ψ∇f), each the sum of moduli over all bands, averaged over the windows and divided by the number of
//! bands J + 1 (Ha et al. 2021, in the normalisation of their code). The gradient ∇f is cached: it does not depend on
//! the wavelet. Reconstruction and validity hold by construction and have no term.
//!
//! The derivative is exact. It is pulled back through awd-core's own ladder: undo a step, pull the gradient through
//! it, accumulate the derivative of its taps; nothing is stored. From the taps it goes to the lattice angles by
//! [`Wavelet::jacobian`].

use crate::wavelet::Wavelet;
use awd_core::{Boundary, Dwt, Scalar};
use ndarray::{Array2, Array3, ArrayView2, Axis};
use rayon::prelude::*;
use std::ops::Range;

/// Windows that go through the transform together.
const LANES: usize = 8;

/// A sample, or a coefficient, of each of them.
type Lanes = awd_core::Lanes<f64, LANES>;

/// Blocks that are summed together; fixed, so that sums do not depend on the number of threads.
const CHUNK: usize = 8;

/// What is distilled, and how much each part counts.
#[derive(Debug, Clone)]
pub struct Objective {
    /// Windows.
    signals: Blocks,
    /// Attributions of every output, each a row; none without a teacher.
    attributions: Blocks,
    /// Divides the sums: windows times bands.
    count: f64,
    boundary: Boundary,
    levels: u8,
    lambda: f64,
    gamma: f64,
}

/// The two L1 norms, in units of the samples and of the attributions, and their weighted sum.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Value {
    /// λ times the one plus γ times the other.
    pub total: f64,
    /// Mean over windows and bands of Σ|c|.
    pub l1_coefficients: f64,
    /// The same of the attributions.
    pub l1_attributions: f64,
}

/// Rows of N samples, [`LANES`] of them side by side in a block; rows of zeros, which have no L1 norm and no
/// derivative, fill the last block.
#[derive(Debug, Clone)]
struct Blocks {
    samples: Vec<Lanes>,
    window: usize,
    /// Root mean square of the samples: what smoothing is measured in.
    scale: f64,
}

impl Blocks {
    fn of(rows: ArrayView2<'_, f32>) -> Self {
        let window = rows.ncols();
        let blocks = rows.axis_chunks_iter(Axis(0), LANES).flat_map(|block| {
            let at = move |k, lane| block.get([lane, k]).map_or(0.0, |&value| f64::from(value));
            (0..window).map(move |k| awd_core::Lanes(std::array::from_fn(|lane| at(k, lane))))
        });
        let square: f64 = rows.iter().map(|&value| f64::from(value).powi(2)).sum();
        Self { samples: blocks.collect(), window, scale: (square / rows.len().max(1) as f64).sqrt() }
    }
}

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

impl Objective {
    /// Windows `x` (n, N), cached gradients (n, outputs, N) if there are any, and the weights of the two terms.
    #[must_use]
    pub fn new(x: &Array2<f32>, gradients: Option<&Array3<f32>>, boundary: Boundary, levels: u8) -> Self {
        let none = Array3::zeros((0, 1, x.ncols()));
        let gradients = gradients.unwrap_or(&none);
        let rows = gradients.to_shape((gradients.len() / x.ncols(), x.ncols()));
        let attributions = Blocks::of(rows.expect("gradients have the windows' length").view());
        let count = x.nrows() as f64 * f64::from(levels + 1);
        Self { signals: Blocks::of(x.view()), attributions, count, boundary, levels, lambda: 1.0, gamma: 0.0 }
    }

    /// The same windows with other weights.
    #[must_use]
    pub fn weighted(self, lambda: f64, gamma: f64) -> Self {
        Self { lambda, gamma, ..self }
    }

    /// The weights λ and γ.
    #[must_use]
    pub const fn weights(&self) -> [f64; 2] {
        [self.lambda, self.gamma]
    }

    /// The objective of a wavelet, not smoothed.
    #[must_use]
    pub fn value(&self, wavelet: &Wavelet) -> Value {
        let l1 = |blocks: &Blocks| self.sum(blocks, wavelet, |pass, block| pass.analyse(block, 0.0)).loss / self.count;
        let [l1_coefficients, l1_attributions] = [l1(&self.signals), l1(&self.attributions)];
        let total = self.lambda * l1_coefficients + self.gamma * l1_attributions;
        Value { total, l1_coefficients, l1_attributions }
    }

    /// The smoothed objective and its derivative with respect to each free angle of the wavelet. `smoothing` is a
    /// fraction of the root mean square of samples and attributions.
    #[must_use]
    pub fn gradient(&self, wavelet: &Wavelet, smoothing: f64) -> (f64, Vec<f64>) {
        let (mut loss, mut numbers) = (0.0, vec![0.0; Sum::len(wavelet)]);
        for (blocks, weight) in [(&self.signals, self.lambda), (&self.attributions, self.gamma)] {
            if weight > 0.0 {
                let sum = self.sum(blocks, wavelet, |pass, block| {
                    pass.analyse(block, smoothing * blocks.scale);
                    pass.pull_back();
                });
                let weight = weight / self.count;
                loss += weight * sum.loss;
                numbers.iter_mut().zip(&sum.gradient).for_each(|(total, part)| *total += weight * part);
            }
        }
        let gradient =
            wavelet.jacobian().iter().map(|row| row.iter().zip(&numbers).map(|(a, b)| a * b).sum()).collect();
        (loss, gradient)
    }

    /// Adds up what `each` makes of every block, chunk by chunk in a fixed order.
    fn sum(&self, blocks: &Blocks, wavelet: &Wavelet, each: impl Fn(&mut Pass, &[Lanes]) + Sync) -> Sum {
        let chunks: Vec<Sum> = (blocks.samples.par_chunks(CHUNK * blocks.window))
            .map(|chunk| {
                let mut pass = Pass::new(wavelet, self.boundary, self.levels, blocks.window);
                chunk.chunks_exact(blocks.window).for_each(|block| each(&mut pass, block));
                pass.sum()
            })
            .collect();
        chunks.into_iter().fold(Sum::zero(wavelet), |mut total, part| {
            total.loss += part.loss;
            total.gradient.iter_mut().zip(&part.gradient).for_each(|(total, part)| *total += part);
            total
        })
    }
}

/// A loss and its derivatives with respect to the ladder's taps, two a step, and the two scales.
struct Sum {
    loss: f64,
    gradient: Vec<f64>,
}

impl Sum {
    fn len(wavelet: &Wavelet) -> usize {
        2 * wavelet.lifting().steps().len() + 2
    }

    fn zero(wavelet: &Wavelet) -> Self {
        Self { loss: 0.0, gradient: vec![0.0; Self::len(wavelet)] }
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
struct Pass<'a> {
    wavelet: &'a Wavelet,
    dwt: Dwt<f64>,
    scales: Vec<f64>,
    /// Approximations of each level, the finest first.
    approximations: Vec<Half>,
    details: Vec<Half>,
    loss: Lanes,
    gradient: Vec<Lanes>,
}

impl<'a> Pass<'a> {
    fn new(wavelet: &'a Wavelet, boundary: Boundary, levels: u8, window: usize) -> Self {
        let dwt = Dwt::new(wavelet.lifting().clone(), boundary, levels);
        // Continued beyond the band where the boundary asks for it; the loss does not see that part.
        let halo = dwt.halo();
        let zeros = |len| Half::zeros(len + 2 * halo, halo..len + halo);
        Self {
            wavelet,
            approximations: dwt.half_lens(window).map(zeros).collect(),
            details: dwt.half_lens(window).map(zeros).collect(),
            dwt,
            scales: wavelet.band_scales(levels),
            loss: Lanes::ZERO,
            gradient: vec![Lanes::ZERO; Sum::len(wavelet)],
        }
    }

    fn sum(self) -> Sum {
        let sum = |lanes: Lanes| lanes.0.iter().sum();
        Sum { loss: sum(self.loss), gradient: self.gradient.into_iter().map(sum).collect() }
    }

    /// Adds the block's loss to the sum; leaves its bands and the loss's gradient with respect to them.
    fn analyse(&mut self, x: &[Lanes], smoothing: f64) {
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
        let [low, high] = self.wavelet.scale();
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
    fn pull_back(&mut self) {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn objective(boundary: Boundary, window: usize) -> Objective {
        let x = Array2::from_shape_fn((70, window), |(i, k)| ((i * 31 + k * k * 7) % 23) as f32 / 7.0 - 1.0);
        let g = Array3::from_shape_fn((70, 2, window), |(i, o, k)| ((i * 17 + k * 5 + o * 3) % 19) as f32 / 50.0 - 0.1);
        Objective::new(&x, Some(&g), boundary, 3).weighted(0.7, 3.0)
    }

    #[test]
    fn the_gradient_equals_central_differences() {
        for (boundary, window) in [
            (Boundary::Zero, 21),
            (Boundary::Symmetric, 21),
            (Boundary::Periodization, 21),
            (Boundary::Periodization, 40),
        ] {
            let objective = objective(boundary, window);
            for name in ["db3", "sym4"] {
                let wavelet = Wavelet::named(name).unwrap();
                let (_, gradient) = objective.gradient(&wavelet, 0.1);
                for (i, exact) in gradient.iter().enumerate() {
                    let moved = |h: f64| {
                        let mut free = wavelet.angles().to_vec();
                        free[i] += h;
                        objective.gradient(&Wavelet::from_angles(&free, Some(&wavelet)).unwrap(), 0.1).0
                    };
                    let difference = (moved(1e-5) - moved(-1e-5)) / 2e-5;
                    assert!(
                        (difference - exact).abs() < 1e-6 * (1.0 + exact.abs()),
                        "{boundary:?} {name} {i}: {difference} {exact}"
                    );
                }
            }
        }
    }

    #[test]
    fn without_smoothing_both_agree() {
        let objective = objective(Boundary::Zero, 30);
        let wavelet = Wavelet::named("db4").unwrap();
        let value = objective.value(&wavelet);
        assert!((objective.gradient(&wavelet, 0.0).0 - value.total).abs() < 1e-12 * value.total);
        assert!((0.7 * value.l1_coefficients + 3.0 * value.l1_attributions - value.total).abs() < 1e-12);
    }
}
