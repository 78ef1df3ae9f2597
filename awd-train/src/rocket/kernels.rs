//! The features of MiniRocket, by its published form (Dempster, Schmidt & Webb 2021): the shares of a window at which each of 84
//! kernels, at up to 32 dilations, gives more than a bias, some ten thousand of them.
//!
//! A kernel has nine taps, three of them 2 and the others −1. Beyond a window's ends are zeros; every other combination of kernel and
//! dilation leaves out the places that see them. Biases are quantiles of what a kernel gives for a training window drawn for it.
//!
//! A share counts, so it has no gradient. Its smooth form replaces the step at a bias by a quadratic spline of the width of half a
//! standard deviation of what the kernel gives, on either side.

use ndarray::{Array2, ArrayView2, Axis};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use std::ops::Range;

/// Taps of a kernel, and of those that are 2.
const TAPS: usize = 9;
const HIGH: usize = 3;

/// Kernels: all choices of the taps that are 2.
const KERNELS: usize = 84;

/// Features at most.
const FEATURES: usize = 10_000;

/// Dilations at most.
const DILATIONS: usize = 32;

/// Half the width of a smooth step, in standard deviations of what its kernel gives.
const WIDTH: f32 = 0.5;

/// A step at a bias: a share of 0 below it and of 1 above.
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
    /// Whether places that see beyond the window's ends count.
    padded: bool,
    features: Range<usize>,
}

impl Kernels {
    /// Biases of training windows `x` (n, N), drawn with the seed.
    pub fn new(x: &Array2<f32>, seed: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let golden = f64::midpoint(5.0_f64.sqrt(), 1.0);
        let mut kernels = Self::of(x.ncols(), Vec::new(), Vec::new());
        for Combination { kernel, dilation, features, .. } in &kernels.combinations {
            let window = x.row(random.random_range(0..x.nrows())).to_vec();
            let mut given = Shifted::new(&window, *dilation).given(&kernels.kernels[*kernel]);
            kernels.widths.push(WIDTH * deviation(&given));
            given.sort_by(f32::total_cmp);
            let bias = |feature: usize| quantile(&given, ((feature + 1) as f64 * golden).fract());
            kernels.biases.extend(features.clone().map(bias));
        }
        kernels
    }

    /// Those for windows of so many samples, with these biases and widths.
    pub fn of(window: usize, biases: Vec<f32>, widths: Vec<f32>) -> Self {
        let kernels = kernels();
        let mut combinations = Vec::new();
        let mut features = 0..0;
        for (d, (dilation, of_kernel)) in dilations(window).into_iter().enumerate() {
            for kernel in 0..kernels.len() {
                features = features.end..features.end + of_kernel;
                let padded = (d % 2 + kernel) % 2 == 0;
                combinations.push(Combination { kernel, dilation, padded, features: features.clone() });
            }
        }
        Self { kernels, combinations, biases, widths }
    }

    /// How many biases there are, one for each feature, and how many widths, for windows of so many samples.
    pub fn lengths(window: usize) -> [usize; 2] {
        let of_kernel = dilations(window);
        [KERNELS * of_kernel.iter().map(|(_, features)| features).sum::<usize>(), KERNELS * of_kernel.len()]
    }

    /// The biases, one for each feature.
    pub fn biases(&self) -> &[f32] {
        &self.biases
    }

    /// The widths of smooth steps.
    pub fn widths(&self) -> &[f32] {
        &self.widths
    }

    /// The features (n, features) of windows (n, N).
    pub fn features(&self, x: ArrayView2<'_, f32>, step: Step) -> Array2<f32> {
        let mut table = Array2::zeros((x.nrows(), self.biases.len()));
        let rows = x.axis_iter(Axis(0)).into_par_iter().zip(table.axis_iter_mut(Axis(0)).into_par_iter());
        rows.for_each(|(x, mut row)| {
            let into = row.as_slice_mut().expect("rows are contiguous");
            self.each(&x.to_vec(), |combination, width, seen, _| {
                let (biases, into) = (&self.biases[combination.clone()], &mut into[combination]);
                for (bias, into) in biases.iter().zip(into) {
                    let above: f32 = match step {
                        Step::Sharp => seen.iter().filter(|given| *given > bias).count() as f32,
                        Step::Smooth => seen.iter().map(|given| risen((given - bias) / width)).sum(),
                    };
                    *into = above / seen.len() as f32;
                }
            });
        });
        table
    }

