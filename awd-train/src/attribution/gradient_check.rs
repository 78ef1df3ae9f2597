//! The gradient check compares gradients with finite differences of their function before they are used. A wrong
//! gradient shows nowhere else, and spoils every model that is distilled from it.
//!
//! All samples of a window move at once, by a step in either direction, and the change of each output is compared with
//! the change that the gradient predicts. The directions are the signs of each output's gradient, and random signs.
//! Moving all samples changes an output far more than moving one of them, so the change exceeds the rounding of `f32`
//! even where a network is saturated and its gradients are tiny.
//!
//! A comparison is inconclusive at a kink of a rectifier or of pooling, where the two one-sided differences disagree,
//! and where the change is within the rounding. So each comparison is tried with several steps. A gradient that is too
//! small for all of them is not counted as wrong.

use crate::attribution::{Differentiable, Function, check_finite};
use crate::data::Attributions;
use crate::{Error, Result};
use ndarray::{Array2, Array3, ArrayView1, Axis, Zip};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// At most this many windows are compared, evenly spaced.
const WINDOWS: usize = 16;

/// The number of random directions, in addition to one for each output.
const RANDOM_DIRECTIONS: usize = 8;

/// The steps by which every sample moves in either direction, in standard deviations of its window.
const STEPS: [f32; 4] = [0.03, 0.01, 0.003, 0.001];

/// The largest accepted difference between a change and the predicted one, as a fraction of the root mean square over
/// the windows.
const BOUND: f64 = 0.05;

/// Changes below this fraction of the root mean square are not counted: right and wrong gradients would both pass.
const LEAST_CHANGE: f64 = 0.2;

/// A comparison is conclusive only if the bound is at least this many times the rounding error of the outputs.
const ROUNDING: f64 = 4.0;

/// The share of an output's comparisons that may fail.
const FAILED_SHARE: f64 = 0.25;

/// Compares gradients of a function with central differences, at a few of the windows `x` (n, N).
///
/// # Errors
/// More than a quarter of an output's comparisons fail (the error names the worst), all gradients are zero, nearly all
/// comparisons are at kinks, or the function cannot be computed.
pub fn check(function: &impl Differentiable, x: &Array2<f32>) -> Result<()> {
    let windows = few(x.nrows(), WINDOWS);
    let gradients = function.gradients(x.select(Axis(0), &windows).view())?;
    compare(function, x, &windows, &gradients)
}

/// Compares cached gradients of the windows `x` (n, N) with central differences of the function. Gradients that are
/// averaged along paths cannot be compared like this and are accepted.
///
/// # Errors
/// As [`check`], or the function has another number of outputs.
pub fn check_cached(function: &(impl Function + ?Sized), x: &Array2<f32>, cached: &Attributions) -> Result<()> {
    // A rank may hold no windows.
    if cached.displacements.is_some() || x.is_empty() {
        return Ok(());
    }
    let windows = few(x.nrows(), WINDOWS);
    compare(function, x, &windows, &cached.gradients.select(Axis(0), &windows))
}

/// Indices of at most `most` of `n` items, evenly spaced.
pub(crate) fn few(n: usize, most: usize) -> Vec<usize> {
    (0..n).step_by(n.div_ceil(most).max(1)).collect()
}

/// The results of an output's comparisons.
#[derive(Debug, Default)]
struct Verdict {
    right: usize,
    wrong: usize,
    kinks: usize,
    /// The worst comparison: its window, its error, and the measured and the predicted change.
    worst: Option<(usize, f64, [f64; 2])>,
}

