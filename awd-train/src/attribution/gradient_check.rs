//! The gradient check: before gradients are used they are compared with finite differences of their function. A wrong gradient
//! shows in no other place, and spoils all that is distilled from it.
//!
//! All samples of a window are moved at once, by a step either way, and the change of each output is compared with the one that
//! the gradient predicts. The directions are the signs of each output's gradient, and random signs. Moving all samples changes an
//! output by far more than moving one of them does, so the change stands out from the rounding of `f32` even where a network is
//! saturated and its gradients are tiny.
//!
//! A comparison decides nothing at a kink, of a rectifier or of pooling, where both one-sided differences disagree, nor where the
//! change is not larger than the rounding. Each is tried with several steps for that reason. A gradient that is too small for all of
//! them is not wrong.

use crate::attribution::{Differentiable, Function, check_finite};
use crate::data::Attributions;
use crate::{Error, Result};
use ndarray::{Array2, Array3, ArrayView1, Axis, Zip};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Windows that are compared, evenly spread.
const WINDOWS: usize = 16;

/// Directions of random signs, beside one for each output.
const RANDOM: usize = 8;

/// By how much every sample is moved either way, in standard deviations of its window.
const STEPS: [f32; 4] = [0.03, 0.01, 0.003, 0.001];

/// By how much a change may differ from the predicted one, as a fraction of the root mean square over the windows.
const BOUND: f64 = 0.05;

/// Changes below this fraction of the root mean square are not counted: right and wrong gradients predict them alike.
const LEAST: f64 = 0.2;

/// How many times as large as the rounding of the outputs the bound has to be for a comparison to decide.
const ROUNDING: f64 = 4.0;

/// How many of an output's comparisons may fail.
const SHARE: f64 = 0.25;

/// Compares gradients of a function with central differences, at a few of the windows `x` (n, N).
///
/// # Errors
/// More than a quarter of an output's comparisons fail: names the worst. Or there are kinks nearly everywhere.
pub fn check(function: &impl Differentiable, x: &Array2<f32>) -> Result<()> {
    let windows = few(x.nrows(), WINDOWS);
    let gradients = function.gradients(x.select(Axis(0), &windows).view())?;
    compare(function, x, &windows, &gradients)
}

/// Compares cached gradients of the windows `x` (n, N) with the function that they are said to be of. Those that are averaged
/// along paths cannot be compared so, and are not.
///
/// # Errors
/// As [`check`], or there are not as many outputs.
pub fn check_cached(function: &(impl Function + ?Sized), x: &Array2<f32>, cached: &Attributions) -> Result<()> {
    // A rank may have no window.
    if cached.displacements.is_some() || x.is_empty() {
        return Ok(());
    }
    let windows = few(x.nrows(), WINDOWS);
    compare(function, x, &windows, &cached.gradients.select(Axis(0), &windows))
}

/// About so many of `n`, evenly spread.
pub(crate) fn few(n: usize, most: usize) -> Vec<usize> {
    (0..n).step_by(n.div_ceil(most).max(1)).collect()
}

/// What the comparisons of an output come to.
#[derive(Debug, Default)]
struct Verdict {
    right: usize,
    wrong: usize,
    kinks: usize,
    /// The window of the comparison that is farthest off, how far, the change, and the predicted one.
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
    if around.here.ncols() != outputs {
        return failed(&format_args!("of {outputs} outputs, where the function has {}", around.here.ncols()));
    }
    if gradients.iter().all(|gradient| *gradient == 0.0) {
        return failed(&"all are zero: there is nothing to distil");
    }
    let units = units(&around.at, x.std(0.0));
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
        let of = right + wrong;
        if let Some((window, _, [change, predicted])) = worst
            && *wrong as f64 > SHARE * of as f64
        {
            return failed(&format_args!(
                "{wrong} of {of} comparisons with differences of the function fail; the worst: output {output} of window {window} \
                 changes by {change:e} where its gradient says {predicted:e}; the gradients are of another function, or wrong"
            ));
        }
        (decided, kinks) = (decided + of, kinks + at_kinks);
    }
    if kinks > 9 * decided {
        let all = kinks + decided;
        return failed(&format_args!(
            "{kinks} of {all} comparisons are at kinks of the function, where there are none"
        ));
    }
    Ok(())
}

