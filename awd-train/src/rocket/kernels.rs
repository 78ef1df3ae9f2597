//! The features of MiniRocket, as published (Dempster, Schmidt & Webb 2021). Each of some ten thousand features is the
//! share of a window's samples at which one of 84 kernels, at one of up to 32 dilations, responds above a bias.
//!
//! A kernel has nine taps: three are 2 and the others −1. Windows are padded with zeros. Every other combination of
//! kernel and dilation leaves out the samples whose kernel reaches into the padding. Biases are quantiles of a kernel's
//! responses to a training window that is drawn for it.
//!
//! A share is a count, so it has no gradient. Its smooth form replaces the step at a bias by a quadratic spline that
//! extends by half a standard deviation of the kernel's responses to either side.

use ndarray::{Array2, ArrayView2, Axis};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use std::ops::Range;

/// Number of taps of a kernel, and of the taps that are 2.
const TAPS: usize = 9;
const HIGH: usize = 3;

/// Number of kernels: all choices of the taps that are 2.
const KERNELS: usize = 84;

/// Maximum number of features.
const FEATURES: usize = 10_000;

/// Maximum number of dilations.
const DILATIONS: usize = 32;

/// Half the width of a smooth step, in standard deviations of the kernel's responses.
const WIDTH: f32 = 0.5;

/// The step at a bias, from 0 below to 1 above.
#[derive(Debug, Clone, Copy)]
pub enum Step {
    /// As published.
    Sharp,
    /// With a gradient.
    Smooth,
}

/// The kernels at their dilations, with their biases.
#[derive(Debug, Clone)]
pub struct Kernels {
    kernels: Vec<[usize; HIGH]>,
    /// In the order of the features: dilation by dilation, kernel by kernel.
    combinations: Vec<Combination>,
    biases: Vec<f32>,
    /// Half the width of the smooth steps of a combination.
    widths: Vec<f32>,
}

/// A kernel at a dilation.
#[derive(Debug, Clone)]
struct Combination {
    kernel: usize,
    dilation: usize,
    /// Whether samples count whose kernel reaches into the padding.
    padded: bool,
    features: Range<usize>,
}

impl Kernels {
    /// Takes the biases from training windows, drawn from `x` (n, N) with the seed.
    pub fn new(x: &Array2<f32>, seed: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let golden = f64::midpoint(5.0_f64.sqrt(), 1.0);
        let mut kernels = Self::of(x.ncols(), Vec::new(), Vec::new());
        for Combination { kernel, dilation, features, .. } in &kernels.combinations {
            let window = x.row(random.random_range(0..x.nrows())).to_vec();
            let mut responses = Shifted::new(&window, *dilation).responses(&kernels.kernels[*kernel]);
            kernels.widths.push(WIDTH * deviation(&responses));
            responses.sort_by(f32::total_cmp);
            let bias = |feature: usize| quantile(&responses, ((feature + 1) as f64 * golden).fract());
            kernels.biases.extend(features.clone().map(bias));
        }
        kernels
    }

    /// The kernels for windows of `window` samples, with these biases and widths.
    pub fn of(window: usize, biases: Vec<f32>, widths: Vec<f32>) -> Self {
        let kernels = kernels();
        let mut combinations = Vec::new();
        let mut features = 0..0;
        for (d, (dilation, per_kernel)) in dilations(window).into_iter().enumerate() {
            for kernel in 0..kernels.len() {
                features = features.end..features.end + per_kernel;
                let padded = (d % 2 + kernel) % 2 == 0;
                combinations.push(Combination { kernel, dilation, padded, features: features.clone() });
            }
        }
        Self { kernels, combinations, biases, widths }
    }

    /// The number of biases, one for each feature, and of widths, for windows of `window` samples.
    pub fn lengths(window: usize) -> [usize; 2] {
        let dilations = dilations(window);
        [KERNELS * dilations.iter().map(|(_, features)| features).sum::<usize>(), KERNELS * dilations.len()]
    }

    /// The biases, one for each feature.
    pub fn biases(&self) -> &[f32] {
        &self.biases
    }

    /// Half the widths of smooth steps, one for each combination.
    pub fn widths(&self) -> &[f32] {
        &self.widths
    }

