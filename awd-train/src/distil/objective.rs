//! The objective of distillation: sparse coefficients of the signals, and sparse attributions of the teacher.
//!
//! λ·L1(Ψx) + γ·L1(Ψ⁻ᵀ∇f). Each L1 norm is the sum of absolute values over all bands, averaged over the windows and
//! divided by the number of bands J + 1 (Ha et al. 2021, in the normalisation of their code). The gradient ∇f is cached
//! because it does not depend on the wavelet. Ψ⁻ᵀ is the transform by the dual wavelet; for an orthogonal wavelet it is
//! Ψ itself. Perfect reconstruction and validity hold by construction, so they need no term.
//!
//! The derivative is exact. A pass through the lifting scheme and back yields it with respect to the scheme's taps, and
//! [`Wavelets::jacobian`] extends it to the wavelet's free parameters.
//!
//! Windows are transformed in f32. Sums over windows are in f64.
//!
//! Attribution methods that multiply gradients by the samples' distance from a baseline x₀ use γ·L1(Ψ(x − x₀) ⊙ Ψ⁻ᵀ∇f)
//! instead. Their gradients are averaged along the path from x₀ to x.

use super::line::{LANES, Real, Sum};
use super::pass::{self, Pass};
use super::rows::Rows;
use crate::cluster::{self, Range, Ranks, Serial, Span, chunks_of};
use crate::data::{Attributions, TrainingSet};
use crate::wavelet::{Bank, Wavelets, dual_boundary};
use awd_core::Boundary;
use ndarray::Array2;
use serde::{Deserialize, Serialize};
use std::marker::PhantomData;

/// Number of blocks that are summed together. Fixed, so that sums depend on neither threads nor ranks.
const CHUNK: usize = 8;

const _: () = assert!(cluster::CHUNK.is_multiple_of(CHUNK * LANES));

/// The objective: windows, attributions, and the weights of both terms.
#[derive(Debug, Clone)]
pub struct Objective<'a, T = f32> {
    /// Windows.
    signals: Rows<'a>,
    /// The teacher's gradients, one row for each output of each window; empty without a teacher.
    gradients: Rows<'a>,
    /// Distances from the baseline, if the attribution method multiplies gradients by them. Rows match the gradients'.
    displacements: Option<Rows<'a>>,
    /// Divisor of the sums: windows times bands.
    count: f64,
    boundary: Boundary,
    levels: u8,
    /// Rows of an image; 1 of a signal.
    height: usize,
    lambda: f64,
    gamma: f64,
    /// The ranks that share the windows.
    ranks: &'a dyn Ranks,
    scalar: PhantomData<T>,
}

/// The two L1 norms, in units of the samples and of the attributions, and their weighted sum.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Value {
    /// λ · `l1_coefficients` + γ · `l1_attributions`.
    pub total: f64,
    /// Mean over windows and bands of Σ|c|.
    pub l1_coefficients: f64,
    /// The same mean for the attributions.
    pub l1_attributions: f64,
}

impl<'a, T: Real> Objective<'a, T> {
    /// The objective over windows `x` (n, N) and the attributions of a teacher, if any, with weights of 1 and 0.
    #[must_use]
    pub fn new(x: &'a Array2<f32>, attributions: Option<&'a Attributions>, boundary: Boundary, levels: u8) -> Self {
        Self::across(&Serial, Span::all(x.nrows()), x, attributions, boundary, levels)
    }

    /// The objective over all windows of a training set.
    #[must_use]
    pub(crate) fn of_set(set: &TrainingSet<'a>, boundary: Boundary, levels: u8) -> Self {
        Self::across(set.ranks, set.span, &set.data.train.x, set.attributions, boundary, levels)
    }

    /// The objective over the windows of all ranks, where `x` are those of this rank's span. All ranks compute the same
    /// objective.
    #[must_use]
    pub fn across(
        ranks: &'a dyn Ranks,
        span: Span,
        x: &'a Array2<f32>,
        attributions: Option<&'a Attributions>,
        boundary: Boundary,
        levels: u8,
    ) -> Self {
        let window = x.ncols();
        let outputs = attributions.map_or(1, Attributions::outputs);
        let gradients = attributions.map(|all| Rows::of(ranks, span, &all.gradients, window, [outputs, 1]));
        let displacements = attributions.and_then(|all| all.displacements.as_ref());
        Self {
            signals: Rows::of(ranks, span, x, window, [1, 1]),
            gradients: gradients.unwrap_or(Rows::none(window)),
            displacements: displacements.map(|all| Rows::of(ranks, span, all, window, [1, outputs])),
            count: span.total as f64 * f64::from(levels + 1),
            boundary,
            levels,
            height: 1,
            lambda: 1.0,
            gamma: 0.0,
            ranks,
            scalar: PhantomData,
        }
    }

    /// Treats the windows as images of `height` rows with a periodic boundary. Sides must be multiples of 2^levels.
    /// Windows remain signals if `height` < 2.
    #[must_use]
    pub fn images(self, height: usize) -> Self {
        if height < 2 {
            return self;
        }
        let bands = f64::from(3 * self.levels + 1) / f64::from(self.levels + 1);
        Self { height, boundary: Boundary::Periodization, count: self.count * bands, ..self }
    }

    /// The objective with other weights.
    #[must_use]
    pub fn weighted(self, lambda: f64, gamma: f64) -> Self {
        Self { lambda, gamma, ..self }
    }

