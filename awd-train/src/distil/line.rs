//! Lifting scheme, back-propagation and L1 norm for lines of several windows at a time.
//!
//! Back-propagation runs awd-core's own lifting steps in reverse: undo a step, add up the derivative of its taps,
//! propagate the gradient through it. No intermediate value is stored, and the derivative is exact.

use crate::wavelet::Bank;
use awd_core::{Boundary, Lifting, Scalar, Tap};
use num_traits::Float;
use serde::{Deserialize, Serialize};
use std::array::from_fn;
use std::ops::{AddAssign, Range};

/// Number of windows that are transformed together.
pub(super) const LANES: usize = 8;

/// A sample or a coefficient of each of these windows.
pub(super) type Row<T> = [T; LANES];

/// The scalar type of the computation: f32, at twice the speed, or f64, to test the derivatives.
pub trait Real: Scalar<Tap = Self> + Tap + Float + AddAssign + From<f32> + Into<f64> + Send + Sync {}

impl<T: Scalar<Tap = T> + Tap + Float + AddAssign + From<f32> + Into<f64> + Send + Sync> Real for T {}

pub(super) fn real<T: Real>(value: f64) -> T {
    <T as Scalar>::from_f64(value)
}

/// A row of zeros.
pub(super) fn zero_row<T: Real>() -> Row<T> {
    [<T as Scalar>::ZERO; LANES]
}

/// Absolute values, smoothed to √(c² + s²) − s, and their derivatives. With `smoothing` 0 they are not smoothed.
#[inline(always)]
fn moduli<T: Real>(c: Row<T>, smoothing: T) -> [Row<T>; 2] {
    let root = c.map(|c| (c * c + smoothing * smoothing).sqrt());
    // Avoids 0/0 without a branch, which would prevent vectorisation. Samples have unit mean square, so no other value
    // is this small.
    let least = T::min_positive_value().sqrt();
    [root.map(|root| root - smoothing), from_fn(|lane| c[lane] / (root[lane] + least))]
}

/// `sum + a·b`, lane by lane.
#[inline(always)]
fn plus<T: Real>(sum: Row<T>, a: Row<T>, b: Row<T>) -> Row<T> {
    from_fn(|lane| sum[lane] + a[lane] * b[lane])
}

/// A loss and its derivatives with respect to the taps of each bank, two per step, and its two scales.
#[derive(Serialize, Deserialize)]
pub(super) struct Sum {
    pub loss: f64,
    pub gradient: Vec<f64>,
}

impl Sum {
    pub fn zero(banks: &[&Bank]) -> Self {
        Self { loss: 0.0, gradient: vec![0.0; banks.iter().map(|bank| bank.numbers()).sum()] }
    }

    /// The sum over the lanes.
    pub fn of<T: Real>(loss: Row<T>, gradient: Vec<Row<T>>) -> Self {
        let sum = |row: Row<T>| row.map(Into::into).iter().sum();
        Self { loss: sum(loss), gradient: gradient.into_iter().map(sum).collect() }
    }

    /// The sum times a factor.
    pub fn times(mut self, factor: f64) -> Self {
        self.loss *= factor;
        self.gradient.iter_mut().for_each(|sum| *sum *= factor);
        self
    }

    /// The sum of both.
    pub fn plus(mut self, other: Self) -> Self {
        self.loss += other.loss;
        self.gradient.iter_mut().zip(other.gradient).for_each(|(sum, part)| *sum += part);
        self
    }
}

/// A band or an intermediate half, and the gradient of the loss with respect to it.
#[derive(Clone)]
pub(super) struct Half<T> {
    pub value: Vec<Row<T>>,
    pub gradient: Vec<Row<T>>,
    /// The range of the band between its padding.
    pub band: Range<usize>,
}

impl<T: Real> Half<T> {
    pub fn zeros(len: usize, band: Range<usize>) -> Self {
        Self { value: vec![zero_row(); len], gradient: vec![zero_row(); len], band }
    }

    /// Resizes the half, without padding.
    pub fn resize(&mut self, len: usize) {
        self.value.resize(len, zero_row());
        self.gradient.resize(len, zero_row());
        self.band = 0..len;
    }
}

/// The lifting scheme and the scales of a level.
#[derive(Clone)]
pub(super) struct Level<T> {
    pub lifting: Lifting<T>,
    pub scale: [f64; 2],
    /// The range of its bank's derivatives: those of the taps, then those of the scales.
    pub gradient: Range<usize>,
}

/// Adds the derivatives with respect to the scales that multiply to a band's scale. Each factor is a level and a
/// filter: 0 is the low-pass, 1 the high-pass.
#[inline(always)]
pub(super) fn add_scale_gradient<T: Real>(
    gradient: &mut [Row<T>],
    levels: &[Level<T>],
    factors: impl Iterator<Item = (usize, usize)>,
    by_log_scale: Row<T>,
) {
    for (level, filter) in factors {
        let Level { scale, gradient: range, .. } = &levels[level];
        let by = by_log_scale.map(|by| by * real(scale[filter].recip()));
        gradient[range.end - scale.len() + filter].iter_mut().zip(by).for_each(|(sum, by)| *sum += by);
    }
}