    /// The features (n, features) of windows (n, N).
    pub fn features(&self, x: ArrayView2<'_, f32>, step: Step) -> Array2<f32> {
        let mut table = Array2::zeros((x.nrows(), self.biases.len()));
        let rows = x.axis_iter(Axis(0)).into_par_iter().zip(table.axis_iter_mut(Axis(0)).into_par_iter());
        rows.for_each(|(x, mut row)| {
            let into = row.as_slice_mut().expect("rows are contiguous");
            self.for_each(&x.to_vec(), |features, width, responses, _| {
                let (biases, into) = (&self.biases[features.clone()], &mut into[features]);
                for (bias, into) in biases.iter().zip(into) {
                    let above: f32 = match step {
                        Step::Sharp => responses.iter().filter(|response| *response > bias).count() as f32,
                        Step::Smooth => responses.iter().map(|response| smooth_step((response - bias) / width)).sum(),
                    };
                    *into = above / responses.len() as f32;
                }
            });
        });
        table
    }

    /// The gradients (outputs, N) at window `x` of sums of smooth features, weighted by `weights` (features, outputs).
    pub fn gradients(&self, x: &[f32], weights: &Array2<f32>) -> Array2<f32> {
        let outputs = weights.ncols();
        let mut gradients = Array2::zeros((outputs, x.len()));
        let mut slopes = Array2::<f32>::zeros((outputs, x.len()));
        let mut shifts = Vec::new();
        self.for_each(x, |features, width, responses, source| {
            // A kernel with constant responses has width 0, and its steps have no gradient.
            if width > 0.0 {
                slopes.fill(0.0);
                for feature in features {
                    let bias = self.biases[feature];
                    for (t, response) in responses.iter().enumerate() {
                        let slope = (1.0 - ((response - bias) / width).abs()).max(0.0);
                        if slope > 0.0 {
                            let slope = slope / (width * responses.len() as f32);
                            for output in 0..outputs {
                                slopes[[output, source.offset + t]] += slope * weights[[feature, output]];
                            }
                        }
                    }
                }
                shifts.clear();
                shifts.extend((0..TAPS).map(|tap| (self.weight(source.kernel, tap), tap)));
                for (slopes, mut gradient) in slopes.rows().into_iter().zip(gradients.rows_mut()) {
                    let gradient = gradient.as_slice_mut().expect("rows are contiguous");
                    let slopes = slopes.to_slice().expect("rows are contiguous");
                    for (weight, tap) in &shifts {
                        let [back, ahead] = reach(*tap, source.dilation);
                        let into = gradient.get_mut(ahead..).unwrap_or_default().iter_mut();
                        into.zip(slopes.get(back..).unwrap_or_default())
                            .for_each(|(into, slope)| *into += weight * slope);
                    }
                }
            }
        });
        gradients
    }

    fn weight(&self, kernel: usize, tap: usize) -> f32 {
        if self.kernels[kernel].contains(&tap) { 2.0 } else { -1.0 }
    }

    /// Calls `visit` for each combination, with its features, half the width of their steps, the kernel's responses at
    /// the samples that count, and their source.
    fn for_each(&self, x: &[f32], mut visit: impl FnMut(Range<usize>, f32, &[f32], Source)) {
        let mut shifted = Shifted::new(x, 0);
        for (combination, width) in self.combinations.iter().zip(&self.widths) {
            let Combination { kernel, dilation, padded, ref features } = *combination;
            if shifted.dilation != dilation {
                shifted = Shifted::new(x, dilation);
            }
            let responses = shifted.responses(&self.kernels[kernel]);
            let padding = (TAPS / 2) * dilation;
            // If the window is shorter than the kernel, every sample reaches into the padding, and all count.
            let inner = padding..responses.len().saturating_sub(padding);
            let range = if padded || inner.is_empty() { 0..responses.len() } else { inner };
            visit(
                features.clone(),
                *width,
                &responses[range.clone()],
                Source { kernel, dilation, offset: range.start },
            );
        }
    }
}

/// The source of responses.
struct Source {
    kernel: usize,
    dilation: usize,
    /// The first sample that counts.
    offset: usize,
}

/// A window, shifted for each tap of a kernel.
struct Shifted {
    dilation: usize,
    taps: [Vec<f32>; TAPS],
    /// The sum of all taps.
    all: Vec<f32>,
}