fn compare(
    function: &(impl Function + ?Sized),
    x: &Array2<f32>,
    windows: &[usize],
    gradients: &Array3<f32>,
) -> Result<()> {
    let failed = |why: &dyn std::fmt::Display| Err(Error::failed("gradients", why));
    let around = Surroundings::new(function, x.select(Axis(0), windows))?;
    let outputs = gradients.len_of(Axis(1));
    if around.outputs.ncols() != outputs {
        return failed(&format_args!(
            "they are for {outputs} outputs, but the function has {}",
            around.outputs.ncols()
        ));
    }
    if gradients.iter().all(|gradient| *gradient == 0.0) {
        return failed(&"all are zero: there is nothing to distil");
    }
    let units = units(&around.windows, x.std(0.0));
    let mut verdicts: Vec<Verdict> = (0..outputs).map(|_| Verdict::default()).collect();
    for direction in directions(gradients) {
        let changes: Vec<Changes> = (STEPS.iter())
            .map(|step| around.changes(function, gradients, &(&direction * &units * *step)))
            .collect::<Result<_>>()?;
        for (output, verdict) in verdicts.iter_mut().enumerate() {
            for (i, window) in windows.iter().enumerate() {
                let rounding = around.rounding[[i, output]];
                verdict.add(*window, changes.iter().map(|change| change.compared(i, output, rounding)));
            }
        }
    }
    let [mut decided, mut kinks] = [0, 0];
    for (output, Verdict { right, wrong, worst, kinks: at_kinks }) in verdicts.iter().enumerate() {
        let total = right + wrong;
        if let Some((window, _, [change, predicted])) = worst
            && *wrong as f64 > FAILED_SHARE * total as f64
        {
            return failed(&format_args!(
                "{wrong} of {total} comparisons with finite differences of the function fail; the worst: output {output} of window {window} \
                 changes by {change:e}, but its gradient predicts {predicted:e}; the gradients are wrong, or are those of another function"
            ));
        }
        (decided, kinks) = (decided + total, kinks + at_kinks);
    }
    if kinks > 9 * decided {
        let all = kinks + decided;
        return failed(&format_args!(
            "{kinks} of {all} comparisons are at kinks of the function, where the gradient is not defined"
        ));
    }
    Ok(())
}

/// The standard deviation of each window (windows, 1). Constant windows get that of all samples.
fn units(at: &Array2<f32>, all: f32) -> Array2<f32> {
    let unit = |deviation: f32| if deviation > 0.0 { deviation } else { all.max(f32::MIN_POSITIVE) };
    at.std_axis(Axis(1), 0.0).mapv(unit).insert_axis(Axis(1))
}

/// Directions (windows, N) of signs: those of each output's gradient, then random ones.
fn directions(gradients: &Array3<f32>) -> impl Iterator<Item = Array2<f32>> {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let (windows, _, samples) = gradients.dim();
    let gradient_signs =
        gradients.axis_iter(Axis(1)).map(|gradients| gradients.mapv(|g| if g < 0.0 { -1.0 } else { 1.0 }));
    let random_signs =
        move || Array2::from_shape_simple_fn((windows, samples), || if random.random() { 1.0 } else { -1.0 });
    gradient_signs.chain(std::iter::repeat_with(random_signs).take(RANDOM_DIRECTIONS))
}

/// Windows (windows, N), the function's outputs there, and the rounding error of the outputs.
struct Surroundings {
    windows: Array2<f32>,
    outputs: Array2<f32>,
    rounding: Array2<f64>,
}

impl Surroundings {
    fn new(function: &(impl Function + ?Sized), windows: Array2<f32>) -> Result<Self> {
        let outputs = function.smooth(windows.view())?;
        check_finite(&outputs)?;
        // Estimate the rounding error from windows whose samples are each the next `f32` above or below.
        let mut rounding = Array2::<f64>::zeros(outputs.dim());
        let mut random = ChaCha8Rng::seed_from_u64(2);
        for _ in 0..3 {
            let neighbour = windows.mapv(|sample| if random.random() { sample.next_up() } else { sample.next_down() });
            let moved = function.smooth(neighbour.view())?;
            Zip::from(&mut rounding).and(&moved).and(&outputs).for_each(|rounding, there, here| {
                let least = f64::from(here.abs() * f32::EPSILON);
                *rounding = rounding.max(f64::from((there - here).abs())).max(least);
            });
        }
        Ok(Self { windows, outputs, rounding })
    }

