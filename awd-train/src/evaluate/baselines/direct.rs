//! What a distilled model is measured against, fitted to the training split without any wavelet: of signals ridge on the
//! samples themselves, of images ridge on histograms of their peaks.
//!
//! The kernels of images are those that Ribli, Pataki and Csabai (2019) compared with networks: peaks have the height of the map
//! itself, of its discrete Laplacian, or of its Roberts cross, the length of the gradient along the diagonals.

use crate::cluster::{CHUNK, each};
use crate::data::{Samples, Subsample, Target, TrainingSet, folds};
use crate::distil::FOLDS;
use crate::metric::{self, Outputs};
use crate::readout::{All, Columns, Fitted, PENALTIES, Standardised, bins, dense, most, pooled};
use awd_core::features::image::{Bins, peaks};
use ndarray::{Array2, Axis, concatenate};
use rayon::prelude::*;

/// Bins of a histogram of peaks.
const BINS: u8 = 22;

/// The shares of the peaks that are below the second bin and below the last.
const ENDS: [f64; 2] = [0.005, 0.995];

/// A baseline's name in the table, what it says of the test windows, and the numbers that it needs.
#[derive(Debug, Clone)]
pub struct Baseline {
    /// As in the table.
    pub name: &'static str,
    /// Outputs for the test windows.
    pub outputs: Outputs,
    /// Weights, biases, kernels and bins.
    pub parameters: usize,
}

/// The height of a peak at a row and a column of an image of so many columns.
type Height = fn(image: &[f32], width: usize, at: [usize; 2]) -> f32;

/// What the heights of peaks are of, and the numbers that this takes.
const HEIGHTS: [(&str, Height, usize); 3] = [
    ("laplace", laplace, 9),
    ("roberts", roberts, 8),
    ("raw-peaks", |x, width, [row, column]| x[row * width + column], 0),
];

/// The baselines of signals, or of images.
#[must_use]
pub fn all(set: &TrainingSet<'_>, seed: u64) -> Vec<Baseline> {
    let TrainingSet { data, .. } = set;
    let outputs = data.train.y.outputs();
    let few = set.subsample(most(data.window()), seed);
    if data.rows > 1 {
        let size = [data.rows, data.window() / data.rows];
        let of = |(name, height, numbers)| {
            let bins = bins_of(size, height, &few.samples.x);
            let parameters = numbers + 2 + (usize::from(BINS) + 1) * outputs;
            let outputs = ridge(set, &few, &|x| counts(size, height, &bins, x), seed);
            Baseline { name, outputs, parameters }
        };
        return HEIGHTS.into_iter().map(of).collect();
    }
    let parameters = (data.window() + 1) * outputs;
    vec![Baseline { name: "raw", outputs: ridge(set, &few, &|x| x.mapv(f64::from), seed), parameters }]
}

/// What a linear (or softmax) fit to columns of the training windows says of the test windows. Its penalty is chosen by
/// cross-validation inside the training split, over the few windows that every rank has, and then it is fitted to all.
pub(super) fn ridge(set: &TrainingSet<'_>, few: &Subsample, columns: &Columns<'_>, seed: u64) -> Outputs {
    let Subsample { samples: Samples { x, y }, groups, .. } = few;
    let folds = folds(&few.samples, groups.as_deref(), FOLDS, seed);
    let table = columns(x);
    let losses = each(set.ranks, PENALTIES.len(), |i| {
        let of_folds: Vec<Outputs> = (folds.iter())
            .map(|fold| {
                let (by, fitted) = fitted(&table.select(Axis(0), &fold.train), &y.select(&fold.train), PENALTIES[i]);
                fitted.outputs(&by.apply(&table.select(Axis(0), &fold.valid)), y)
            })
            .collect();
        metric::loss(y, &pooled(&folds, of_folds.iter()))
    });
    let best = (0..losses.len()).min_by(|&a, &b| losses[a].total_cmp(&losses[b])).unwrap_or(0);
    let (by, fitted) = fitted(&table, y, PENALTIES[best]);
    let (by, fitted) = match All::beyond(set, y.len()) {
        Some(all) => all.dense(columns, &by, &fitted, PENALTIES[best]),
        None => (by, fitted),
    };
    outputs(&set.data.test, |x| by.apply(&columns(x)), &fitted)
}

