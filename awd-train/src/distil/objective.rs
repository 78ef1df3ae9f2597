//! What a wavelet is distilled for: few coefficients of the signals, and few of the teacher's attributions.
//!
//! λ·L1(Ψx) + γ·L1(Ψ⁻ᵀ∇f), each the sum of moduli over all bands, averaged over the windows and divided by the number
//! of bands J + 1 (Ha et al. 2021, in the normalisation of their code). The gradient ∇f is cached: it does not depend on
//! the wavelet, and Ψ⁻ᵀ is the transform by its dual, for an orthogonal one Ψ itself. Reconstruction and validity hold
//! by construction and have no term.
//!
//! The derivative is exact: a pass through the scheme and back gives it with respect to the scheme's taps, and
//! [`Wavelets::jacobian`] carries it on to the wavelet's free numbers.
//!
//! Windows are computed in f32; sums of many in f64.
//!
//! Methods that multiply gradients with the samples' distance from a baseline have γ·L1(Ψ(x − x₀) ⊙ Ψ⁻ᵀ∇f) instead; their
//! gradients are averaged along the path from x₀ to x.

use super::line::{LANES, Real, Sum};
use super::pass::{self, Pass};
use super::rows::Rows;
use crate::data::Attributions;
use crate::ranks::{self, Alone, Range, Ranks, Span, chunks_of};
use crate::wavelet::{Bank, Wavelets, dual_boundary};
use awd_core::Boundary;
use ndarray::Array2;
use serde::{Deserialize, Serialize};
use std::marker::PhantomData;

/// Blocks that are summed together; fixed, so that sums depend on neither threads nor ranks.
const CHUNK: usize = 8;

const _: () = assert!(ranks::CHUNK.is_multiple_of(CHUNK * LANES));

/// What is distilled, and how much each part counts.
#[derive(Debug, Clone)]
pub struct Objective<'a, T = f32> {
    /// Windows.
    signals: Rows<'a>,
    /// The teacher's gradients, a row for each output of each window; none without a teacher.
    gradients: Rows<'a>,
    /// What the gradients' coefficients are multiplied by, row for row, where the method of attribution does.
    displacements: Option<Rows<'a>>,
    /// Divides the sums: windows times bands.
    count: f64,
    boundary: Boundary,
    levels: u8,
    /// Rows of an image; 1 of a signal.
    height: usize,
    lambda: f64,
    gamma: f64,
    /// Whose windows these are.
    ranks: &'a dyn Ranks,
    scalar: PhantomData<T>,
}

/// The two L1 norms, in units of the samples and of the attributions, and their weighted sum.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Value {
    /// λ times the one plus γ times the other.
    pub total: f64,
    /// Mean over windows and bands of Σ|c|.
    pub l1_coefficients: f64,
    /// The same of the attributions.
    pub l1_attributions: f64,
}

impl<'a, T: Real> Objective<'a, T> {
    /// Windows `x` (n, N), the attributions of a teacher if there are any, and the weights of the two terms.
    #[must_use]
    pub fn new(x: &'a Array2<f32>, attributions: Option<&'a Attributions>, boundary: Boundary, levels: u8) -> Self {
        Self::across(&Alone, Span::all(x.nrows()), x, attributions, boundary, levels)
    }

    /// The same of the windows of all ranks, of which `x` are those of this rank's span: all ranks have the same objective,
    /// whatever they hold.
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

    /// The same windows as images of so many rows, whose sides are multiples of 2^levels; the boundary is a circle.
    #[must_use]
    pub fn images(self, height: usize) -> Self {
        if height < 2 {
            return self;
        }
        let bands = f64::from(3 * self.levels + 1) / f64::from(self.levels + 1);
        Self { height, boundary: Boundary::Periodization, count: self.count * bands, ..self }
    }

    /// The same windows with other weights.
    #[must_use]
    pub fn weighted(self, lambda: f64, gamma: f64) -> Self {
        Self { lambda, gamma, ..self }
    }

    /// The objective over about so many windows, spread evenly, which every rank then holds; none where there are not twice as
    /// many.
    #[must_use]
    pub fn thinned(&self, windows: usize) -> Option<Self> {
        let stride = self.signals.total().div_ceil(LANES) * LANES / windows.max(1);
        let few = |rows: &Rows<'a>| rows.one_in(stride, self.ranks);
        (stride > 1).then(|| Self {
            signals: few(&self.signals),
            gradients: few(&self.gradients),
            displacements: self.displacements.as_ref().map(few),
            ranks: &Alone,
            ..*self
        })
    }

    /// The weights λ and γ.
    #[must_use]
    pub const fn weights(&self) -> [f64; 2] {
        [self.lambda, self.gamma]
    }

    /// The objective of a wavelet, or of one a level, not smoothed.
    #[must_use]
    pub fn value(&self, wavelets: &Wavelets) -> Value {
        let l1_coefficients = self.l1(&self.signals, &wavelets.analysis(), self.boundary, None).loss / self.count;
        let l1_attributions = self.attributed(wavelets, None).iter().map(|(sum, _)| sum.loss).sum::<f64>() / self.count;
        let total = self.lambda * l1_coefficients + self.gamma * l1_attributions;
        Value { total, l1_coefficients, l1_attributions }
    }

