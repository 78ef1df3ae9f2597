//! Gradients by central differences, for a function without gradients of its own. The step is chosen on the data.
//!
//! A large step errs by the function's curvature, a small one by the rounding of the outputs. The step starts at a
//! fifth of a standard deviation and is halved. The step whose differences agree best with those by twice the step is
//! taken. Kinks of rectifiers and of pooling spoil a few differences at any step, so quantiles of the error are
//! reported.

use crate::attribution::few;
use crate::attribution::{Differentiable, Function};
use crate::{Error, Next, Result};
use ndarray::{Array2, Array3, ArrayView2, Axis};
use serde::{Deserialize, Serialize};

/// The step is chosen on at most this many windows, and samples of each, evenly spaced.
const WINDOWS: usize = 16;
const SAMPLES: usize = 32;

/// The largest step, in standard deviations of all samples, and how many times it is halved.
const LARGEST_STEP: f32 = 0.2;
const HALVINGS: usize = 5;

/// The largest accepted 90th percentile of the step error.
const BOUND: f32 = 0.1;

/// A function jumps if half of its differences change by more than this fraction of the larger one when the step is
/// halved. Differences of a smooth function agree; at a jump one is twice the other, or one of them is zero.
const JUMPS: f32 = 0.3;

/// Quantiles of how far the differences are from those by twice the step, as fractions of the root mean square of the
/// differences of the same output. The actual error is smaller: a third of it, if the function's curvature causes it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct StepError {
    /// The median.
    pub median: f32,
    /// The 90th percentile.
    pub q90: f32,
    /// The 99th percentile.
    pub q99: f32,
}

impl StepError {
    /// The greater of each quantile, to combine errors of different windows.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self { median: self.median.max(other.median), q90: self.q90.max(other.q90), q99: self.q99.max(other.q99) }
    }
}

/// A function whose gradients are central differences.
pub struct FiniteDifferences<'a> {
    function: &'a dyn Function,
    step: f32,
    error: StepError,
}

