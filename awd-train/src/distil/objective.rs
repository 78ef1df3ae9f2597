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
use awd_core::{Boundary, Dwt};
use ndarray::{Array2, Array3, ArrayView2, Axis};
use rayon::prelude::*;

/// Rows that are summed together; fixed, so that sums do not depend on the number of threads.
const CHUNK: usize = 64;

/// What is distilled, and how much each part counts.
#[derive(Debug, Clone)]
pub struct Objective {
    /// Windows (n, N).
    signals: Array2<f64>,
    /// Attributions of every output (n·outputs, N); empty without a teacher.
    attributions: Array2<f64>,
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

/// A modulus, smoothed to √(c² + s²) − s, and its derivative. `s` = 0 is the modulus itself.
fn modulus(c: f64, smoothing: f64) -> (f64, f64) {
    if smoothing == 0.0 {
        return (c.abs(), if c == 0.0 { 0.0 } else { c.signum() });
    }
    let root = c.hypot(smoothing);
    (root - smoothing, c / root)
}

impl Objective {
    /// Windows `x` (n, N), cached gradients (n, outputs, N) if there are any, and the weights of the two terms.
    #[must_use]
    pub fn new(x: &Array2<f32>, gradients: Option<&Array3<f32>>, boundary: Boundary, levels: u8) -> Self {
        let window = x.ncols();
        let attributions = gradients.map_or_else(
            || Array2::zeros((0, window)),
            |gradients| {
                let rows = gradients.mapv(f64::from).into_shape_with_order((gradients.len() / window, window));
                rows.expect("gradients have the windows' length")
            },
        );
        let count = x.nrows() as f64 * f64::from(levels + 1);
        Self { signals: x.mapv(f64::from), attributions, count, boundary, levels, lambda: 1.0, gamma: 0.0 }
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

    /// Root mean square of the samples and of the attributions: what smoothing is measured in.
    #[must_use]
    pub fn scales(&self) -> [f64; 2] {
        [&self.signals, &self.attributions].map(|rows| {
            (rows.iter().map(|v| v * v).sum::<f64>() / rows.len().max(1) as f64).sqrt()
        })
    }

    /// The objective of a wavelet, not smoothed.
    #[must_use]
    pub fn value(&self, wavelet: &Wavelet) -> Value {
        let l1 = |rows: &Array2<f64>| {
            let sum = self.sum(rows.view(), wavelet, |pass, row| pass.analyse(row, 0.0));
            sum.loss / self.count
        };
        let [l1_coefficients, l1_attributions] = [l1(&self.signals), l1(&self.attributions)];
        let total = self.lambda * l1_coefficients + self.gamma * l1_attributions;
        Value { total, l1_coefficients, l1_attributions }
    }

    /// The smoothed objective and its derivative with respect to each free angle of the wavelet. `smoothing` is a
    /// fraction of the root mean square of samples and attributions.
    #[must_use]
    pub fn gradient(&self, wavelet: &Wavelet, smoothing: f64) -> (f64, Vec<f64>) {
        let [of_signals, of_attributions] = self.scales();
        let (mut loss, mut numbers) = (0.0, vec![0.0; Sum::len(wavelet)]);
        for (rows, weight, scale) in
            [(&self.signals, self.lambda, of_signals), (&self.attributions, self.gamma, of_attributions)]
        {
            if weight > 0.0 && rows.nrows() > 0 {
                let sum = self.sum(rows.view(), wavelet, |pass, row| {
                    pass.analyse(row, smoothing * scale);
                    pass.pull_back();
                });
                let weight = weight / self.count;
                loss += weight * sum.loss;
                numbers.iter_mut().zip(&sum.gradient).for_each(|(total, part)| *total += weight * part);
            }
        }
        let gradient = wavelet.jacobian().iter().map(|row| row.iter().zip(&numbers).map(|(a, b)| a * b).sum()).collect();
        (loss, gradient)
    }

    /// Adds up what `each` makes of every row, chunk by chunk in a fixed order.
    fn sum(&self, rows: ArrayView2<'_, f64>, wavelet: &Wavelet, each: impl Fn(&mut Pass, &[f64]) + Sync) -> Sum {
        let chunks: Vec<Sum> = (rows.axis_chunks_iter(Axis(0), CHUNK).into_par_iter())
            .map(|chunk| {
                let mut pass = Pass::new(wavelet, self.boundary, self.levels, rows.ncols());
                chunk.rows().into_iter().for_each(|row| each(&mut pass, row.as_slice().expect("rows are contiguous")));
                pass.sum
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
#[derive(Clone, Default)]
struct Half {
    value: Vec<f64>,
    gradient: Vec<f64>,
}

impl Half {
    fn resize(&mut self, len: usize) {
        self.value.resize(len, 0.0);
        self.gradient.resize(len, 0.0);
    }
}

/// One row through the transform and back.
struct Pass<'a> {
    wavelet: &'a Wavelet,
    dwt: Dwt<f64>,
    scales: Vec<f64>,
    /// Approximations of each level, the finest first.
    approximations: Vec<Half>,
    details: Vec<Half>,
    sum: Sum,
}

impl<'a> Pass<'a> {
    fn new(wavelet: &'a Wavelet, boundary: Boundary, levels: u8, window: usize) -> Self {
        let dwt = Dwt::new(wavelet.lifting().clone(), boundary, levels);
        let halves = |dwt: &Dwt<f64>| {
            (dwt.half_lens(window))
                .map(|len| {
                    let mut half = Half::default();
                    half.resize(len);
                    half
                })
                .collect::<Vec<_>>()
        };
        let (approximations, details) = (halves(&dwt), halves(&dwt));
        Self { wavelet, scales: wavelet.band_scales(levels), dwt, approximations, details, sum: Sum::zero(wavelet) }
    }

    /// Adds the row's loss to the sum; leaves its bands and the loss's gradient with respect to them.
    fn analyse(&mut self, x: &[f64], smoothing: f64) {
        let (lifting, boundary) = (self.dwt.lifting(), self.dwt.boundary());
        let [low, high] = self.wavelet.scale();
        let by_scale = self.sum.gradient.len() - 2;
        for level in 0..self.details.len() {
            let (above, here) = self.approximations.split_at_mut(level);
            let (approximation, detail) = (&mut here[0], &mut self.details[level]);
            let x = above.last().map_or(x, |half| &half.value);
            boundary.split(x, &mut approximation.value, &mut detail.value, lifting);
            lifting.forward(&mut approximation.value, &mut detail.value, boundary);
            approximation.gradient.fill(0.0);
        }
        let coarsest = self.approximations.last_mut();
        let levels = self.details.len() as f64;
        let bands = self.details.iter_mut().enumerate().map(|(level, half)| (level as f64, 1.0, half));
        for ((lows, highs, half), scale) in bands.chain(coarsest.map(|half| (levels, 0.0, half))).zip(&self.scales) {
            let mut by_log_scale = 0.0;
            for (c, gradient) in half.value.iter().zip(&mut half.gradient) {
                let (loss, slope) = modulus(scale * c, smoothing);
                self.sum.loss += loss;
                by_log_scale += scale * c * slope;
                *gradient = scale * slope;
            }
            // A band's scale is lowᵃ·highᵇ.
            self.sum.gradient[by_scale] += by_log_scale * lows / low;
            self.sum.gradient[by_scale + 1] += by_log_scale * highs / high;
        }
    }

    /// Adds the derivatives of the loss that was just found; the bands are used up.
    fn pull_back(&mut self) {
        let (lifting, boundary) = (self.dwt.lifting(), self.dwt.boundary());
        for level in (0..self.details.len()).rev() {
            let (above, here) = self.approximations.split_at_mut(level);
            let (approximation, detail) = (&mut here[0], &mut self.details[level]);
            for (i, (step, changes_detail)) in lifting.ladder().enumerate().collect::<Vec<_>>().into_iter().rev() {
                let (target, source) =
                    if changes_detail { (&mut *detail, &mut *approximation) } else { (&mut *approximation, &mut *detail) };
                step.inverse().apply(&mut target.value, &source.value, boundary);
                let taps = step.tap_gradient(&target.gradient, &source.value, boundary);
                self.sum.gradient[2 * i..2 * i + 2].iter_mut().zip(taps).for_each(|(sum, tap)| *sum += tap);
                step.pull_back(&target.gradient, &mut source.gradient, boundary);
            }
            if let Some(above) = above.last_mut() {
                boundary.merge(&approximation.value, &detail.value, &mut above.value, lifting);
                boundary.split_adjoint(&approximation.gradient, &detail.gradient, &mut above.gradient, lifting);
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
        for (boundary, window) in [(Boundary::Zero, 21), (Boundary::Periodization, 21), (Boundary::Periodization, 40)] {
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
                    assert!((difference - exact).abs() < 1e-6 * (1.0 + exact.abs()), "{name} {i}: {difference} {exact}");
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
