//! MiniRocket, by its published form (Dempster, Schmidt & Webb 2021): the shares of a window at which each of 84 kernels, at up to 32
//! dilations, gives more than a bias, some ten thousand of them, and a ridge.
//!
//! A kernel has nine taps, three of them 2 and the others −1. Beyond a window's ends are zeros; every other combination of kernel and
//! dilation leaves out the places that see them. Biases are quantiles of what a kernel gives for a training window drawn for it.

use ndarray::{Array2, Axis};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

/// Taps of a kernel, and of those that are 2.
const TAPS: usize = 9;
const HIGH: usize = 3;

/// Kernels: all choices of the taps that are 2.
const KERNELS: usize = 84;

/// Features at most.
const FEATURES: usize = 10_000;

/// Dilations at most.
const DILATIONS: usize = 32;

/// The kernels at their dilations, with their biases.
pub(super) struct MiniRocket {
    kernels: Vec<[usize; HIGH]>,
    /// Samples between taps, ascending, and the biases of all kernels, one after the other.
    dilations: Vec<(usize, Vec<Vec<f32>>)>,
}

impl MiniRocket {
    /// Biases of training windows `x` (n, N), drawn with the seed.
    pub fn new(x: &Array2<f32>, seed: u64) -> Self {
        let kernels = kernels();
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let golden = f64::midpoint(5.0_f64.sqrt(), 1.0);
        let mut drawn = 0_u32;
        let dilations = dilations(x.ncols()).into_iter().map(|(dilation, features)| {
            let of_kernel = |kernel: &[usize; HIGH]| {
                let window = x.row(random.random_range(0..x.nrows())).to_vec();
                let mut given = convolved(&window, dilation, kernel);
                given.sort_by(f32::total_cmp);
                let bias = |_| {
                    drawn += 1;
                    quantile(&given, (f64::from(drawn) * golden).fract())
                };
                (0..features).map(bias).collect()
            };
            (dilation, kernels.iter().map(of_kernel).collect())
        });
        let dilations = dilations.collect();
        Self { kernels, dilations }
    }

    /// How many features there are.
    pub fn features(&self) -> usize {
        self.dilations.iter().flat_map(|(_, biases)| biases).map(Vec::len).sum()
    }

    /// The features (n, features) of windows (n, N).
    pub fn transform(&self, x: &Array2<f32>) -> Array2<f32> {
        let mut table = Array2::zeros((x.nrows(), self.features()));
        let rows = x.axis_iter(Axis(0)).into_par_iter().zip(table.axis_iter_mut(Axis(0)).into_par_iter());
        rows.for_each(|(x, mut row)| {
            let x = x.to_vec();
            let mut into = row.iter_mut();
            for (d, (dilation, biases)) in self.dilations.iter().enumerate() {
                let padding = (TAPS / 2) * dilation;
                for (k, (kernel, biases)) in self.kernels.iter().zip(biases).enumerate() {
                    let given = convolved(&x, *dilation, kernel);
                    // A window that is shorter than the kernel has no such places, and keeps all.
                    let inner =
                        given.get(padding..given.len().saturating_sub(padding)).filter(|inner| !inner.is_empty());
                    let seen = if (d % 2 + k) % 2 == 0 { &given[..] } else { inner.unwrap_or(&given) };
                    for (bias, into) in biases.iter().zip(&mut into) {
                        *into = seen.iter().filter(|given| *given > bias).count() as f32 / seen.len() as f32;
                    }
                }
            }
        });
        table
    }
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

/// What a kernel gives at each sample of a window.
fn convolved(x: &[f32], dilation: usize, kernel: &[usize; HIGH]) -> Vec<f32> {
    let mut given = vec![0.0; x.len()];
    for tap in 0..TAPS {
        let weight = if kernel.contains(&tap) { 2.0 } else { -1.0 };
        // The tap in the middle sees the sample itself.
        let (back, ahead) = ((TAPS / 2).saturating_sub(tap) * dilation, tap.saturating_sub(TAPS / 2) * dilation);
        let into = given.get_mut(back..).unwrap_or_default().iter_mut();
        into.zip(x.get(ahead..).unwrap_or_default()).for_each(|(given, x)| *given += weight * x);
    }
    given
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
            for (t, given) in convolved(&x, dilation, &kernel).iter().enumerate() {
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
            let table = MiniRocket::new(&x, 1).transform(&x);
            assert!(table.iter().all(|share| (0.0..=1.0).contains(share)), "{samples}");
        }
    }

    #[test]
    fn features_are_shares_that_tell_windows_apart() {
        let x = Array2::from_shape_fn((20, 60), |(i, k)| ((k as f32) * if i % 2 == 0 { 0.2 } else { 0.9 }).sin());
        let rocket = MiniRocket::new(&x, 1);
        let table = rocket.transform(&x);
        assert_eq!(table.dim(), (20, 119 * KERNELS));
        assert!(table.iter().all(|share| (0.0..=1.0).contains(share)));
        let near = |a: usize, b: usize| (&table.row(a) - &table.row(b)).mapv(f32::abs).mean().unwrap();
        assert!(near(0, 2) < 1e-6 && near(0, 1) > 0.1);
    }
}