/// What a fit says of windows, whose columns are never there all at once.
fn outputs(samples: &Samples, columns: impl Fn(&Array2<f32>) -> Array2<f64> + Sync, fitted: &Fitted) -> Outputs {
    let blocks = samples.x.axis_chunks_iter(Axis(0), CHUNK).into_par_iter();
    let blocks: Vec<Outputs> = blocks.map(|x| fitted.outputs(&columns(&x.to_owned()), &samples.y)).collect();
    let views: Vec<_> = blocks.iter().map(|block| block.view()).collect();
    // A rank may have no window.
    concatenate(Axis(0), &views).unwrap_or_else(|_| Outputs::zeros((0, 1)))
}

/// The fit to all columns.
fn fitted(columns: &Array2<f64>, y: &Target, penalty: f64) -> (Standardised, Fitted) {
    let by = Standardised::of(columns);
    let fitted = dense(&by.apply(columns), y, penalty);
    (by, fitted)
}

/// Bins that are evenly between the ends of the heights of these images, but for the highest few.
fn bins_of(size: [usize; 2], height: Height, x: &Array2<f32>) -> Bins {
    let mut all: Vec<f32> = heights(size, height, x).concat();
    all.sort_by(f32::total_cmp);
    // Heights that do not differ tell nothing, whatever the bins.
    bins(&all, BINS, ENDS).unwrap_or(Bins { first: 0.0, step: 1.0, count: BINS })
}

/// Histograms (n, bins) of the peaks of images.
fn counts(size: [usize; 2], height: Height, bins: &Bins, x: &Array2<f32>) -> Array2<f64> {
    let mut counts = Array2::zeros((x.nrows(), usize::from(BINS)));
    for (heights, mut counts) in heights(size, height, x).iter().zip(counts.rows_mut()) {
        heights.iter().for_each(|&height| counts[bins.of(height)] += 1.0);
    }
    counts
}

/// The heights of the peaks of each image.
fn heights(size: [usize; 2], height: Height, x: &Array2<f32>) -> Vec<Vec<f32>> {
    let of_image = |x: &[f32]| peaks(x, size).map(|at| height(x, size[1], at)).collect();
    x.axis_iter(Axis(0)).into_par_iter().map(|x| of_image(&x.to_vec())).collect()
}

/// Four times a sample less those above, below, to the left and to the right of it: positive where there is a peak.
fn laplace(x: &[f32], width: usize, [row, column]: [usize; 2]) -> f32 {
    let at = |row: usize, column: usize| x[row * width + column];
    4.0 * at(row, column) - at(row - 1, column) - at(row + 1, column) - at(row, column - 1) - at(row, column + 1)
}

/// The length of the differences along both diagonals of the square of four samples that starts at a place (Roberts 1963).
fn roberts(x: &[f32], width: usize, [row, column]: [usize; 2]) -> f32 {
    let at = |down: usize, right: usize| x[(row + down) * width + column + right];
    (at(0, 0) - at(1, 1)).hypot(at(0, 1) - at(1, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heights_are_those_of_the_kernels() {
        let x: Vec<f32> = [0.0, 1.0, 0.0, 2.0, 9.0, 3.0, 0.0, 4.0, 5.0].to_vec();
        assert_eq!(laplace(&x, 3, [1, 1]), 4.0 * 9.0 - 1.0 - 4.0 - 2.0 - 3.0);
        assert_eq!(roberts(&x, 3, [1, 1]), (9.0_f32 - 5.0).hypot(3.0 - 4.0));
        assert_eq!(peaks(&x, [3, 3]).collect::<Vec<_>>(), [[1, 1]]);
    }
}
