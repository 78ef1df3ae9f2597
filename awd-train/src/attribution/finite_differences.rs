//! Gradients of a function that gives none: central differences, by a step that is chosen on the data.
//!
//! A difference by a large step is off by the function's curvature, one by a small step by the rounding of its outputs. From a
//! fifth of a standard deviation the step is halved, and that step is taken which differs least from twice itself. Kinks, of
//! rectifiers and pooling, spoil a few differences whatever the step: what is told are quantiles.

use crate::attribution::few;
use crate::attribution::{Differentiable, Function};
use crate::{Error, Next, Result};
use ndarray::{Array2, Array3, ArrayView2, Axis};
use serde::{Deserialize, Serialize};

/// Windows on which the step is chosen, and samples of each, evenly spread.
const WINDOWS: usize = 16;
const SAMPLES: usize = 32;

/// The largest step, in standard deviations of all samples, and how many times it is halved.
const LARGEST: f32 = 0.2;
const HALVINGS: usize = 5;

/// The most that one difference in ten may differ from that by twice the step.
const BOUND: f32 = 0.1;

/// A smooth function's differences by a step and by its double agree; where a function jumps, one is twice the other, or
/// nothing. By how much of the larger half of them may differ.
const JUMPS: f32 = 0.3;

/// How far differences are from those by twice the step, as fractions of the root mean square of their output's. The error is
/// less: a third of it where it is the function's curvature.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct StepError {
    /// Of half of them at most.
    pub median: f32,
    /// Of nine in ten.
    pub q90: f32,
    /// Of 99 in a hundred.
    pub q99: f32,
}

impl StepError {
    /// The greater of both, of windows that were looked at in parts.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self { median: self.median.max(other.median), q90: self.q90.max(other.q90), q99: self.q99.max(other.q99) }
    }
}

/// A function with differences for gradients.
pub struct FiniteDifferences<'a> {
    function: &'a dyn Function,
    step: f32,
    error: StepError,
}

impl<'a> FiniteDifferences<'a> {
    /// Chooses the step on windows `x` (n, N).
    ///
    /// # Errors
    /// The function does not change, jumps instead of changing smoothly, or its differences depend on the step whatever
    /// that is.
    pub fn new(function: &'a dyn Function, x: &Array2<f32>) -> Result<Self> {
        let (windows, samples) = (few(x.nrows(), WINDOWS), few(x.ncols(), SAMPLES));
        let at = x.select(Axis(0), &windows);
        let unit = x.std(0.0).max(f32::MIN_POSITIVE);
        let steps: Vec<f32> = (0..=HALVINGS).map(|halvings| LARGEST * unit / (1 << halvings) as f32).collect();
        let differences = (steps.iter())
            .map(|&step| central(function, at.view(), step, &samples))
            .collect::<Result<Vec<Array3<f32>>>>()?;
        let pairs = differences.windows(2).map(|pair| Pair::new(&pair[0], &pair[1]));
        let best = pairs.zip(&steps[1..]).min_by(|(a, _), (b, _)| a.error.q90.total_cmp(&b.error.q90));
        let Some((Pair { error, jumps, flat }, &step)) = best else { unreachable!("the step is halved at least once") };
        let refused = |why: &dyn std::fmt::Display| Err(Error::failed("gradients by differences", why));
        if flat {
            return refused(&"the outputs do not change with any sample: there is nothing to distil");
        }
        if jumps {
            let why = "the outputs jump, as those of trees do: there are no gradients to distil";
            return Err(Error::failed("gradients by differences", why).then(Next::WithoutTeacher));
        }
        // Not a number is no answer either.
        if error.q90.is_nan() || error.q90 > BOUND {
            let why = format_args!(
                "one in ten differs from that by twice the step by more than {:.0}%, whatever the step; export the \
                 gradients instead (docs/bring-your-own-model.md)",
                100.0 * error.q90
            );
            return refused(&why);
        }
        Ok(Self { function, step, error })
    }

    /// The step, in the samples' unit.
    #[must_use]
    pub const fn step(&self) -> f32 {
        self.step
    }

    /// How far the differences may be off, on the windows where the step was chosen.
    #[must_use]
    pub const fn step_error(&self) -> StepError {
        self.error
    }
}

impl Function for FiniteDifferences<'_> {
    fn outputs(&self, x: ArrayView2<'_, f32>) -> Result<Array2<f32>> {
        self.function.outputs(x)
    }
}

impl Differentiable for FiniteDifferences<'_> {
    fn gradients(&self, x: ArrayView2<'_, f32>) -> Result<Array3<f32>> {
        central(self.function, x, self.step, &(0..x.ncols()).collect::<Vec<_>>())
    }

    fn needs_check(&self) -> bool {
        false
    }
}

