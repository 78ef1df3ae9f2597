//! How a teacher's outputs are attributed to the samples of a window.
//!
//! All that a method needs is the gradient at given windows. Path methods average it along straight lines from a baseline
//! x₀ to the window x and multiply it by x − x₀. As the transform is linear, the product may be taken of coefficients
//! instead of samples, and the averaged gradient is cached like any other.

use crate::Result;
use crate::data::Attributions;
use crate::function::Differentiable;
use ndarray::{Array1, Array2, Array3, ArrayView2, Axis};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::ops::Range;

/// Windows whose gradients are averaged together.
const CHUNK: usize = 256;

/// A method of attribution.
#[derive(Debug, Clone, PartialEq)]
pub enum Method {
    /// ∇f(x) (Simonyan, Vedaldi & Zisserman 2014).
    Saliency,
    /// x ⊙ ∇f(x) (Shrikumar, Greenside & Kundaje 2017).
    InputXGradient,
    /// (x − x₀) ⊙ ∫∇f(x₀ + α(x − x₀))dα, by the midpoints of so many steps; summed over the samples it is f(x) − f(x₀)
    /// (Sundararajan, Taly & Yan 2017).
    IntegratedGradients {
        /// Evaluations of the gradient a window.
        steps: usize,
        /// Where the path begins.
        baseline: Baseline,
    },
    /// The same, averaged over baselines drawn from the training windows and over α (Lundberg & Lee 2017). The displacement
    /// is that from the mean of the baselines.
    GradientShap {
        /// Draws a window.
        draws: usize,
        /// Decides the draws.
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

/// What the method caches of a function for windows `x` (n, N); `tell` hears how many evaluations of the gradients are done,
/// of how many.
///
/// # Errors
/// The gradients are not those of the function ([`Differentiable::check`]), or cannot be computed.
pub fn attribute(
    method: &Method,
    x: &Array2<f32>,
    function: &impl Differentiable,
    tell: impl Fn(usize, usize),
) -> Result<Attributions> {
    function.check(x)?;
    averaged(method, x, |x| function.gradients(x), tell)
}

/// The same of gradients that are trusted.
fn averaged(
    method: &Method,
    x: &Array2<f32>,
    gradients: impl Fn(ArrayView2<'_, f32>) -> Result<Array3<f32>>,
    tell: impl Fn(usize, usize),
) -> Result<Attributions> {
    let (points, displacements) = match method {
        Method::Saliency => (1, None),
        Method::InputXGradient => (1, Some(x.clone())),
        Method::IntegratedGradients { steps, baseline } => {
            let displacements = match baseline {
                Baseline::Zero => x.clone(),
                Baseline::Mean => x - &mean(x),
                Baseline::Window(window) => x - window,
            };
            (*steps, Some(displacements))
        }
        Method::GradientShap { draws, .. } => (*draws, Some(x - &mean(x))),
    };
    let mut random = ChaCha8Rng::seed_from_u64(if let Method::GradientShap { seed, .. } = method { *seed } else { 0 });
    let mut at = |rows: Range<usize>, i: usize| {
        let mut windows = x.slice_axis(Axis(0), rows.clone().into()).to_owned();
        match (method, &displacements) {
            (Method::IntegratedGradients { .. }, Some(displacements)) => {
                let left = 1.0 - (i as f32 + 0.5) / points as f32;
                windows.scaled_add(-left, &displacements.slice_axis(Axis(0), rows.into()));
            }
            (Method::GradientShap { .. }, _) => {
                for mut window in windows.rows_mut() {
                    let (from, alpha) = (x.row(random.random_range(0..x.nrows())), random.random_range(0.0..1.0_f32));
                    window.zip_mut_with(&from, |x, from| *x = from + alpha * (*x - from));
                }
            }
            _ => {}
        }
        windows
    };
    let (n, samples) = x.dim();
    let total = n.div_ceil(CHUNK) * points;
    let mut sum: Option<Array3<f32>> = None;
    for (chunk, from) in (0..n).step_by(CHUNK).enumerate() {
        let rows = from..n.min(from + CHUNK);
        for i in 0..points {
            tell(chunk * points + i, total);
            let here = gradients(at(rows.clone(), i).view())?;
            let sum = sum.get_or_insert_with(|| Array3::zeros((n, here.len_of(Axis(1)), samples)));
            let mut sum = sum.slice_axis_mut(Axis(0), rows.clone().into());
            sum += &here;
        }
    }
    tell(total, total);
    let sum = sum.unwrap_or_else(|| Array3::zeros((n, 1, samples)));
    Ok(Attributions { gradients: sum / points as f32, displacements })
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
    use ndarray::array;

    /// Two outputs: x₀³ + x₁, and x₀x₁.
    fn gradients(x: ArrayView2<'_, f32>) -> Array3<f32> {
        Array3::from_shape_fn((x.nrows(), 2, 2), |(i, output, k)| match (output, k) {
            (0, 0) => 3.0 * x[[i, 0]].powi(2),
            (0, _) => 1.0,
            (_, k) => x[[i, 1 - k]],
        })
    }

    fn outputs(x: [f32; 2]) -> [f32; 2] {
        [x[0].powi(3) + x[1], x[0] * x[1]]
    }

    fn windows() -> Array2<f32> {
        Array2::from_shape_fn((200, 2), |(i, k)| (i * (k + 3) * 7 % 23) as f32 / 10.0 - 1.0)
    }

    fn attributed(method: Method) -> Attributions {
        averaged(&method, &windows(), |x| Ok(gradients(x)), |_, _| ()).unwrap()
    }

    #[test]
    fn saliency_is_the_gradient_and_input_x_gradient_its_product() {
        let saliency = attributed(Method::Saliency);
        assert_eq!(saliency, Attributions::saliency(gradients(windows().view())));
        let product = attributed(Method::InputXGradient);
        assert_eq!((product.gradients, product.displacements), (saliency.gradients, Some(windows())));
    }

    #[test]
    fn integrated_gradients_are_complete() {
        let x = windows();
        for baseline in [Baseline::Zero, Baseline::Mean, Baseline::Window(array![0.3, -0.2])] {
            let found = attributed(Method::IntegratedGradients { steps: 50, baseline: baseline.clone() });
            let displacements = found.displacements.unwrap();
            let mut farthest = 0.0_f32;
            for (i, x) in x.rows().into_iter().enumerate() {
                let from = [0, 1].map(|k| x[k] - displacements[[i, k]]);
                if baseline == Baseline::Zero {
                    assert!(from.iter().all(|from| *from == 0.0));
                }
                let (here, there) = (outputs([x[0], x[1]]), outputs(from));
                for output in 0..2 {
                    let sum: f32 = (0..2).map(|k| found.gradients[[i, output, k]] * displacements[[i, k]]).sum();
                    farthest = farthest.max((sum - (here[output] - there[output])).abs());
                }
            }
            // The midpoint rule is off by the cube's third derivative, of a fiftieth of the way.
            assert!(farthest < 1e-3, "{baseline:?} {farthest}");
        }
    }

    #[test]
    fn gradient_shap_is_that_of_all_baselines_but_for_chance() {
        let x = windows();
        let found = attributed(Method::GradientShap { draws: 4000, seed: 1 });
        assert_eq!(found, attributed(Method::GradientShap { draws: 4000, seed: 1 }));
        let n = x.nrows() as f32;
        for i in [0, 17, 150] {
            // Of x₀x₁ the mean of the gradient over α and the baselines is half way to their mean.
            let (mean, here) = (x.column(1).sum() / n, x[[i, 1]]);
            let expected = f32::midpoint(mean, here);
            assert!((found.gradients[[i, 1, 0]] - expected).abs() < 0.05, "{i}");
            assert!((found.displacements.as_ref().unwrap()[[i, 1]] - (here - mean)).abs() < 1e-5);
        }
    }
}
