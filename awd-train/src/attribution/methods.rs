//! Methods that attribute a teacher's outputs to the samples of a window.
//!
//! A method needs only the gradient at given windows. Path methods average it along the straight line from a baseline
//! x₀ to the window x, and multiply the average by x − x₀. The transform is linear, so the product may be taken of
//! coefficients instead of samples, and the averaged gradient is cached like any other.

use super::gradient_check::check;
use super::quadrature::{self, Quadrature};
use super::{Differentiable, Function};
use crate::Result;
use crate::data::Attributions;
use crate::progress::{Event, Progress, tell};
use crate::wavelet::{Wavelets, coefficients, dual_boundary};
use awd_core::{Boundary, Invalid};
use ndarray::{Array1, Array2, Array3, ArrayView2, Axis, Slice};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The number of windows whose gradients are computed together.
const CHUNK: usize = 256;

/// A method of attribution.
#[derive(Debug, Clone, PartialEq)]
pub enum Method {
    /// ∇f(x) (Simonyan, Vedaldi & Zisserman 2014).
    Saliency,
    /// x ⊙ ∇f(x) (Shrikumar, Greenside & Kundaje 2017).
    InputXGradient,
    /// (x − x₀) ⊙ ∫∇f(x₀ + α(x − x₀))dα by the midpoint rule, with short steps where f bends. Summed over the samples
    /// it is f(x) − f(x₀) (Sundararajan, Taly & Yan 2017).
    IntegratedGradients {
        /// Evaluations of the gradient per window.
        steps: usize,
        /// Where the path begins.
        baseline: Baseline,
    },
    /// The same, averaged over baselines drawn from the training windows and over α (Lundberg & Lee 2017). The
    /// displacement is measured from the mean of the training windows.
    GradientShap {
        /// Draws per window.
        draws: usize,
        /// The seed of the draws.
        seed: u64,
    },
}

/// Where a path begins.
#[derive(Debug, Clone, PartialEq)]
pub enum Baseline {
    /// At a window of zeros.
    Zero,
    /// At the mean of the training windows.
    Mean,
    /// At this window (N).
    Window(Array1<f32>),
}

/// Computes the gradients, and the method's displacements, of windows `x` (n, N). Reports to the listener how many
/// evaluations of the gradients are done.
///
/// # Errors
/// The gradients fail the gradient check ([`check`](super::check)) or cannot be computed, or the listener cancels.
pub fn attribute(
    method: &Method,
    x: &Array2<f32>,
    function: &impl Differentiable,
    progress: Progress<'_>,
) -> Result<Attributions> {
    let report = |done, total| tell(progress, Event { stage: "attribute", done, total, note: String::new() });
    if function.needs_check() {
        check(function, x)?;
    }
    let displacements = match method {
        Method::Saliency => None,
        Method::InputXGradient | Method::IntegratedGradients { baseline: Baseline::Zero, .. } => Some(x.clone()),
        Method::IntegratedGradients { baseline: Baseline::Window(window), .. } => Some(x - window),
        Method::IntegratedGradients { .. } | Method::GradientShap { .. } => Some(x - &mean(x)),
    };
    let (count, mut random) = match method {
        Method::Saliency | Method::InputXGradient => (1, None),
        Method::IntegratedGradients { steps, .. } => (*steps, None),
        Method::GradientShap { draws, seed } => (*draws, Some(ChaCha8Rng::seed_from_u64(*seed))),
    };
    let (n, samples) = x.dim();
    let total = n.div_ceil(CHUNK) * count;
    let mut gradients: Option<Array3<f32>> = None;
    for (chunk, from) in (0..n).step_by(CHUNK).enumerate() {
        let rows: Slice = (from..n.min(from + CHUNK)).into();
        let windows = x.slice_axis(Axis(0), rows);
        let path = displacements.as_ref().map(|displacements| displacements.slice_axis(Axis(0), rows));
        let steps = match (method, path) {
            (Method::IntegratedGradients { .. }, Some(path)) => Some(Quadrature::new(function, windows, path, count)?),
            _ => None,
        };
        for i in 0..count {
            report(chunk * count + i, total)?;
            let at = match (&steps, path, &mut random) {
                (Some(steps), Some(path), _) => quadrature::at(windows, path, |row| steps.middles[[row, i]]),
                (_, _, Some(random)) => random_points(windows, x, random),
                _ => windows.to_owned(),
            };
            let mut here = function.gradients(at.view())?;
            for (row, mut here) in here.outer_iter_mut().enumerate() {
                here *= steps.as_ref().map_or(1.0 / count as f32, |steps| steps.widths[[row, i]]);
            }
            let all = gradients.get_or_insert_with(|| Array3::zeros((n, here.len_of(Axis(1)), samples)));
            let mut all = all.slice_axis_mut(Axis(0), rows);
            all += &here;
        }
    }
    report(total, total)?;
    Ok(Attributions { gradients: gradients.unwrap_or_else(|| Array3::zeros((n, 1, samples))), displacements })
}