impl<T: Real> Level<T> {
    /// The levels, the last bank serving all deeper ones, and the number of derivatives.
    pub fn of(banks: &[&Bank], levels: u8) -> (Vec<Self>, usize) {
        let mut end = 0;
        let of_banks = banks.iter().map(|bank| {
            let start = end;
            end += bank.numbers();
            Self { lifting: bank.lifting.rounded(), scale: bank.scale, gradient: start..end }
        });
        let of_banks: Vec<Self> = of_banks.collect();
        ((0..usize::from(levels)).map(|level| of_banks[level.min(banks.len() - 1)].clone()).collect(), end)
    }

    /// Transforms a line into its halves and sets their gradients to zero.
    #[inline(always)]
    pub fn forward(&self, x: &[Row<T>], approximation: &mut Half<T>, detail: &mut Half<T>, boundary: Boundary) {
        let scheme = self.lifting.scheme();
        boundary.split(x, [&mut approximation.value, &mut detail.value], scheme, 0);
        // Repeats the loop of awd-core's function, which would not be compiled for wider vectors.
        for (step, changes_detail) in scheme.steps_with_targets() {
            let (target, source) =
                if changes_detail { (&mut *detail, &*approximation) } else { (&mut *approximation, &*detail) };
            step.apply(&mut target.value, &source.value, boundary);
        }
        approximation.gradient.fill(zero_row());
        detail.gradient.fill(zero_row());
    }

    /// Undoes the scheme: restores the halves to what they were before it, and propagates their gradients back. Adds
    /// the derivatives of the taps to `gradient`.
    #[inline(always)]
    pub fn pull_back(
        &self,
        approximation: &mut Half<T>,
        detail: &mut Half<T>,
        boundary: Boundary,
        gradient: &mut [Row<T>],
    ) {
        let scheme = self.lifting.scheme();
        let by_taps = gradient[self.gradient.clone()].chunks_exact_mut(2).take(scheme.steps().len()).rev();
        for ((step, changes_detail), by_taps) in scheme.steps_with_targets().rev().zip(by_taps) {
            let (target, source) =
                if changes_detail { (&mut *detail, &mut *approximation) } else { (&mut *approximation, &mut *detail) };
            step.undo(&mut target.value, &source.value, boundary);
            let taps = step.tap_gradient(&target.gradient, &source.value, boundary);
            for (sum, tap) in by_taps.as_flattened_mut().iter_mut().zip(taps.as_flattened()) {
                *sum += *tap;
            }
            step.pull_back(&target.gradient, &mut source.gradient, boundary);
        }
    }
}

/// Adds Σ|c| over the scaled coefficients c to the loss, and stores its gradient with respect to the unscaled ones in
/// `value`. Returns the derivative with respect to the logarithm of their scale.
#[inline(always)]
pub(super) fn l1<T: Real>(
    value: &[Row<T>],
    gradient: &mut [Row<T>],
    scale: T,
    smoothing: T,
    loss: &mut Row<T>,
) -> Row<T> {
    let mut by_log_scale = zero_row();
    for (c, by_c) in value.iter().zip(gradient) {
        let c = c.map(|c| scale * c);
        let [moduli, slopes] = moduli(c, smoothing);
        *loss = plus(*loss, moduli, [T::one(); LANES]);
        by_log_scale = plus(by_log_scale, c, slopes);
        *by_c = slopes.map(|slope| scale * slope);
    }
    by_log_scale
}

/// Like `l1`, for Σ|c·d|. The derivative with respect to the logarithm of either scale is the same.
#[inline(always)]
pub(super) fn l1_of_product<T: Real>(
    values: [&[Row<T>]; 2],
    gradients: [&mut [Row<T>]; 2],
    scales: [T; 2],
    smoothing: T,
    loss: &mut Row<T>,
) -> Row<T> {
    let mut by_log_scale = zero_row();
    let ([c, d], [by_c, by_d]) = (values, gradients);
    for ((c, by_c), (d, by_d)) in c.iter().zip(by_c).zip(d.iter().zip(by_d)) {
        let (c, d) = (c.map(|c| scales[0] * c), d.map(|d| scales[1] * d));
        let products = from_fn(|lane| c[lane] * d[lane]);
        let [moduli, slopes] = moduli(products, smoothing);
        *loss = plus(*loss, moduli, [T::one(); LANES]);
        by_log_scale = plus(by_log_scale, products, slopes);
        *by_c = from_fn(|lane| scales[0] * slopes[lane] * d[lane]);
        *by_d = from_fn(|lane| scales[1] * slopes[lane] * c[lane]);
    }
    by_log_scale
}
