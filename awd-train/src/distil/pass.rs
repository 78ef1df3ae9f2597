//! Windows through a transform and a gradient back, several side by side.
//!
//! The gradient is pulled back through awd-core's own ladder: undo a step, pull the gradient through it, accumulate the
//! derivative of its taps. Nothing is stored, and the derivative is exact.

use super::rows::Rows;
use crate::wavelet::{Bank, band_scales, dwt};
use awd_core::{Boundary, Lifting, Scalar, Tap};
use multiversion::multiversion;
use num_traits::Float;
use std::array::from_fn;
use std::ops::{AddAssign, Range};

/// Windows that go through the transform together.
pub(super) const LANES: usize = 8;

/// A sample, or a coefficient, of each of them.
pub(super) type Row<T> = [T; LANES];

/// What windows are computed with: f32, at twice the speed, or f64, to test the derivatives by.
pub trait Real: Scalar<Tap = Self> + Tap + Float + AddAssign + From<f32> + Into<f64> + Send + Sync {}

impl<T: Scalar<Tap = T> + Tap + Float + AddAssign + From<f32> + Into<f64> + Send + Sync> Real for T {}

pub(super) fn real<T: Real>(value: f64) -> T {
    <T as Scalar>::from_f64(value)
}

/// Silence.
fn silence<T: Real>() -> Row<T> {
    [<T as Scalar>::ZERO; LANES]
}

/// Moduli, smoothed to √(c² + s²) − s, and their derivatives. `smoothing` 0 gives the moduli themselves.
#[inline(always)]
fn moduli<T: Real>(c: Row<T>, smoothing: T) -> [Row<T>; 2] {
    let root = c.map(|c| (c * c + smoothing * smoothing).sqrt());
    // A branch on zero would keep lanes apart; samples are of unit mean square, so that nothing else is as small.
    let least = T::min_positive_value().sqrt();
    [root.map(|root| root - smoothing), from_fn(|lane| c[lane] / (root[lane] + least))]
}

/// `sum + a·b`, lane by lane.
#[inline(always)]
fn plus<T: Real>(sum: Row<T>, a: Row<T>, b: Row<T>) -> Row<T> {
    from_fn(|lane| sum[lane] + a[lane] * b[lane])
}

/// A loss and its derivatives with respect to the taps of each bank, two a step, and its two scales.
pub(super) struct Sum {
    pub loss: f64,
    pub gradient: Vec<f64>,
}

impl Sum {
    pub fn zero(banks: &[&Bank]) -> Self {
        Self { loss: 0.0, gradient: vec![0.0; banks.iter().map(|bank| bank.numbers()).sum()] }
    }