/// Random points on the lines from baselines, drawn from `x`, to the windows.
fn random_points(windows: ArrayView2<'_, f32>, x: &Array2<f32>, random: &mut ChaCha8Rng) -> Array2<f32> {
    let mut windows = windows.to_owned();
    for mut window in windows.rows_mut() {
        let (from, alpha) = (x.row(random.random_range(0..x.nrows())), random.random_range(0.0..1.0_f32));
        window.zip_mut_with(&from, |x, from| *x = from + alpha * (*x - from));
    }
    windows
}

/// Returns by how much the attributions of windows `x` (n, N) miss f(x) − f(x₀), where x₀ is the start of the path: the
/// 99th percentile over windows and outputs, in units of the root mean square of f(x) − f(x₀). For integrated gradients
/// it shows whether the steps were enough. `None` without displacements.
///
/// # Errors
/// The function cannot be computed.
pub fn incompleteness(function: &dyn Function, x: &Array2<f32>, attributions: &Attributions) -> Result<Option<f32>> {
    let Some(displacements) = &attributions.displacements else { return Ok(None) };
    let change = function.smooth(x.view())? - function.smooth((x - displacements).view())?;
    let unit = change.mapv(|change| change * change).mean().unwrap_or(0.0).sqrt().max(f32::MIN_POSITIVE);
    let mut missed = Vec::with_capacity(change.len());
    for ((i, output), change) in change.indexed_iter() {
        let gradient = attributions.gradients.index_axis(Axis(0), i);
        missed.push((gradient.row(output).dot(&displacements.row(i)) - change).abs() / unit);
    }
    missed.sort_by(f32::total_cmp);
    Ok(missed.get(missed.len() * 99 / 100).copied())
}

/// Returns the attributions of a window's coefficients, band by band, finest detail first. The objective is their L1
/// norm. For integrated gradients they sum to f(x) − f(x₀), like those of the samples, except under periodization with
/// levels of odd length, where the last sample counts twice.
///
/// # Errors
/// There are too many wavelets for the transform.
pub fn of_coefficients(
    wavelets: &Wavelets,
    (boundary, levels): (Boundary, u8),
    gradient: &[f64],
    displacement: Option<&[f64]>,
) -> std::result::Result<Vec<Vec<f64>>, Invalid> {
    let mut bands = coefficients(&wavelets.dual(), dual_boundary(boundary), levels, gradient)?;
    if let Some(displacement) = displacement {
        let displacement = coefficients(&wavelets.analysis(), boundary, levels, displacement)?;
        for (gradient, displacement) in bands.iter_mut().flatten().zip(displacement.iter().flatten()) {
            *gradient *= displacement;
        }
    }
    Ok(bands)
}