impl Shifted {
    fn new(x: &[f32], dilation: usize) -> Self {
        let taps = std::array::from_fn(|tap| {
            let [back, ahead] = reach(tap, dilation);
            let mut shifted = vec![0.0; x.len()];
            let into = shifted.get_mut(back..).unwrap_or_default().iter_mut();
            into.zip(x.get(ahead..).unwrap_or_default()).for_each(|(into, x)| *into = *x);
            shifted
        });
        let mut all = vec![0.0; x.len()];
        taps.iter().for_each(|tap: &Vec<f32>| all.iter_mut().zip(tap).for_each(|(all, x)| *all += x));
        Self { dilation, taps, all }
    }

    /// The response of a kernel at each sample: all taps count −1, and three of them 3 more.
    fn responses(&self, [a, b, c]: &[usize; HIGH]) -> Vec<f32> {
        let high = self.taps[*a].iter().zip(&self.taps[*b]).zip(&self.taps[*c]);
        self.all.iter().zip(high).map(|(all, ((a, b), c))| 3.0 * (a + b + c) - all).collect()
    }
}

/// How many samples a tap reaches back and ahead; the middle tap is at the sample itself.
fn reach(tap: usize, dilation: usize) -> [usize; 2] {
    [(TAPS / 2).saturating_sub(tap) * dilation, tap.saturating_sub(TAPS / 2) * dilation]
}

/// A smooth step from 0 at −1 to 1 at 1: a quadratic spline.
fn smooth_step(u: f32) -> f32 {
    if u <= -1.0 {
        0.0
    } else if u < 0.0 {
        0.5 * (1.0 + u) * (1.0 + u)
    } else if u < 1.0 {
        1.0 - 0.5 * (1.0 - u) * (1.0 - u)
    } else if u.is_nan() {
        // 0 / 0: the width is 0, and the response equals the bias.
        0.0
    } else {
        1.0
    }
}

fn deviation(values: &[f32]) -> f32 {
    let n = values.len() as f32;
    let mean = values.iter().sum::<f32>() / n;
    (values.iter().map(|x| (x - mean) * (x - mean)).sum::<f32>() / n).sqrt()
}

/// For each kernel, the indices of the taps that are 2.
fn kernels() -> Vec<[usize; HIGH]> {
    let all = (0..TAPS).flat_map(|a| (a + 1..TAPS).flat_map(move |b| (b + 1..TAPS).map(move |c| [a, b, c])));
    all.collect()
}

/// The dilations for windows of `window` samples, and the number of features of each kernel at each.
fn dilations(window: usize) -> Vec<(usize, usize)> {
    let per_kernel = FEATURES / KERNELS;
    let count = per_kernel.min(DILATIONS);
    // The longest dilated kernel is as long as the window. Windows shorter than a kernel have one dilation.
    let exponent = ((window - 1) as f64 / (TAPS - 1) as f64).log2().max(0.0);
    let mut dilations: Vec<(usize, usize)> = Vec::new();
    for i in 0..count {
        let dilation = (exponent * i as f64 / (count - 1) as f64).exp2() as usize;
        match dilations.last_mut() {
            Some((last, times)) if *last == dilation => *times += 1,
            _ => dilations.push((dilation, 1)),
        }
    }
    dilations.iter_mut().for_each(|(_, times)| *times = *times * per_kernel / count);
    let rest = per_kernel - dilations.iter().map(|(_, times)| times).sum::<usize>();
    let distinct = dilations.len();
    (0..rest).for_each(|i| dilations[i % distinct].1 += 1);
    dilations
}

