//! Before gradients are used they are compared with differences of the very function that they are said to be of: a wrong
//! gradient is silent, and poisons all that is distilled from it.

use crate::data::Attributions;
use crate::function::{Differentiable, Function};
use crate::{Error, Result};
use ndarray::{Array2, Array3, Axis};

/// Windows that are compared, and samples of each, evenly spread.
const WINDOWS: usize = 16;
const SAMPLES: usize = 64;

/// How far a sample is moved either way, in standard deviations of all samples: f32 leaves about four digits of such a
/// difference.
const STEP: f32 = 0.01;

/// By how much a gradient may differ, as a fraction of the root mean square of its output's.
const BOUND: f32 = 0.02;

/// How many of those that are compared may differ by more.
const SHARE: f32 = 0.1;

/// A gradient, and the difference that it should be.
struct Entry {
    place: [usize; 3],
    gradient: f32,
    difference: f32,
    off: f32,
}

/// Compares gradients of a function with central differences, at a few of the windows `x` (n, N).
///
/// # Errors
/// More than one in ten differ: names the worst. Or there are kinks nearly everywhere.
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

/// Where both one-sided differences are not the same there is a kink, of a rectifier or of pooling, and no derivative to
/// compare with.
fn compare(
    function: &(impl Function + ?Sized),
    x: &Array2<f32>,
    windows: &[usize],
    gradients: &Array3<f32>,
) -> Result<()> {
    let at = x.select(Axis(0), windows);
    let step = (STEP * x.std(0.0)).max(f32::MIN_POSITIVE);
    let unit: Vec<f32> =
        (gradients.axis_iter(Axis(1))).map(|of| of.mapv(|g| g * g).mean().unwrap_or(0.0).sqrt()).collect();

    let here = function.outputs(at.view())?;
    if here.ncols() != unit.len() {
        let why = format_args!("of {} outputs, where the function has {}", unit.len(), here.ncols());
        return Err(Error::failed("gradients", why));
    }
    if unit.iter().all(|unit| *unit == 0.0) {
        return Err(Error::failed("gradients", "all are zero: there is nothing to distil"));
    }
    let (mut entries, mut kinks) = (Vec::new(), 0);
    for k in few(x.ncols(), SAMPLES) {
        let moved = |by: f32| {
            let mut moved = at.clone();
            moved.column_mut(k).mapv_inplace(|sample| sample + by);
            // What the addition made of it in f32 is what was moved.
            let column = moved.column(k).to_owned();
            function.outputs(moved.view()).map(|outputs| (outputs, column))
        };
        let ((up, above), (down, below)) = (moved(step)?, moved(-step)?);
        for ((i, output), up) in up.indexed_iter() {
            let unit = unit[output].max(f32::MIN_POSITIVE);
            let bend = (up - 2.0 * here[[i, output]] + down[[i, output]]) / (above[i] - below[i]);
            if bend.abs() > BOUND * unit {
                kinks += 1;
                continue;
            }
            let difference = (up - down[[i, output]]) / (above[i] - below[i]);
            let gradient = gradients[[i, output, k]];
            let off = (gradient - difference).abs() / unit;
            // Not a number is off too.
            let off = if off.is_nan() { f32::INFINITY } else { off };
            entries.push(Entry { place: [windows[i], output, k], gradient, difference, off });
        }
    }
    if kinks > 9 * entries.len() {
        let why = format!("{kinks} of {} are at kinks of the function, where there are none", kinks + entries.len());
        return Err(Error::failed("gradients", why));
    }
    let off = entries.iter().filter(|entry| entry.off > BOUND).count();
    if off as f32 <= SHARE * entries.len() as f32 {
        return Ok(());
    }
    let worst = entries.iter().max_by(|a, b| a.off.total_cmp(&b.off)).expect("some are off");
    let Entry { place: [window, output, sample], gradient, difference, .. } = worst;
    let why = format!(
        "{off} of {} are not the differences of the function; the worst: window {window}, output {output}, sample {sample} \
         is {gradient}, and should be {difference}",
        entries.len()
    );
    Err(Error::failed("gradients", why))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::ArrayView2;

    /// max(x₀, x₁) + x₂³ and x₀x₂, its gradient with one factor that should be 1.
    struct Pooled {
        factor: f32,
    }

    impl Function for Pooled {
        fn outputs(&self, x: ArrayView2<'_, f32>) -> Result<Array2<f32>> {
            let of = |(i, output)| match output {
                0 => x[[i, 0]].max(x[[i, 1]]) + x[[i, 2]].powi(3),
                _ => x[[i, 0]] * x[[i, 2]],
            };
            Ok(Array2::from_shape_fn((x.nrows(), 2), of))
        }
    }

    impl Differentiable for Pooled {
        fn gradients(&self, x: ArrayView2<'_, f32>) -> Result<Array3<f32>> {
            let larger = |i, k: usize| f32::from(u8::from(x[[i, k]] > x[[i, 1 - k]]));
            let of = |(i, output, k)| match (output, k) {
                (0, 2) => 3.0 * x[[i, 2]].powi(2),
                (0, k) => self.factor * larger(i, k),
                (_, 0) => x[[i, 2]],
                (_, 1) => 0.0,
                (_, _) => x[[i, 0]],
            };
            Ok(Array3::from_shape_fn((x.nrows(), 2, 3), of))
        }
    }

    fn windows() -> Array2<f32> {
        Array2::from_shape_fn((100, 3), |(i, k)| (i * (k + 3) * 7 % 23) as f32 / 10.0 - 1.0)
    }

    #[test]
    fn right_gradients_pass_and_scaled_ones_are_stopped() {
        assert_eq!(check(&Pooled { factor: 1.0 }, &windows()), Ok(()));
        for factor in [0.25, -1.0, 0.0, f32::NAN] {
            let why = check(&Pooled { factor }, &windows()).unwrap_err().to_string();
            assert!(why.starts_with("gradients: ") && why.contains("output 0, sample"), "{factor}: {why}");
        }
    }

    #[test]
    fn cached_gradients_are_compared_with_the_function_too() {
        let (right, wrong) = (Pooled { factor: 1.0 }, Pooled { factor: 2.0 });
        let cached = |of: &Pooled| Attributions::saliency(of.gradients(windows().view()).unwrap());
        assert_eq!(check_cached(&right, &windows(), &cached(&right)), Ok(()));
        assert!(check_cached(&right, &windows(), &cached(&wrong)).unwrap_err().to_string().contains("should be"));
        let mut one = cached(&right);
        one.gradients = one.gradients.select(Axis(1), &[0]);
        assert!(check_cached(&right, &windows(), &one).unwrap_err().to_string().contains("of 1 outputs"));
        one.gradients = Array3::zeros((100, 2, 3));
        assert!(check_cached(&right, &windows(), &one).unwrap_err().to_string().contains("all are zero"));
    }

    #[test]
    fn the_unit_of_the_samples_means_nothing() {
        for unit in [1e-3, 1e3] {
            assert_eq!(check(&Pooled { factor: 1.0 }, &(windows() * unit)), Ok(()), "{unit}");
        }
    }
}
