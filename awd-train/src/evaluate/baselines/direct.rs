//! Baselines without wavelets, fitted to the training split: ridge regression on the samples of signals, or on
//! histograms of the peaks of images.
//!
//! The image kernels are those that Ribli, Pataki and Csabai (2019) compared with networks. The height of a peak is
//! that of the map itself, of its discrete Laplacian, or of its Roberts cross, the length of the gradient along the
//! diagonals.

use crate::cluster::{CHUNK, each};
use crate::data::{Samples, Subsample, Target, TrainingSet, folds};
use crate::distil::FOLDS;
use crate::metric::{self, Outputs};
use crate::readout::{All, Columns, Fitted, PENALTIES, Standardised, bins, dense, most, pooled};
use awd_core::features::image::{Bins, peaks};
use ndarray::{Array2, Axis, concatenate};
use rayon::prelude::*;

/// Number of bins of a peak histogram.
const BINS: u8 = 22;

/// The shares of the peaks that are below the second bin and below the last.
const ENDS: [f64; 2] = [0.005, 0.995];

/// A baseline: its name, its outputs for the test windows, and its number of parameters.
#[derive(Debug, Clone)]
pub struct Baseline {
    /// Name in the table.
    pub name: &'static str,
    /// Outputs for the test windows.
    pub outputs: Outputs,
    /// Number of parameters: weights, biases, kernels and bins.
    pub parameters: usize,
}

/// Returns the height of a peak at a row and a column of an image with `width` columns.
type Height = fn(image: &[f32], width: usize, at: [usize; 2]) -> f32;

/// The heights of peaks: name, function, and number of kernel parameters.
const HEIGHTS: [(&str, Height, usize); 3] = [
    ("laplace", laplace, 9),
    ("roberts", roberts, 8),
    ("raw-peaks", |x, width, [row, column]| x[row * width + column], 0),
];

/// The baselines for signals, or for images.
#[must_use]
pub fn all(set: &TrainingSet<'_>, seed: u64) -> Vec<Baseline> {
    let TrainingSet { data, .. } = set;
    let outputs = data.train.y.outputs();
    let subsample = set.subsample(most(data.window()), seed);
    if data.rows > 1 {
        let size = [data.rows, data.window() / data.rows];
        let baseline = |(name, height, kernel_parameters)| {
            let bins = bins_of(size, height, &subsample.samples.x);
            let parameters = kernel_parameters + 2 + (usize::from(BINS) + 1) * outputs;
            let outputs = ridge(set, &subsample, &|x| counts(size, height, &bins, x), seed);
            Baseline { name, outputs, parameters }
        };
        return HEIGHTS.into_iter().map(baseline).collect();
    }
    let parameters = (data.window() + 1) * outputs;
    vec![Baseline { name: "raw", outputs: ridge(set, &subsample, &|x| x.mapv(f64::from), seed), parameters }]
}

/// The outputs for the test windows of a linear (or softmax) fit to columns of the training windows. The penalty is
/// chosen by cross-validation over `subsample`, which every rank holds. The fit is then repeated over all training
/// windows.
pub(super) fn ridge(set: &TrainingSet<'_>, subsample: &Subsample, columns: &Columns<'_>, seed: u64) -> Outputs {
    let Subsample { samples: Samples { x, y }, groups, .. } = subsample;
    let folds = folds(&subsample.samples, groups.as_deref(), FOLDS, seed);
    let table = columns(x);
    let losses = each(set.ranks, PENALTIES.len(), |i| {
        let fold_outputs: Vec<Outputs> = (folds.iter())
            .map(|fold| {
                let (scale, fitted) = fitted(&table.select(Axis(0), &fold.train), &y.select(&fold.train), PENALTIES[i]);
                fitted.outputs(&scale.apply(&table.select(Axis(0), &fold.valid)), y)
            })
            .collect();
        metric::loss(y, &pooled(&folds, fold_outputs.iter()))
    });
    let best = (0..losses.len()).min_by(|&a, &b| losses[a].total_cmp(&losses[b])).unwrap_or(0);
    let (scale, fitted) = fitted(&table, y, PENALTIES[best]);
    let (scale, fitted) = match All::beyond(set, y.len()) {
        Some(all) => all.dense(columns, &scale, &fitted, PENALTIES[best]),
        None => (scale, fitted),
    };
    outputs(&set.data.test, |x| scale.apply(&columns(x)), &fitted)
}

/// The outputs of a fit. Windows are processed in blocks, so that not all columns are in memory at once.
fn outputs(samples: &Samples, columns: impl Fn(&Array2<f32>) -> Array2<f64> + Sync, fitted: &Fitted) -> Outputs {
    let blocks = samples.x.axis_chunks_iter(Axis(0), CHUNK).into_par_iter();
    let blocks: Vec<Outputs> = blocks.map(|x| fitted.outputs(&columns(&x.to_owned()), &samples.y)).collect();
    let views: Vec<_> = blocks.iter().map(|block| block.view()).collect();
    // A rank may have no window.
    concatenate(Axis(0), &views).unwrap_or_else(|_| Outputs::zeros((0, 1)))
}

/// Standardises the columns and fits them.
fn fitted(columns: &Array2<f64>, y: &Target, penalty: f64) -> (Standardised, Fitted) {
    let scale = Standardised::of(columns);
    let fitted = dense(&scale.apply(columns), y, penalty);
    (scale, fitted)
}

/// Bins for the heights of these images, evenly spaced between the two shares of `ENDS`.
fn bins_of(size: [usize; 2], height: Height, x: &Array2<f32>) -> Bins {
    let mut all: Vec<f32> = heights(size, height, x).concat();
    all.sort_by(f32::total_cmp);
    // Equal heights carry no information, whatever the bins.
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
    let heights = |x: &[f32]| peaks(x, size).map(|at| height(x, size[1], at)).collect();
    x.axis_iter(Axis(0)).into_par_iter().map(|x| heights(&x.to_vec())).collect()
}

/// Four times a sample minus its neighbours above, below, to the left and to the right: positive at a peak.
fn laplace(x: &[f32], width: usize, [row, column]: [usize; 2]) -> f32 {
    let at = |row: usize, column: usize| x[row * width + column];
    4.0 * at(row, column) - at(row - 1, column) - at(row + 1, column) - at(row, column - 1) - at(row, column + 1)
}

/// The length of the differences along both diagonals of the square of four samples that starts at (row, column)
/// (Roberts 1963).
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