    /// The smoothed objective and its derivative with respect to each free number of the wavelets. `smoothing` is a
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

    /// The L1 norm of the attributions, in parts, each with the derivatives of its numbers with respect to the wavelet's.
    fn attributed(&self, wavelets: &Wavelets, smoothing: Option<f64>) -> Vec<(Sum, Vec<Vec<f64>>)> {
        let jacobian = |of: fn(&Wavelets) -> Vec<Vec<f64>>| smoothing.map_or_else(Vec::new, |_| of(wavelets));
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

    /// Σ|c| over the coefficients of all rows, and with a smoothing, a fraction of the rows' root mean square, its derivatives.
    fn l1(&self, rows: &Rows<'_>, banks: &[&Bank], boundary: Boundary, smoothing: Option<f64>) -> Sum {
        let of_chunk = |chunk| {
            let mut pass = self.pass(banks, boundary);
            pass::l1(&mut pass, rows, blocks_of(rows, chunk), smoothing);
            pass.sum()
        };
        let sum = ranks::sum(self.ranks, chunks_of(rows.blocks(), CHUNK), of_chunk, Sum::plus);
        sum.unwrap_or_else(|| Sum::zero(banks)).times(rows.scale * rows.weight)
    }

    /// Σ|c·d| over the coefficients c of the displacements and d of the gradients, and its derivatives with respect to the
    /// numbers of the analysis and of the dual; the loss is in the first.
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
        let sums = ranks::sum(self.ranks, chunks_of(displacements.blocks(), CHUNK), of_chunk, plus);
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
mod tests {
    use super::*;
    use crate::attribution::of_coefficients;
    use crate::ranks::threads;
    use crate::wavelet::{Wavelet, coefficients};
    use ndarray::{Array3, Axis};

    /// Saliencies, or products with displacements.
    fn samples(window: usize, products: bool) -> (Array2<f32>, Attributions) {
        let x = Array2::from_shape_fn((70, window), |(i, k)| ((i * 31 + k * k * 7) % 23) as f32 / 7.0 - 1.0);
        let g = Array3::from_shape_fn((70, 2, window), |(i, o, k)| ((i * 17 + k * 5 + o * 3) % 19) as f32 / 50.0 - 0.1);
        let displacements = products.then(|| x.mapv(|x| x - 0.3));
        (x, Attributions { gradients: g, displacements })
    }

    fn objective((x, attributions): &(Array2<f32>, Attributions), boundary: Boundary) -> Objective<'_, f64> {
        Objective::new(x, Some(attributions), boundary, 3).weighted(0.7, 3.0)
    }

    #[test]
    fn the_gradient_equals_central_differences() {
        for (boundary, window, products) in [
            (Boundary::Zero, 21, false),
            (Boundary::Zero, 21, true),
            (Boundary::Symmetric, 21, false),
            (Boundary::Symmetric, 21, true),
            (Boundary::Periodization, 21, false),
            (Boundary::Periodization, 40, true),
            (Boundary::Periodization, 128, false),
            (Boundary::Periodization, 128, true),
        ] {
            let samples = samples(window, products);
            // Images of 8 by 16, too.
            let height = if window == 128 { 8 } else { 1 };
            let objective = objective(&samples, boundary).images(height);
            let symmetric = Wavelet::from_coefficients(&[-1.5, -0.06, 0.8, 0.5]).unwrap();
            let [db3, sym4] = ["db3", "sym4"].map(|name| Wavelet::named(name).unwrap());
            let each = Wavelets::from(db3.clone()).each(3).unwrap();
            let each = each.moved(&[0.3, 1.1, 0.2, 1.0, 0.4, 0.8]).unwrap();
            let [db3, sym4, symmetric] = [db3, sym4, symmetric].map(Wavelets::from);
            for (name, wavelet) in [("db3", db3), ("sym4", sym4), ("symmetric", symmetric), ("each", each)] {
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
    fn bits_depend_on_neither_ranks_nor_threads() {
        let wavelet = Wavelets::from(Wavelet::named("db3").unwrap());
        for products in [false, true] {
            let all: Vec<_> = [70, 5000].map(|n| repeated(samples(20, products), n)).into();
            for (x, attributions) in &all {
                let said = |objective: Objective<'_>| {
                    let objective = objective.weighted(0.7, 3.0);
                    let few = objective.thinned(64).map(|few| few.gradient(&wavelet, 0.1));
                    (objective.value(&wavelet), objective.gradient(&wavelet, 0.1), few)
                };
                let expected = said(Objective::new(x, Some(attributions), Boundary::Zero, 3));
                for size in [2, 3, 8] {
                    let found = threads(size, |ranks| {
                        let span = Span::share(x.nrows(), ranks);
                        let rows: Vec<usize> = span.range().collect();
                        let (x, attributions) = (x.select(Axis(0), &rows), attributions.select(&rows));
                        said(Objective::across(ranks, span, &x, Some(&attributions), Boundary::Zero, 3))
                    });
                    assert!(found.iter().all(|found| *found == expected), "{size} {products}");
                }
                let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
                let found = pool.install(|| said(Objective::new(x, Some(attributions), Boundary::Zero, 3)));
                assert_eq!(found, expected);
            }
        }
    }

    /// So many windows, each but for its unit as one of these.
    fn repeated((x, attributions): (Array2<f32>, Attributions), n: usize) -> (Array2<f32>, Attributions) {
        let rows: Vec<usize> = (0..n).map(|row| row % x.nrows()).collect();
        let mut x = x.select(Axis(0), &rows);
        x.rows_mut().into_iter().enumerate().for_each(|(row, mut x)| x *= 1.0 + (row as f32).sin() / 3.0);
        (x, attributions.select(&rows))
    }

    #[test]
    fn a_few_windows_stand_for_all() {
        // 70 windows, each block of eight like the others but for rounding of the period.
        for products in [false, true] {
            let samples = samples(30, products);
            let objective = objective(&samples, Boundary::Zero);
            let db4 = Wavelets::from(Wavelet::named("db4").unwrap());
            assert!(objective.thinned(70).is_none() && objective.thinned(50).is_none());
            let few = objective.thinned(16).unwrap();
            let (all, few) = (objective.value(&db4), few.value(&db4));
            for (all, few) in [(all.l1_coefficients, few.l1_coefficients), (all.l1_attributions, few.l1_attributions)] {
                assert!(all != few && (few / all - 1.0).abs() < 0.2, "{all} {few}");
            }
        }
    }

    #[test]
    fn the_norms_are_those_of_the_coefficients_and_their_attributions() {
        for (boundary, products) in [(Boundary::Zero, true), (Boundary::Symmetric, false), (Boundary::Symmetric, true)]
        {
            let samples = samples(21, products);
            let wavelet = Wavelets::from(Wavelet::from_coefficients(&[-1.5, -0.06, 0.8, 0.5]).unwrap());
            let value = objective(&samples, boundary).value(&wavelet);
            let (x, Attributions { gradients, displacements }) = &samples;
            let wide = |row: ndarray::ArrayView1<'_, f32>| row.iter().map(|&v| f64::from(v)).collect::<Vec<f64>>();
            let l1 = |bands: Vec<Vec<f64>>| bands.iter().flatten().map(|c| c.abs()).sum::<f64>() / (70.0 * 4.0);
            let (mut of_x, mut of_g) = (0.0, 0.0);
            for (i, gradients) in gradients.outer_iter().enumerate() {
                of_x += l1(coefficients(&wavelet.analysis(), boundary, 3, &wide(x.row(i))).unwrap());
                let displacement = displacements.as_ref().map(|displacements| wide(displacements.row(i)));
                for g in gradients.outer_iter() {
                    let bands = of_coefficients(&wavelet, (boundary, 3), &wide(g), displacement.as_deref());
                    of_g += l1(bands.unwrap());
                }
            }
            for (found, expected) in [(value.l1_coefficients, of_x), (value.l1_attributions, of_g)] {
                assert!((found / expected - 1.0).abs() < 1e-9, "{boundary:?} {products} {found} {expected}");
            }
        }
    }

    #[test]
    fn the_norm_of_images_is_that_of_their_bands() {
        let (x, _) = samples(128, false);
        let wavelet = Wavelets::from(Wavelet::named("db3").unwrap());
        let objective: Objective<'_, f64> = Objective::new(&x, None, Boundary::Periodization, 3).images(8);
        let [low, high] = wavelet.analysis()[0].scale;
        let dwt = wavelet.dwt(Boundary::Periodization, 3).unwrap();
        let mut norm = 0.0;
        for x in x.rows() {
            let mut image: Vec<f64> = x.iter().map(|&x| f64::from(x)).collect();
            let mut work = vec![0.0; dwt.image_work_len::<1>([8, 16])];
            let add = |band: usize, c: &[f64]| {
                let of_level = [low * high, low * high, high * high][band % 3];
                let scale = if band == 9 { low.powi(6) } else { low.powi(2 * (band / 3) as i32) * of_level };
                norm += scale.abs() * c.iter().map(|c| c.abs()).sum::<f64>();
            };
            dwt.analyze_image::<_, 1>(&mut image, [8, 16], &mut work, add).unwrap();
        }
        let found = objective.value(&wavelet).l1_coefficients;
        assert!((found / (norm / (70.0 * 10.0)) - 1.0).abs() < 1e-9, "{found} {norm}");
    }

    #[test]
    fn without_smoothing_both_agree() {
        for products in [false, true] {
            let samples = samples(30, products);
            let objective = objective(&samples, Boundary::Zero);
            let wavelet = Wavelets::from(Wavelet::named("db4").unwrap());
            let value = objective.value(&wavelet);
            assert!((objective.gradient(&wavelet, 0.0).0 - value.total).abs() < 1e-12 * value.total);
            assert!((0.7 * value.l1_coefficients + 3.0 * value.l1_attributions - value.total).abs() < 1e-12);
        }
    }
}
