//! What a distilled model is measured against: ridge on the samples themselves.

use crate::data::{Dataset, Target, folds};
use crate::distil::FOLDS;
use crate::metric::{self, Outputs};
use crate::readout::{PENALTIES, Standardised, dense, pooled};
use ndarray::{Array2, Axis};
use rayon::prelude::*;

/// Outputs for the test windows of a linear (or softmax) fit to all samples of the training windows, the penalty chosen
/// by cross-validation inside the training split, and the numbers that it needs.
#[must_use]
pub fn raw(data: &Dataset, seed: u64) -> (Outputs, usize) {
    let x = data.train.x.mapv(f64::from);
    let y = &data.train.y;
    let folds = folds(&data.train, data.groups.as_deref(), FOLDS, seed);
    let losses: Vec<f64> = (PENALTIES.par_iter())
        .map(|&penalty| {
            let of_folds: Vec<Outputs> = (folds.iter())
                .map(|fold| {
                    let (seen, unseen) = (x.select(Axis(0), &fold.train), x.select(Axis(0), &fold.valid));
                    fitted(&seen, &y.select(&fold.train), penalty, &unseen)
                })
                .collect();
            metric::loss(y, &pooled(&folds, of_folds.iter()))
        })
        .collect();
    let best = (0..losses.len()).min_by(|&a, &b| losses[a].total_cmp(&losses[b])).unwrap_or(0);
    let outputs = fitted(&x, y, PENALTIES[best], &data.test.x.mapv(f64::from));
    (outputs, (data.window() + 1) * y.outputs())
}

fn fitted(seen: &Array2<f64>, y: &Target, penalty: f64, unseen: &Array2<f64>) -> Outputs {
    let standardised = Standardised::of(seen);
    dense(&standardised.apply(seen), y, penalty).outputs(&standardised.apply(unseen), y)
}