/// (f(x + h) − f(x − h)) / 2h at windows `x` (n, N), for these samples: (n, outputs, samples).
fn central(function: &dyn Function, x: ArrayView2<'_, f32>, step: f32, samples: &[usize]) -> Result<Array3<f32>> {
    let mut all: Option<Array3<f32>> = None;
    let mut moved = x.to_owned();
    for (into, &k) in samples.iter().enumerate() {
        moved.column_mut(k).assign(&(&x.column(k) + step));
        // What the additions made of it in f32 is what was moved.
        let above = moved.column(k).to_owned();
        let up = function.outputs(moved.view())?;
        moved.column_mut(k).assign(&(&x.column(k) - step));
        let width = above - moved.column(k);
        let down = function.outputs(moved.view())?;
        moved.column_mut(k).assign(&x.column(k));
        let difference = (up - down) / width.insert_axis(Axis(1));
        let all = all.get_or_insert_with(|| Array3::zeros((x.nrows(), difference.ncols(), samples.len())));
        all.index_axis_mut(Axis(2), into).assign(&difference);
    }
    Ok(all.unwrap_or_else(|| Array3::zeros((x.nrows(), 1, 0))))
}

/// What differences by a step, and by half of it, say of each other.
struct Pair {
    error: StepError,
    jumps: bool,
    flat: bool,
}

impl Pair {
    fn new(by_step: &Array3<f32>, by_half: &Array3<f32>) -> Self {
        let (mut off, mut relative) = (Vec::new(), Vec::new());
        for (whole, half) in by_step.axis_iter(Axis(1)).zip(by_half.axis_iter(Axis(1))) {
            let unit = half.mapv(|d| d * d).mean().unwrap_or(0.0).sqrt().max(f32::MIN_POSITIVE);
            for (whole, half) in whole.iter().zip(half) {
                let apart = (whole - half).abs();
                off.push(apart / unit);
                let largest = whole.abs().max(half.abs());
                if largest != 0.0 {
                    relative.push(apart / largest);
                }
            }
        }
        off.sort_by(f32::total_cmp);
        relative.sort_by(f32::total_cmp);
        let quantile = |sorted: &[f32], hundredths: usize| {
            sorted.get((sorted.len() * hundredths / 100).min(sorted.len().saturating_sub(1))).copied().unwrap_or(0.0)
        };
        Self {
            error: StepError { median: quantile(&off, 50), q90: quantile(&off, 90), q99: quantile(&off, 99) },
            jumps: quantile(&relative, 50) > JUMPS,
            flat: relative.is_empty(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A function of a window, one output.
    struct Of<F>(F);

    impl<F: Fn(&[f32]) -> f32> Function for Of<F> {
        fn outputs(&self, x: ArrayView2<'_, f32>) -> Result<Array2<f32>> {
            Ok(Array2::from_shape_fn((x.nrows(), 1), |(i, _)| (self.0)(&x.row(i).to_vec())))
        }
    }

    fn windows(unit: f32) -> Array2<f32> {
        Array2::from_shape_fn((60, 7), |(i, k)| unit * ((i * (k + 3) * 7 % 23) as f32 / 10.0 - 1.0))
    }

    fn refused(of: impl Fn(&[f32]) -> f32, part: &str) {
        let why = FiniteDifferences::new(&Of(of), &windows(1.0)).map(|_| ()).unwrap_err().to_string();
        assert!(why.starts_with("gradients by differences: ") && why.contains(part), "{why}");
    }

    #[test]
    fn differences_are_the_gradients_of_smooth_functions_in_any_unit() {
        for unit in [1e-3, 1.0, 1e3] {
            let function = Of(|x: &[f32]| (0..7).map(|k| (x[k] / unit + k as f32).sin()).sum());
            let x = windows(unit);
            let differences = FiniteDifferences::new(&function, &x).unwrap();
            let found = differences.gradients(x.view()).unwrap();
            let mut farthest = 0.0_f32;
            for ((i, _, k), found) in found.indexed_iter() {
                farthest = farthest.max((found * unit - (x[[i, k]] / unit + k as f32).cos()).abs());
            }
            let error = differences.step_error();
            assert!(farthest < 1e-3 && error.median <= error.q90 && error.q90 < 1e-3, "{unit} {farthest} {error:?}");
        }
    }

    #[test]
    fn few_kinks_are_borne_and_told() {
        let function = Of(|x: &[f32]| x.iter().map(|x| x.max(0.033)).sum());
        let error = FiniteDifferences::new(&function, &windows(1.0)).unwrap().step_error();
        assert!(error.median < 1e-3 && error.q90 < 0.1, "{error:?}");
    }

    #[test]
    fn a_function_without_slopes_is_refused() {
        refused(|_| 0.5, "do not change");
        // A forest of a few trees, and one step that is seldom met.
        refused(|x| x.iter().map(|x| (10.0 * x).floor()).sum(), "jump");
        refused(|x| f32::from(u8::from(x[0] > 0.5)), "jump");
        refused(|x| (x[1] * 1e5).sin() + x[0], "whatever the step");
    }
}