/// A quantile of ascending values, with linear interpolation.
fn quantile(ascending: &[f32], share: f64) -> f32 {
    let position = share * (ascending.len() - 1) as f64;
    let (below, part) = (position.floor() as usize, position.fract());
    let above = ascending[(below + 1).min(ascending.len() - 1)];
    (f64::from(ascending[below]) * (1.0 - part) + f64::from(above) * part) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kernels_and_dilations_are_the_published_ones() {
        let kernels = kernels();
        assert_eq!((kernels.len(), kernels[0], kernels[83]), (KERNELS, [0, 1, 2], [6, 7, 8]));
        // As in the published program.
        assert_eq!(dilations(24), [(1, 79), (2, 40)]);
        let features = [30, 15, 12, 12, 4, 8, 8, 4, 4, 4, 3, 3, 3, 3, 3, 3];
        let of_150 = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 15, 16, 18].into_iter().zip(features);
        assert_eq!(dilations(150), of_150.collect::<Vec<_>>());
        for window in [9, 24, 150, 4096] {
            let found = dilations(window);
            assert_eq!(found.iter().map(|(_, features)| features).sum::<usize>(), FEATURES / KERNELS);
            assert!(found.iter().all(|(dilation, features)| (TAPS - 1) * dilation < window && *features > 0));
        }
        assert_eq!(dilations(5), [(1, FEATURES / KERNELS)]);
    }

    #[test]
    fn the_responses_of_a_kernel_are_the_sums_of_its_definition() {
        let x: Vec<f32> = (0..40).map(|i| ((i * i) % 13) as f32 - 6.0).collect();
        let at = |i: isize| usize::try_from(i).ok().and_then(|i| x.get(i)).copied().unwrap_or(0.0);
        for (dilation, kernel) in [(1, [0, 4, 8]), (3, [1, 2, 7]), (12, [3, 5, 6])] {
            for (t, response) in Shifted::new(&x, dilation).responses(&kernel).iter().enumerate() {
                let tap = |k: usize| {
                    let weight = if kernel.contains(&k) { 2.0 } else { -1.0 };
                    weight * at(t.cast_signed() + (k.cast_signed() - 4) * dilation.cast_signed())
                };
                assert_eq!(*response, (0..TAPS).map(tap).sum::<f32>());
            }
        }
    }

    #[test]
    fn windows_shorter_than_a_kernel_have_features_too() {
        for samples in [2, 5, 8, 9] {
            let x = Array2::from_shape_fn((6, samples), |(i, k)| ((i * 5 + k * k) % 7) as f32);
            let table = Kernels::new(&x, 1).features(x.view(), Step::Sharp);
            assert!(table.iter().all(|share| (0.0..=1.0).contains(share)), "{samples}");
        }
    }

    #[test]
    fn features_are_shares_that_tell_windows_apart() {
        let x = Array2::from_shape_fn((20, 60), |(i, k)| ((k as f32) * if i % 2 == 0 { 0.2 } else { 0.9 }).sin());
        let kernels = Kernels::new(&x, 1);
        let table = kernels.features(x.view(), Step::Sharp);
        assert_eq!(Kernels::lengths(60), [table.ncols(), kernels.widths().len()]);
        assert_eq!(table.dim(), (20, 119 * KERNELS));
        assert!(table.iter().all(|share| (0.0..=1.0).contains(share)));
        let near = |a: usize, b: usize| (&table.row(a) - &table.row(b)).mapv(f32::abs).mean().unwrap();
        assert!(near(0, 2) < 1e-6 && near(0, 1) > 0.1);
    }

    #[test]
    fn smooth_features_are_near_the_sharp_ones_and_their_gradients_match_finite_differences() {
        let x = Array2::from_shape_fn((3, 50), |(i, k)| ((k * k + 3 * i) as f32 * 0.05).sin());
        let kernels = Kernels::new(&x, 2);
        let weights = Array2::from_shape_fn((kernels.biases().len(), 2), |(i, o)| ((i * (o + 3)) % 7) as f32 - 3.0);
        let smooth = |x: &Array2<f32>| kernels.features(x.view(), Step::Smooth);
        let errors = (smooth(&x) - kernels.features(x.view(), Step::Sharp)).mapv(f32::abs);
        assert!(errors.mean().unwrap() < 0.04, "{:?}", errors.mean());
        for row in 0..3 {
            let gradients = kernels.gradients(&x.row(row).to_vec(), &weights);
            for k in [0, 1, 24, 48, 49] {
                let moved = |h: f32| {
                    let mut x = x.clone();
                    x[[row, k]] += h;
                    smooth(&x).mapv(f64::from).dot(&weights.mapv(f64::from)).row(row).to_owned()
                };
                let differences = (moved(1e-2) - moved(-1e-2)) / 2e-2;
                let largest = gradients.iter().fold(0.0_f32, |a, b| a.max(b.abs()));
                for (difference, gradient) in differences.iter().zip(gradients.column(k)) {
                    assert!(
                        (*difference as f32 - gradient).abs() < 0.02 * largest,
                        "{row} {k}: {difference} {gradient}"
                    );
                }
            }
        }
    }
}