/// The mean window (1, N).
fn mean(x: &Array2<f32>) -> Array2<f32> {
    let sum = x.fold_axis(Axis(0), 0.0_f64, |sum, &x| sum + f64::from(x));
    #[expect(clippy::cast_possible_truncation, reason = "a mean of f32")]
    sum.mapv(|sum| (sum / x.nrows() as f64) as f32).insert_axis(Axis(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use crate::progress::silent;
    use crate::wavelet::Wavelet;
    use ndarray::array;
    use proptest::prelude::*;

    /// Two outputs: x₀³ + x₁, and x₀x₁.
    struct TwoOutputs;

    impl Function for TwoOutputs {
        fn outputs(&self, x: ArrayView2<'_, f32>) -> Result<Array2<f32>> {
            let value = |(i, output)| if output == 0 { x[[i, 0]].powi(3) + x[[i, 1]] } else { x[[i, 0]] * x[[i, 1]] };
            Ok(Array2::from_shape_fn((x.nrows(), 2), value))
        }
    }

    impl Differentiable for TwoOutputs {
        fn gradients(&self, x: ArrayView2<'_, f32>) -> Result<Array3<f32>> {
            Ok(Array3::from_shape_fn((x.nrows(), 2, 2), |(i, output, k)| match (output, k) {
                (0, 0) => 3.0 * x[[i, 0]].powi(2),
                (0, _) => 1.0,
                (_, k) => x[[i, 1 - k]],
            }))
        }
    }

    /// More windows than one chunk.
    fn windows() -> Array2<f32> {
        fixtures::windows(CHUNK + 100, 2)
    }

    fn attributed(method: Method) -> Attributions {
        attribute(&method, &windows(), &TwoOutputs, &silent).unwrap()
    }

    #[test]
    fn saliency_is_the_gradient_and_input_x_gradient_its_product() {
        let saliency = attributed(Method::Saliency);
        assert_eq!(incompleteness(&TwoOutputs, &windows(), &saliency), Ok(None));
        assert_eq!(saliency, Attributions::saliency(TwoOutputs.gradients(windows().view()).unwrap()));
        let product = attributed(Method::InputXGradient);
        assert_eq!((product.gradients, product.displacements), (saliency.gradients, Some(windows())));
    }

    #[test]
    fn integrated_gradients_are_complete() {
        let x = windows();
        for baseline in [Baseline::Zero, Baseline::Mean, Baseline::Window(array![0.3, -0.2])] {
            let attributed = attributed(Method::IntegratedGradients { steps: 50, baseline: baseline.clone() });
            let displacements = attributed.displacements.clone().unwrap();
            let from = &x - &displacements;
            assert!(baseline != Baseline::Zero || from.iter().all(|from| *from == 0.0));
            let change = TwoOutputs.outputs(x.view()).unwrap() - TwoOutputs.outputs(from.view()).unwrap();
            let sum = (&attributed.gradients * &displacements.insert_axis(Axis(1))).sum_axis(Axis(2));
            let farthest = (sum - change).iter().fold(0.0_f32, |farthest, off| off.abs().max(farthest));
            let missed = incompleteness(&TwoOutputs, &x, &attributed).unwrap().unwrap();
            assert!(0.0 < missed && missed < 2e-3, "{baseline:?} {missed}");
            // The midpoint rule errs by the cube's third derivative, with steps of about a fiftieth of the path.
            assert!(farthest < 2e-3, "{baseline:?} {farthest}");
        }
    }

    proptest! {
        #[test]
        fn attributions_of_coefficients_and_samples_have_the_same_sum(
            angles in prop::collection::vec(-3.0..3.0, 0..5), lifting in prop::collection::vec(-1.5..1.5, 0..3),
            symmetric: bool, boundary in 0..3_usize, levels in 1..4_u8,
            both in prop::collection::vec((-9.0..9.0_f64, -9.0..9.0_f64), 16..70),
        ) {
            let lifting: Vec<f64> = lifting.iter().flat_map(|&c: &f64| [c, -c / 3.0]).collect();
            let wavelet =
                if symmetric { Wavelet::from_coefficients(&lifting) } else { Wavelet::from_angles(&angles, None) };
            let Some(wavelet) = wavelet else { return Ok(()) };
            let boundary = [Boundary::Zero, Boundary::Periodization, Boundary::Symmetric][boundary];
            let n = if boundary == Boundary::Periodization { both.len() & !7 } else { both.len() };
            let (gradient, displacement): (Vec<f64>, Vec<f64>) = both.into_iter().take(n).unzip();
            let bands = of_coefficients(&wavelet.into(), (boundary, levels), &gradient, Some(&displacement)).unwrap();
            let sum: f64 = bands.iter().flatten().sum();
            let expected: f64 = gradient.iter().zip(&displacement).map(|(a, b)| a * b).sum();
            let scale: f64 = bands.iter().flatten().map(|a| a.abs()).sum();
            // Lifting steps with taps up to 2 make the intermediate values larger, and rounding errors with them.
            prop_assert!((sum - expected).abs() <= 1e-10 * scale, "{boundary:?} {} {} {} {}", gradient.len(), sum, expected, scale);
        }
    }

    #[test]
    fn gradient_shap_approaches_the_mean_over_all_baselines() {
        let x = windows();
        let found = attributed(Method::GradientShap { draws: 4000, seed: 1 });
        assert_eq!(found, attributed(Method::GradientShap { draws: 4000, seed: 1 }));
        let n = x.nrows() as f32;
        for i in [0, 17, 150] {
            // For x₀x₁ the mean of the gradient over α and the baselines is half way from the window to the baselines'
            // mean.
            let (mean, here) = (x.column(1).sum() / n, x[[i, 1]]);
            let expected = f32::midpoint(mean, here);
            assert!((found.gradients[[i, 1, 0]] - expected).abs() < 0.05, "{i}");
            assert!((found.displacements.as_ref().unwrap()[[i, 1]] - (here - mean)).abs() < 1e-5);
        }
    }
}