/// The standard deviations (windows, 1) of windows; of constant ones, that of all samples.
fn units(at: &Array2<f32>, all: f32) -> Array2<f32> {
    let unit = |of: f32| if of > 0.0 { of } else { all.max(f32::MIN_POSITIVE) };
    at.std_axis(Axis(1), 0.0).mapv(unit).insert_axis(Axis(1))
}

/// Signs (windows, N): of the gradient of each output, and random ones.
fn directions(gradients: &Array3<f32>) -> impl Iterator<Item = Array2<f32>> {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let (windows, _, samples) = gradients.dim();
    let claimed = gradients.axis_iter(Axis(1)).map(|gradients| gradients.mapv(|g| if g < 0.0 { -1.0 } else { 1.0 }));
    let signs = move || Array2::from_shape_simple_fn((windows, samples), || if random.random() { 1.0 } else { -1.0 });
    claimed.chain(std::iter::repeat_with(signs).take(RANDOM))
}

/// Windows (windows, N), the function's outputs there, and how far rounding moves these.
struct Surroundings {
    at: Array2<f32>,
    here: Array2<f32>,
    rounding: Array2<f64>,
}

impl Surroundings {
    fn new(function: &(impl Function + ?Sized), at: Array2<f32>) -> Result<Self> {
        let here = function.smooth(at.view())?;
        check_finite(&here)?;
        // The outputs of neighbours: samples of which each is the next `f32` above or below.
        let mut rounding = Array2::<f64>::zeros(here.dim());
        let mut random = ChaCha8Rng::seed_from_u64(2);
        for _ in 0..3 {
            let neighbour = at.mapv(|sample| if random.random() { sample.next_up() } else { sample.next_down() });
            let outputs = function.smooth(neighbour.view())?;
            Zip::from(&mut rounding).and(&outputs).and(&here).for_each(|rounding, there, here| {
                let least = f64::from(here.abs() * f32::EPSILON);
                *rounding = rounding.max(f64::from((there - here).abs())).max(least);
            });
        }
        Ok(Self { at, here, rounding })
    }

    /// How the outputs change where the windows are moved by this either way, and how they do by the gradients.
    fn changes(
        &self,
        function: &(impl Function + ?Sized),
        gradients: &Array3<f32>,
        by: &Array2<f32>,
    ) -> Result<Changes> {
        let (above, below) = (&self.at + by, &self.at - by);
        let (up, down) = (function.smooth(above.view())?, function.smooth(below.view())?);
        // What the additions made of it in f32 is what was moved.
        let moved = (above - below).mapv(f64::from);
        let wide = |outputs: &Array2<f32>| outputs.mapv(f64::from);
        let (here, up, down) = (wide(&self.here), wide(&up), wide(&down));
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

/// Changes (windows, outputs) of the outputs along one direction and by one step.
struct Changes {
    /// Between both ends.
    measured: Array2<f64>,
    /// By how much one half differs from the other.
    bend: Array2<f64>,
    /// What the gradients say.
    predicted: Array2<f64>,
    /// Of each output, the root mean square of the larger one over the windows.
    scale: Vec<f64>,
}

/// What one comparison by one step comes to.
enum Compared {
    /// The bound is within the rounding.
    Unresolved,
    /// Both halves of the change differ.
    Kink,
    /// By how much the change and the predicted one differ beyond the rounding, as a fraction of the root mean square.
    Off {
        off: f64,
        /// Both are so small that they are within the bound whatever they are.
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
        let place = [window, output];
        let (measured, predicted, scale) = (self.measured[place], self.predicted[place], self.scale[output]);
        if ROUNDING * rounding > BOUND * scale {
            return Compared::Unresolved;
        }
        if self.bend[place].abs() > BOUND * scale {
            return Compared::Kink;
        }
        let off = ((measured - predicted).abs() - ROUNDING * rounding) / scale;
        // Not a number is off too.
        let off = if off.is_nan() { f64::INFINITY } else { off };
        let small = measured.abs().max(predicted.abs()) < LEAST * scale;
        Compared::Off { off, small, changes: [measured, predicted] }
    }
}

impl Verdict {
    /// Adds a comparison at a window along a direction, by several steps: it is right if it is by one of them.
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