    /// The measured and the predicted changes of the outputs when the windows move by `by` in either direction.
    fn changes(
        &self,
        function: &(impl Function + ?Sized),
        gradients: &Array3<f32>,
        by: &Array2<f32>,
    ) -> Result<Changes> {
        let (above, below) = (&self.windows + by, &self.windows - by);
        let (up, down) = (function.smooth(above.view())?, function.smooth(below.view())?);
        // Predict with the distance after rounding to f32, not with twice `by`.
        let moved = (above - below).mapv(f64::from);
        let wide = |outputs: &Array2<f32>| outputs.mapv(f64::from);
        let (here, up, down) = (wide(&self.outputs), wide(&up), wide(&down));
        let predicted = Array2::from_shape_fn(here.dim(), |(i, output)| {
            gradients
                .index_axis(Axis(0), i)
                .row(output)
                .iter()
                .zip(moved.row(i))
                .map(|(g, by)| f64::from(*g) * by)
                .sum()
        });
        Ok(Changes::new(&up - &down, up - 2.0 * here + down, predicted))
    }
}

/// Changes (windows, outputs) of the outputs along one direction, for one step.
struct Changes {
    /// The difference between the outputs at both ends.
    measured: Array2<f64>,
    /// The difference between the two one-sided changes.
    bend: Array2<f64>,
    /// The change that the gradients predict.
    predicted: Array2<f64>,
    /// For each output, the root mean square over the windows of the larger of the measured and the predicted change.
    scale: Vec<f64>,
}

/// The result of one comparison with one step.
enum Compared {
    /// The rounding error is too large for the bound.
    Unresolved,
    /// The two one-sided changes differ.
    Kink,
    /// How far the change is from the predicted one beyond the rounding error, as a fraction of the root mean square.
    Off {
        off: f64,
        /// Both changes are below [`LEAST_CHANGE`], so the comparison is not counted.
        small: bool,
        changes: [f64; 2],
    },
}

impl Changes {
    fn new(measured: Array2<f64>, bend: Array2<f64>, predicted: Array2<f64>) -> Self {
        let scale = |(measured, predicted): (ArrayView1<'_, f64>, ArrayView1<'_, f64>)| {
            let larger = measured.iter().zip(predicted).map(|(a, b)| a.abs().max(b.abs()).powi(2));
            (larger.filter(|square| square.is_finite()).sum::<f64>() / measured.len().max(1) as f64).sqrt()
        };
        let scale = measured.columns().into_iter().zip(predicted.columns()).map(scale).collect();
        Self { measured, bend, predicted, scale }
    }

    fn compared(&self, window: usize, output: usize, rounding: f64) -> Compared {
        let index = [window, output];
        let (measured, predicted, scale) = (self.measured[index], self.predicted[index], self.scale[output]);
        if ROUNDING * rounding > BOUND * scale {
            return Compared::Unresolved;
        }
        if self.bend[index].abs() > BOUND * scale {
            return Compared::Kink;
        }
        let off = ((measured - predicted).abs() - ROUNDING * rounding) / scale;
        // NaN counts as an infinite error.
        let off = if off.is_nan() { f64::INFINITY } else { off };
        let small = measured.abs().max(predicted.abs()) < LEAST_CHANGE * scale;
        Compared::Off { off, small, changes: [measured, predicted] }
    }
}

impl Verdict {
    /// Adds the comparison of a window along one direction. It is right if it is right with one of the steps.
    fn add(&mut self, window: usize, steps: impl Iterator<Item = Compared>) {
        let (mut kink, mut least) = (false, None::<(f64, bool, [f64; 2])>);
        for step in steps {
            match step {
                Compared::Unresolved => {}
                Compared::Kink => kink = true,
                Compared::Off { off, small, changes } => {
                    if least.is_none_or(|(least, ..)| off < least) {
                        least = Some((off, small, changes));
                    }
                }
            }
        }
        match least {
            None => self.kinks += usize::from(kink),
            Some((off, false, changes)) if off > BOUND => {
                self.wrong += 1;
                if self.worst.is_none_or(|(_, worst, _)| off > worst) {
                    self.worst = Some((window, off, changes));
                }
            }
            Some((_, small, _)) => self.right += usize::from(!small),
        }
    }
}

#[cfg(test)]
mod tests;