impl<'a> FiniteDifferences<'a> {
    /// Chooses the step on windows `x` (n, N).
    ///
    /// # Errors
    /// The function does not change, jumps instead of changing smoothly, or its differences depend on the step at every
    /// step that is tried.
    pub fn new(function: &'a dyn Function, x: &Array2<f32>) -> Result<Self> {
        let (windows, samples) = (few(x.nrows(), WINDOWS), few(x.ncols(), SAMPLES));
        let selected = x.select(Axis(0), &windows);
        let unit = x.std(0.0).max(f32::MIN_POSITIVE);
        let steps: Vec<f32> = (0..=HALVINGS).map(|halvings| LARGEST_STEP * unit / (1 << halvings) as f32).collect();
        let differences = (steps.iter())
            .map(|&step| central(function, selected.view(), step, &samples))
            .collect::<Result<Vec<Array3<f32>>>>()?;
        let pairs = differences.windows(2).map(|pair| StepComparison::new(&pair[0], &pair[1]));
        let best = pairs.zip(&steps[1..]).min_by(|(a, _), (b, _)| a.error.q90.total_cmp(&b.error.q90));
        let Some((StepComparison { error, jumps, flat }, &step)) = best else {
            unreachable!("the step is halved at least once")
        };
        let refused = |why: &dyn std::fmt::Display| Err(Error::failed("gradients by finite differences", why));
        if flat {
            return refused(&"the outputs do not change with any sample: there is nothing to distil");
        }
        if jumps {
            let why = "the outputs jump, like those of trees: there are no gradients to distil";
            return Err(Error::failed("gradients by finite differences", why).then(Next::WithoutTeacher));
        }
        // NaN is refused, too.
        if error.q90.is_nan() || error.q90 > BOUND {
            let why = format_args!(
                "10% of them differ from those with twice the step by more than {:.0}%, for every step; export the \
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

    /// The step error on the windows where the step was chosen.
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
    for (column, &k) in samples.iter().enumerate() {
        moved.column_mut(k).assign(&(&x.column(k) + step));
        // Divide by the distance after rounding to f32, not by twice the step.
        let above = moved.column(k).to_owned();
        let up = function.outputs(moved.view())?;
        moved.column_mut(k).assign(&(&x.column(k) - step));
        let width = above - moved.column(k);
        let down = function.outputs(moved.view())?;
        moved.column_mut(k).assign(&x.column(k));
        let difference = (up - down) / width.insert_axis(Axis(1));
        let all = all.get_or_insert_with(|| Array3::zeros((x.nrows(), difference.ncols(), samples.len())));
        all.index_axis_mut(Axis(2), column).assign(&difference);
    }
    Ok(all.unwrap_or_else(|| Array3::zeros((x.nrows(), 1, 0))))
}

/// How differences by a step compare with those by half of it.
struct StepComparison {
    error: StepError,
    jumps: bool,
    flat: bool,
}

impl StepComparison {
    fn new(by_step: &Array3<f32>, by_half: &Array3<f32>) -> Self {
        let (mut errors, mut relative_errors) = (Vec::new(), Vec::new());
        for (by_step, by_half) in by_step.axis_iter(Axis(1)).zip(by_half.axis_iter(Axis(1))) {
            let unit = by_half.mapv(|d| d * d).mean().unwrap_or(0.0).sqrt().max(f32::MIN_POSITIVE);
            for (whole, half) in by_step.iter().zip(by_half) {
                let difference = (whole - half).abs();
                errors.push(difference / unit);
                let largest = whole.abs().max(half.abs());
                if largest != 0.0 {
                    relative_errors.push(difference / largest);
                }
            }
        }
        errors.sort_by(f32::total_cmp);
        relative_errors.sort_by(f32::total_cmp);
        let quantile = |sorted: &[f32], hundredths: usize| {
            sorted.get((sorted.len() * hundredths / 100).min(sorted.len().saturating_sub(1))).copied().unwrap_or(0.0)
        };
        Self {
            error: StepError { median: quantile(&errors, 50), q90: quantile(&errors, 90), q99: quantile(&errors, 99) },
            jumps: quantile(&relative_errors, 50) > JUMPS,
            flat: relative_errors.is_empty(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    /// A function of a window with one output.
    struct OneOutput<F>(F);

    impl<F: Fn(&[f32]) -> f32> Function for OneOutput<F> {
        fn outputs(&self, x: ArrayView2<'_, f32>) -> Result<Array2<f32>> {
            Ok(Array2::from_shape_fn((x.nrows(), 1), |(i, _)| (self.0)(&x.row(i).to_vec())))
        }
    }

    fn windows(unit: f32) -> Array2<f32> {
        unit * fixtures::windows(60, 7)
    }

    fn refused(function: impl Fn(&[f32]) -> f32, part: &str) {
        let why = FiniteDifferences::new(&OneOutput(function), &windows(1.0)).map(|_| ()).unwrap_err().to_string();
        assert!(why.starts_with("gradients by finite differences: ") && why.contains(part), "{why}");
    }

    #[test]
    fn differences_are_the_gradients_of_smooth_functions_in_any_unit() {
        for unit in [1e-3, 1.0, 1e3] {
            let function = OneOutput(|x: &[f32]| (0..7).map(|k| (x[k] / unit + k as f32).sin()).sum());
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
    fn a_few_kinks_are_accepted_and_reported() {
        let function = OneOutput(|x: &[f32]| x.iter().map(|x| x.max(0.033)).sum());
        let error = FiniteDifferences::new(&function, &windows(1.0)).unwrap().step_error();
        assert!(error.median < 1e-3 && error.q90 < 0.1, "{error:?}");
    }

    #[test]
    fn a_function_without_slopes_is_refused() {
        refused(|_| 0.5, "do not change");
        // A piecewise constant function like a few trees, and one jump that few windows meet.
        refused(|x| x.iter().map(|x| (10.0 * x).floor()).sum(), "jump");
        refused(|x| f32::from(u8::from(x[0] > 0.5)), "jump");
        refused(|x| (x[1] * 1e5).sin() + x[0], "for every step");
    }
}