    /// The gradients (outputs, N) at window `x` of outputs that are sums of smooth features by weights (features, outputs).
    pub fn gradients(&self, x: &[f32], weights: &Array2<f32>) -> Array2<f32> {
        let outputs = weights.ncols();
        let mut gradients = Array2::zeros((outputs, x.len()));
        let mut slopes = Array2::<f32>::zeros((outputs, x.len()));
        let mut shifts = Vec::new();
        self.each(x, |features, width, seen, place| {
            // A kernel that gave the same everywhere has no width, and its steps have no gradient.
            if width > 0.0 {
                slopes.fill(0.0);
                for feature in features {
                    let bias = self.biases[feature];
                    for (t, given) in seen.iter().enumerate() {
                        let slope = (1.0 - ((given - bias) / width).abs()).max(0.0);
                        if slope > 0.0 {
                            let slope = slope / (width * seen.len() as f32);
                            for output in 0..outputs {
                                slopes[[output, place.offset + t]] += slope * weights[[feature, output]];
                            }
                        }
                    }
                }
                shifts.clear();
                shifts.extend((0..TAPS).map(|tap| (self.weight(place.kernel, tap), tap)));
                for (slopes, mut gradient) in slopes.rows().into_iter().zip(gradients.rows_mut()) {
                    let gradient = gradient.as_slice_mut().expect("rows are contiguous");
                    let slopes = slopes.to_slice().expect("rows are contiguous");
                    for (weight, tap) in &shifts {
                        let [back, ahead] = reach(*tap, place.dilation);
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

    /// Calls `visit` with the features of each combination, the width of their steps, and what the kernel gives at the places that
    /// count.
    fn each(&self, x: &[f32], mut visit: impl FnMut(Range<usize>, f32, &[f32], Place)) {
        let mut shifted = Shifted::new(x, 0);
        for (combination, width) in self.combinations.iter().zip(&self.widths) {
            let Combination { kernel, dilation, padded, ref features } = *combination;
            if shifted.dilation != dilation {
                shifted = Shifted::new(x, dilation);
            }
            let given = shifted.given(&self.kernels[kernel]);
            let padding = (TAPS / 2) * dilation;
            // A window that is shorter than the kernel has no place that sees nothing but the window, and keeps all.
            let inner = padding..given.len().saturating_sub(padding);
            let places = if padded || inner.is_empty() { 0..given.len() } else { inner };
            visit(features.clone(), *width, &given[places.clone()], Place { kernel, dilation, offset: places.start });
        }
    }
}

/// Where what a kernel gives was read.
struct Place {
    kernel: usize,
    dilation: usize,
    /// The first sample that counts.
    offset: usize,
}

/// A window as each tap of a kernel sees it.
struct Shifted {
    dilation: usize,
    taps: [Vec<f32>; TAPS],
    /// Their sum.
    all: Vec<f32>,
}

impl Shifted {
    fn new(x: &[f32], dilation: usize) -> Self {
        let taps = std::array::from_fn(|tap| {
            let [back, ahead] = reach(tap, dilation);
            let mut seen = vec![0.0; x.len()];
            let into = seen.get_mut(back..).unwrap_or_default().iter_mut();
            into.zip(x.get(ahead..).unwrap_or_default()).for_each(|(seen, x)| *seen = *x);
            seen
        });
        let mut all = vec![0.0; x.len()];
        taps.iter().for_each(|tap: &Vec<f32>| all.iter_mut().zip(tap).for_each(|(all, x)| *all += x));
        Self { dilation, taps, all }
    }

    /// What a kernel gives at each sample: all taps count −1, and three of them 3 more.
    fn given(&self, [a, b, c]: &[usize; HIGH]) -> Vec<f32> {
        let high = self.taps[*a].iter().zip(&self.taps[*b]).zip(&self.taps[*c]);
        self.all.iter().zip(high).map(|(all, ((a, b), c))| 3.0 * (a + b + c) - all).collect()
    }
}

/// How many samples a tap sees back and ahead; the tap in the middle sees the sample itself.
fn reach(tap: usize, dilation: usize) -> [usize; 2] {
    [(TAPS / 2).saturating_sub(tap) * dilation, tap.saturating_sub(TAPS / 2) * dilation]
}

/// A smooth step from 0 at −1 to 1 at 1: a quadratic spline.
fn risen(u: f32) -> f32 {
    if u <= -1.0 {
        0.0
    } else if u < 0.0 {
        0.5 * (1.0 + u) * (1.0 + u)
    } else if u < 1.0 {
        1.0 - 0.5 * (1.0 - u) * (1.0 - u)
    } else if u.is_nan() {
        // Of no width, at the step itself.
        0.0
    } else {
        1.0
    }
}

fn deviation(numbers: &[f32]) -> f32 {
    let n = numbers.len() as f32;
    let mean = numbers.iter().sum::<f32>() / n;
    (numbers.iter().map(|x| (x - mean) * (x - mean)).sum::<f32>() / n).sqrt()
}

/// The places of the taps that are 2, of all kernels.
fn kernels() -> Vec<[usize; HIGH]> {
    let all = (0..TAPS).flat_map(|a| (a + 1..TAPS).flat_map(move |b| (b + 1..TAPS).map(move |c| [a, b, c])));
    all.collect()
}

/// The dilations for windows of so many samples, and the features that each kernel has at each.
fn dilations(window: usize) -> Vec<(usize, usize)> {
    let of_kernel = FEATURES / KERNELS;
    let count = of_kernel.min(DILATIONS);
    // The longest kernel is as long as the window; of windows shorter than a kernel there is one dilation.
    let exponent = ((window - 1) as f64 / (TAPS - 1) as f64).log2().max(0.0);
    let mut dilations: Vec<(usize, usize)> = Vec::new();
    for i in 0..count {
        let dilation = (exponent * i as f64 / (count - 1) as f64).exp2() as usize;
        match dilations.last_mut() {
            Some((last, times)) if *last == dilation => *times += 1,
            _ => dilations.push((dilation, 1)),
        }
    }
    dilations.iter_mut().for_each(|(_, times)| *times = *times * of_kernel / count);
    let left = of_kernel - dilations.iter().map(|(_, times)| times).sum::<usize>();
    let places = dilations.len();
    (0..left).for_each(|i| dilations[i % places].1 += 1);
    dilations
}

/// A quantile of ascending numbers, between two of them by how near it is to each.
fn quantile(ascending: &[f32], share: f64) -> f32 {
    let place = share * (ascending.len() - 1) as f64;
    let (below, part) = (place.floor() as usize, place.fract());
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
        // As the published program has them.
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
    fn a_kernel_gives_the_sums_of_its_definition() {
        let x: Vec<f32> = (0..40).map(|i| ((i * i) % 13) as f32 - 6.0).collect();
        let at = |i: isize| usize::try_from(i).ok().and_then(|i| x.get(i)).copied().unwrap_or(0.0);
        for (dilation, kernel) in [(1, [0, 4, 8]), (3, [1, 2, 7]), (12, [3, 5, 6])] {
            for (t, given) in Shifted::new(&x, dilation).given(&kernel).iter().enumerate() {
                let tap = |k: usize| {
                    let weight = if kernel.contains(&k) { 2.0 } else { -1.0 };
                    weight * at(t.cast_signed() + (k.cast_signed() - 4) * dilation.cast_signed())
                };
                assert_eq!(*given, (0..TAPS).map(tap).sum::<f32>());
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
    fn smooth_features_are_near_the_sharp_ones_and_have_the_gradients_of_their_differences() {
        let x = Array2::from_shape_fn((3, 50), |(i, k)| ((k * k + 3 * i) as f32 * 0.05).sin());
        let kernels = Kernels::new(&x, 2);
        let weights = Array2::from_shape_fn((kernels.biases().len(), 2), |(i, o)| ((i * (o + 3)) % 7) as f32 - 3.0);
        let smooth = |x: &Array2<f32>| kernels.features(x.view(), Step::Smooth);
        let off = (smooth(&x) - kernels.features(x.view(), Step::Sharp)).mapv(f32::abs);
        assert!(off.mean().unwrap() < 0.04, "{:?}", off.mean());
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
