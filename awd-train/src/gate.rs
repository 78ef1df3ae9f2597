//! Before gradients are used they are compared with differences of the very function that they are said to be of: a wrong
//! gradient is silent, and poisons all that is distilled from it.

use crate::attribution::Differentiable;
use crate::{Error, Result};
use ndarray::{Array2, Axis};

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

/// Compares gradients with central differences, at a few of the windows `x` (n, N). Where both one-sided differences are
/// not the same there is a kink, of a rectifier or of pooling, and no derivative to compare with.
///
/// # Errors
/// More than one in ten differ: names the worst. Or there are kinks nearly everywhere.
pub fn check(function: &impl Differentiable, x: &Array2<f32>) -> Result<()> {
    let few = |n: usize, most: usize| (0..n).step_by(n.div_ceil(most).max(1)).collect::<Vec<_>>();
    let windows = few(x.nrows(), WINDOWS);
    let at = x.select(Axis(0), &windows);
    let gradients = function.gradients(at.view());
    let step = (STEP * x.std(0.0)).max(f32::MIN_POSITIVE);
    let unit: Vec<f32> =
        (gradients.axis_iter(Axis(1))).map(|of| of.mapv(|g| g * g).mean().unwrap_or(0.0).sqrt()).collect();

    let here = function.outputs(at.view());
    let (mut entries, mut kinks) = (Vec::new(), 0);
    for k in few(x.ncols(), SAMPLES) {
        let moved = |by: f32| {
            let mut moved = at.clone();
            moved.column_mut(k).mapv_inplace(|sample| sample + by);
            // What the addition made of it in f32 is what was moved.
            let column = moved.column(k).to_owned();
            (function.outputs(moved.view()), column)
        };
        let ((up, above), (down, below)) = (moved(step), moved(-step));
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
    use ndarray::{Array3, ArrayView2};

    /// max(x₀, x₁) + x₂³ and x₀x₂, its gradient with one factor that should be 1.
    struct Pooled {
        factor: f32,
    }

    impl Differentiable for Pooled {
        fn outputs(&self, x: ArrayView2<'_, f32>) -> Array2<f32> {
            let of = |(i, output)| match output {
                0 => x[[i, 0]].max(x[[i, 1]]) + x[[i, 2]].powi(3),
                _ => x[[i, 0]] * x[[i, 2]],
            };
            Array2::from_shape_fn((x.nrows(), 2), of)
        }

        fn gradients(&self, x: ArrayView2<'_, f32>) -> Array3<f32> {
            let larger = |i, k: usize| f32::from(u8::from(x[[i, k]] > x[[i, 1 - k]]));
            let of = |(i, output, k)| match (output, k) {
                (0, 2) => 3.0 * x[[i, 2]].powi(2),
                (0, k) => self.factor * larger(i, k),
                (_, 0) => x[[i, 2]],
                (_, 1) => 0.0,
                (_, _) => x[[i, 0]],
            };
            Array3::from_shape_fn((x.nrows(), 2, 3), of)
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
    fn the_unit_of_the_samples_means_nothing() {
        for unit in [1e-3, 1e3] {
            assert_eq!(check(&Pooled { factor: 1.0 }, &(windows() * unit)), Ok(()), "{unit}");
        }
    }
}
