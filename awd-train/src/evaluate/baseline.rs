//! What a distilled model is measured against, fitted to the training split without any wavelet: of signals ridge on the
//! samples themselves, of images ridge on histograms of their peaks.
//!
//! The kernels of images are those that Ribli, Pataki and Csabai (2019) compared with networks: peaks have the height of the map
//! itself, of its discrete Laplacian, or of its Roberts cross, the length of the gradient along the diagonals.

use crate::data::{Dataset, Target, folds};
use crate::distil::FOLDS;
use crate::metric::{self, Outputs};
use crate::readout::{PENALTIES, Standardised, bins, dense, pooled};
use awd_core::peaks::{Bins, peaks};
use ndarray::{Array2, Axis};
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
pub fn all(data: &Dataset, seed: u64) -> Vec<Baseline> {
    let outputs = data.train.y.outputs();
    if data.rows > 1 {
        let of = |(name, height, numbers)| {
            let [train, test] = counts(data, height);
            let parameters = numbers + 2 + (usize::from(BINS) + 1) * outputs;
            Baseline { name, outputs: ridge(data, &train, &test, seed), parameters }
        };
        return HEIGHTS.into_iter().map(of).collect();
    }
    let [train, test] = [&data.train.x, &data.test.x].map(|x| x.mapv(f64::from));
    let parameters = (data.window() + 1) * outputs;
    vec![Baseline { name: "raw", outputs: ridge(data, &train, &test, seed), parameters }]
}

/// Outputs for rows of `test` of a linear (or softmax) fit to rows of `train`, the penalty chosen by cross-validation inside
/// the training split.
pub(super) fn ridge(data: &Dataset, train: &Array2<f64>, test: &Array2<f64>, seed: u64) -> Outputs {
    let y = &data.train.y;
    let folds = folds(&data.train, data.groups.as_deref(), FOLDS, seed);
    let losses: Vec<f64> = (PENALTIES.par_iter())
        .map(|&penalty| {
            let of_folds: Vec<Outputs> = (folds.iter())
                .map(|fold| {
                    let (seen, unseen) = (train.select(Axis(0), &fold.train), train.select(Axis(0), &fold.valid));
                    fitted(&seen, &y.select(&fold.train), penalty, &unseen)
                })
                .collect();
            metric::loss(y, &pooled(&folds, of_folds.iter()))
        })
        .collect();
    let best = (0..losses.len()).min_by(|&a, &b| losses[a].total_cmp(&losses[b])).unwrap_or(0);
    fitted(train, y, PENALTIES[best], test)
}

fn fitted(seen: &Array2<f64>, y: &Target, penalty: f64, unseen: &Array2<f64>) -> Outputs {
    let standardised = Standardised::of(seen);
    dense(&standardised.apply(seen), y, penalty).outputs(&standardised.apply(unseen), y)
}

/// Histograms of the peaks of the images of both splits; the bins are evenly between the ends of those that are trained on, but for
/// the highest few.
fn counts(data: &Dataset, height: Height) -> [Array2<f64>; 2] {
    let size = [data.rows, data.window() / data.rows];
    let heights = |x: &Array2<f32>| -> Vec<Vec<f32>> {
        let of_image = |x: &[f32]| peaks(x, size).map(|at| height(x, size[1], at)).collect();
        x.axis_iter(Axis(0)).into_par_iter().map(|x| of_image(&x.to_vec())).collect()
    };
    let [train, test] = [&data.train.x, &data.test.x].map(heights);
    let mut all: Vec<f32> = train.iter().flatten().copied().collect();
    all.sort_by(f32::total_cmp);
    // Heights that do not differ tell nothing, whatever the bins.
    let bins = bins(&all, BINS, ENDS).unwrap_or(Bins { first: 0.0, step: 1.0, count: BINS });
    [train, test].map(|heights| {
        let mut counts = Array2::zeros((heights.len(), usize::from(BINS)));
        for (heights, mut counts) in heights.iter().zip(counts.rows_mut()) {
            heights.iter().for_each(|&height| counts[bins.of(height)] += 1.0);
        }
        counts
    })
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