    /// The objective over about `windows` evenly spaced windows, which every rank then holds. `None` unless there are
    /// at least twice as many.
    #[must_use]
    pub fn thinned(&self, windows: usize) -> Option<Self> {
        let stride = self.signals.total().div_ceil(LANES) * LANES / windows.max(1);
        let thin = |rows: &Rows<'a>| rows.one_in(stride, self.ranks);
        (stride > 1).then(|| Self {
            signals: thin(&self.signals),
            gradients: thin(&self.gradients),
            displacements: self.displacements.as_ref().map(thin),
            ranks: &Serial,
            ..*self
        })
    }

    /// The weights λ and γ.
    #[must_use]
    pub const fn weights(&self) -> [f64; 2] {
        [self.lambda, self.gamma]
    }

    /// The unsmoothed objective of a wavelet, or of one wavelet per level.
    #[must_use]
    pub fn value(&self, wavelets: &Wavelets) -> Value {
        let l1_coefficients = self.l1(&self.signals, &wavelets.analysis(), self.boundary, None).loss / self.count;
        let l1_attributions = self.attributed(wavelets, None).iter().map(|(sum, _)| sum.loss).sum::<f64>() / self.count;
        let total = self.lambda * l1_coefficients + self.gamma * l1_attributions;
        Value { total, l1_coefficients, l1_attributions }
    }

    /// The smoothed objective and its derivative with respect to each free parameter of the wavelets. `smoothing` is a
    /// fraction of the root mean square of samples and attributions.
    #[must_use]
    pub fn gradient(&self, wavelets: &Wavelets, smoothing: f64) -> (f64, Vec<f64>) {
        let mut parts = Vec::new();
        if self.lambda > 0.0 {
            let sum = self.l1(&self.signals, &wavelets.analysis(), self.boundary, Some(smoothing));
            parts.push((self.lambda, sum, wavelets.jacobian()));
        }
        if self.gamma > 0.0 {
            let sums = self.attributed(wavelets, Some(smoothing)).into_iter();
            parts.extend(sums.map(|(sum, jacobian)| (self.gamma, sum, jacobian)));
        }
        let (mut loss, mut gradient) = (0.0, vec![0.0; wavelets.free().len()]);
        for (weight, sum, jacobian) in parts {
            let weight = weight / self.count;
            loss += weight * sum.loss;
            for (slope, row) in gradient.iter_mut().zip(jacobian) {
                *slope += weight * row.iter().zip(&sum.gradient).map(|(a, b)| a * b).sum::<f64>();
            }
        }
        (loss, gradient)
    }

    /// The L1 norm of the attributions as a sum of parts. Each part has the Jacobian of its taps and scales with
    /// respect to the free parameters; the Jacobian is empty without smoothing.
    fn attributed(&self, wavelets: &Wavelets, smoothing: Option<f64>) -> Vec<(Sum, Vec<Vec<f64>>)> {
        let jacobian = |compute: fn(&Wavelets) -> Vec<Vec<f64>>| smoothing.map_or_else(Vec::new, |_| compute(wavelets));
        match &self.displacements {
            None => {
                let sum = self.l1(&self.gradients, &wavelets.dual(), dual_boundary(self.boundary), smoothing);
                vec![(sum, jacobian(Wavelets::dual_jacobian))]
            }
            Some(displacements) => {
                let [first, second] = self.l1_of_product(displacements, wavelets, smoothing);
                vec![(first, jacobian(Wavelets::jacobian)), (second, jacobian(Wavelets::dual_jacobian))]
            }
        }
    }

    /// Σ|c| over the coefficients of all rows. With `smoothing`, a fraction of the rows' root mean square, also its
    /// derivatives.
    fn l1(&self, rows: &Rows<'_>, banks: &[&Bank], boundary: Boundary, smoothing: Option<f64>) -> Sum {
        let of_chunk = |chunk| {
            let mut pass = self.pass(banks, boundary);
            pass::l1(&mut pass, rows, blocks_of(rows, chunk), smoothing);
            pass.sum()
        };
        let sum = cluster::sum(self.ranks, chunks_of(rows.blocks(), CHUNK), of_chunk, Sum::plus);
        sum.unwrap_or_else(|| Sum::zero(banks)).times(rows.scale * rows.weight)
    }

    /// Σ|c·d| over the coefficients c of the displacements and d of the gradients, and its derivatives with respect to
    /// the taps and scales of the analysis and of the dual. The first sum holds the loss.
    fn l1_of_product(&self, displacements: &Rows<'_>, wavelets: &Wavelets, smoothing: Option<f64>) -> [Sum; 2] {
        let scale = displacements.scale * self.gradients.scale * displacements.weight;
        let banks = [wavelets.analysis(), wavelets.dual()];
        let of_chunk = |chunk| {
            let mut c = self.pass(&banks[0], self.boundary);
            let mut d = self.pass(&banks[1], dual_boundary(self.boundary));
            let blocks = blocks_of(displacements, chunk);
            pass::l1_of_product([&mut c, &mut d], [displacements, &self.gradients], blocks, smoothing);
            [c.sum(), d.sum()]
        };
        let plus = |[a, b]: [Sum; 2], [c, d]: [Sum; 2]| [a.plus(c), b.plus(d)];
        let sums = cluster::sum(self.ranks, chunks_of(displacements.blocks(), CHUNK), of_chunk, plus);
        let sums = sums.unwrap_or_else(|| [Sum::zero(&banks[0]), Sum::zero(&banks[1])]);
        sums.map(|sum| sum.times(scale))
    }

    fn pass(&self, banks: &[&Bank], boundary: Boundary) -> Pass<T> {
        Pass::new(banks, boundary, self.levels, self.signals.window, self.height)
    }
}

/// The blocks of a chunk.
fn blocks_of(rows: &Rows<'_>, chunk: usize) -> Range<usize> {
    CHUNK * chunk..rows.blocks().end.min(CHUNK * (chunk + 1))
}

#[cfg(test)]
mod tests;
