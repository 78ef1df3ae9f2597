//! What a wavelet is distilled for: few coefficients of the signals, and few of the teacher's attributions.
//!
//! λ·L1(Ψx) + γ·L1(Ψ⁻ᵀ∇f), each the sum of moduli over all bands, averaged over the windows and divided by the number
//! of bands J + 1 (Ha et al. 2021, in the normalisation of their code). The gradient ∇f is cached: it does not depend on
//! the wavelet, and Ψ⁻ᵀ is the transform by its dual, for an orthogonal one Ψ itself. Reconstruction and validity hold
//! by construction and have no term.
//!
//! The derivative is exact: [`Pass`] gives it with respect to the taps of the ladder, [`Wavelet::jacobian`] carries it on
//! to the wavelet's free numbers.

use super::pass::{LANES, Lanes, Pass, Sum};
use crate::wavelet::{Bank, Wavelet};
use awd_core::Boundary;
use ndarray::{Array2, Array3, ArrayView2, Axis};
use rayon::prelude::*;

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
        let l1 =
            |blocks: &Blocks, bank| self.sum(blocks, bank, |pass, block| pass.analyse(block, 0.0)).loss / self.count;
        let l1_coefficients = l1(&self.signals, wavelet.analysis());
        let l1_attributions = l1(&self.attributions, wavelet.dual());
        let total = self.lambda * l1_coefficients + self.gamma * l1_attributions;
        Value { total, l1_coefficients, l1_attributions }
    }

    /// The smoothed objective and its derivative with respect to each free number of the wavelet. `smoothing` is a
    /// fraction of the root mean square of samples and attributions.
    #[must_use]
    pub fn gradient(&self, wavelet: &Wavelet, smoothing: f64) -> (f64, Vec<f64>) {
        let (mut loss, mut gradient) = (0.0, vec![0.0; wavelet.free().len()]);
        let mut add = |blocks: &Blocks, bank: &Bank, jacobian: Vec<Vec<f64>>, weight: f64| {
            let sum = self.sum(blocks, bank, |pass, block| {
                pass.analyse(block, smoothing * blocks.scale);
                pass.pull_back();
            });
            loss += weight * sum.loss;
            for (slope, row) in gradient.iter_mut().zip(jacobian) {
                *slope += weight * row.iter().zip(&sum.gradient).map(|(a, b)| a * b).sum::<f64>();
            }
        };
        if self.lambda > 0.0 {
            add(&self.signals, wavelet.analysis(), wavelet.jacobian(), self.lambda / self.count);
        }
        if self.gamma > 0.0 {
            add(&self.attributions, wavelet.dual(), wavelet.dual_jacobian(), self.gamma / self.count);
        }
        (loss, gradient)
    }

    /// Adds up what `each` makes of every block, chunk by chunk in a fixed order.
    fn sum(&self, blocks: &Blocks, bank: &Bank, each: impl Fn(&mut Pass<'_>, &[Lanes]) + Sync) -> Sum {
        let chunks: Vec<Sum> = (blocks.samples.par_chunks(CHUNK * blocks.window))
            .map(|chunk| {
                let mut pass = Pass::new(bank, self.boundary, self.levels, blocks.window);
                chunk.chunks_exact(blocks.window).for_each(|block| each(&mut pass, block));
                pass.sum()
            })
            .collect();
        chunks.into_iter().fold(Sum::zero(bank), |mut total, part| {
            total.loss += part.loss;
            total.gradient.iter_mut().zip(&part.gradient).for_each(|(total, part)| *total += part);
            total
        })
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
            let symmetric = Wavelet::from_coefficients(&[-1.5, -0.06, 0.8, 0.5]).unwrap();
            let [db3, sym4] = ["db3", "sym4"].map(|name| Wavelet::named(name).unwrap());
            for (name, wavelet) in [("db3", db3), ("sym4", sym4), ("symmetric", symmetric)] {
                let (_, gradient) = objective.gradient(&wavelet, 0.1);
                for (i, exact) in gradient.iter().enumerate() {
                    let moved = |h: f64| {
                        let mut free = wavelet.free().to_vec();
                        free[i] += h;
                        objective.gradient(&wavelet.moved(&free).unwrap(), 0.1).0
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