    /// The sum of so many times as much.
    pub fn times(mut self, factor: f64) -> Self {
        self.loss *= factor;
        self.gradient.iter_mut().for_each(|sum| *sum *= factor);
        self
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
struct Half<T> {
    value: Vec<Row<T>>,
    gradient: Vec<Row<T>>,
    /// The band within its continuation.
    band: Range<usize>,
}

impl<T: Real> Half<T> {
    fn zeros(len: usize, band: Range<usize>) -> Self {
        Self { value: vec![silence(); len], gradient: vec![silence(); len], band }
    }
}

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

/// What serves a level.
#[derive(Clone)]
struct Level<T> {
    lifting: Lifting<T>,
    scale: [f64; 2],
    /// Where its bank's derivatives stand: those of the taps, then those of the scales.
    gradient: Range<usize>,
}

/// Adds the derivatives with respect to the scales whose product is a band's factor.
fn by_scales<T: Real>(
    gradient: &mut [Row<T>],
    levels: &[Level<T>],
    low: usize,
    high: Option<usize>,
    by_log_scale: Row<T>,
) {
    let high = high.map(|level| (level, 1));
    for (level, which) in (0..low).map(|level| (level, 0)).chain(high) {
        let Level { scale, gradient: range, .. } = &levels[level];
        let by = by_log_scale.map(|by| by * real(scale[which].recip()));
        gradient[range.end - scale.len() + which].iter_mut().zip(by).for_each(|(sum, by)| *sum += by);
    }
}

/// Blocks through the transform and back.
pub(super) struct Pass<T> {
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

impl<T: Real> Pass<T> {
    /// A pass through the banks of the first levels, of which the last serves all deeper ones.
    pub fn new(banks: &[&Bank], boundary: Boundary, levels: u8, window: usize) -> Self {
        let dwt = dwt(banks, boundary, levels).expect("wavelets that have room");
        // Continued beyond the band where the boundary asks for it; the loss does not see that part.
        let zeros = |(level, len)| {
            let halo = dwt.halo(level);
            Half::zeros(len + 2 * halo, halo..len + halo)
        };
        let mut end = 0;
        let of_banks = banks.iter().map(|bank| {
            let start = end;
            end += bank.numbers();
            Level { lifting: bank.lifting.rounded(), scale: bank.scale, gradient: start..end }
        });
        let of_banks: Vec<Level<T>> = of_banks.collect();
        Self {
            approximations: dwt.half_lens(window).enumerate().map(zeros).collect(),
            details: dwt.half_lens(window).enumerate().map(zeros).collect(),
            levels: (0..usize::from(levels)).map(|level| of_banks[level.min(banks.len() - 1)].clone()).collect(),
            boundary,
            x: vec![silence(); window],
            scales: band_scales(banks, levels),
            loss: silence(),
            gradient: vec![silence(); end],
        }
    }

    pub fn sum(self) -> Sum {
        let sum = |row: Row<T>| row.map(Into::into).iter().sum();
        Sum { loss: sum(self.loss), gradient: self.gradient.into_iter().map(sum).collect() }
    }

    /// Analyses a block: leaves its bands, with a gradient of zero.
    #[inline(always)]
    fn forward(&mut self, rows: &Rows<'_>, block: usize) {
        rows.load(block, &mut self.x);
        let boundary = self.boundary;
        for (level, Level { lifting, .. }) in self.levels.iter().enumerate() {
            let ladder = lifting.ladder();
            let (above, here) = self.approximations.split_at_mut(level);
            let (approximation, detail) = (&mut here[0], &mut self.details[level]);
            let x = above.last().map_or(&self.x[..], |half| &half.value[half.band.clone()]);
            boundary.split(x, [&mut approximation.value, &mut detail.value], ladder);
            // Its loop, not the function: that would not be compiled for wider vectors.
            for (step, changes_detail) in ladder.rungs() {
                let (target, source) =
                    if changes_detail { (&mut *detail, &*approximation) } else { (&mut *approximation, &*detail) };
                step.apply(&mut target.value, &source.value, boundary);
            }
            approximation.gradient.fill(silence());
            detail.gradient.fill(silence());
        }
    }

    /// Adds Σ|c| over the bands' coefficients to the loss, and leaves its gradient with respect to them.
    #[inline(always)]
    fn l1(&mut self, smoothing: T) {
        let Self { levels, scales, approximations, details, loss, gradient, .. } = self;
        for band in bands(approximations, details, scales) {
            let (scale, mut by_log_scale) = (band.scale, silence());
            for (c, by_c) in band.value.iter().zip(band.gradient) {
                let c = c.map(|c| scale * c);
                let [moduli, slopes] = moduli(c, smoothing);
                *loss = plus(*loss, moduli, [T::one(); LANES]);
                by_log_scale = plus(by_log_scale, c, slopes);
                *by_c = slopes.map(|slope| scale * slope);
            }
            by_scales(gradient, levels, band.low, band.high, by_log_scale);
        }
    }

    /// Adds Σ|c·d| over the coefficients c of this and d of another pass to the loss of this one, and leaves its gradient
    /// with respect to both.
    #[inline(always)]
    fn l1_of_product(&mut self, other: &mut Pass<T>, smoothing: T) {
        let Self { levels, scales, approximations, details, loss, gradient, .. } = self;
        let of_other = bands(&mut other.approximations, &mut other.details, &other.scales);
        for (c_band, d_band) in bands(approximations, details, scales).zip(of_other) {
            let mut by_log_scale = silence();
            let of_d = d_band.value.iter().zip(d_band.gradient);
            for ((c, by_c), (d, by_d)) in c_band.value.iter().zip(c_band.gradient).zip(of_d) {
                let (c, d) = (c.map(|c| c_band.scale * c), d.map(|d| d_band.scale * d));
                let products = from_fn(|lane| c[lane] * d[lane]);
                let [moduli, slopes] = moduli(products, smoothing);
                *loss = plus(*loss, moduli, [T::one(); LANES]);
                by_log_scale = plus(by_log_scale, products, slopes);
                *by_c = from_fn(|lane| c_band.scale * slopes[lane] * d[lane]);
                *by_d = from_fn(|lane| d_band.scale * slopes[lane] * c[lane]);
            }
            by_scales(gradient, levels, c_band.low, c_band.high, by_log_scale);
            by_scales(&mut other.gradient, &other.levels, d_band.low, d_band.high, by_log_scale);
        }
    }

    /// Adds the derivatives of the loss whose gradient the bands have; they are used up.
    #[inline(always)]
    fn pull_back(&mut self) {
        let boundary = self.boundary;
        for (level, Level { lifting, gradient, .. }) in self.levels.iter().enumerate().rev() {
            let ladder = lifting.ladder();
            let (above, here) = self.approximations.split_at_mut(level);
            let (approximation, detail) = (&mut here[0], &mut self.details[level]);
            let by_taps = self.gradient[gradient.clone()].chunks_exact_mut(2).take(ladder.steps().len()).rev();
            for ((step, changes_detail), by_taps) in ladder.rungs().rev().zip(by_taps) {
                let (target, source) = if changes_detail {
                    (&mut *detail, &mut *approximation)
                } else {
                    (&mut *approximation, &mut *detail)
                };
                step.undo(&mut target.value, &source.value, boundary);
                let taps = step.tap_gradient(&target.gradient, &source.value, boundary);
                for (sum, tap) in by_taps.as_flattened_mut().iter_mut().zip(taps.as_flattened()) {
                    *sum += *tap;
                }
                step.pull_back(&target.gradient, &mut source.gradient, boundary);
            }
            if let Some(above) = above.last_mut() {
                let band = above.band.clone();
                let halves: [&[Row<T>]; 2] = [&approximation.gradient, &detail.gradient];
                boundary.split_adjoint(halves, &mut above.gradient[band], ladder);
            }
        }
    }
}

/// Adds Σ|c| over the coefficients of blocks to the pass's loss; smoothed, its derivatives too.
// Compiled once more for processors with wider vectors; lanes do not mix, so the bits are the same.
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

/// The same of Σ|c·d|, over the coefficients c of one pass and d of the other; the loss is in the first.
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
