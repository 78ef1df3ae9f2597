//! Out-of-fold predictions of `MiniRocket`, for readouts to learn from.

use super::kernels::{Kernels, Step};
use super::ridge::{predicted, products, standardised};
use super::targets;
use crate::data::{Fold, OutOfFold, Samples};
use crate::readout::slope;
use ndarray::Array2;
use rayon::prelude::*;

/// Class probabilities for signals, by fits without each fold and without each pair of folds. Kernels and scales of
/// features do not depend on classes, so they come from all windows.
#[must_use]
pub fn out_of_fold(samples: &Samples, folds: &[Fold], seed: u64) -> OutOfFold {
    let Samples { x, y } = samples;
    let (_, _, z) = standardised(&Kernels::new(x, seed).features(x.view(), Step::Sharp));
    let (products, targets) = (products(z.view()), targets(y));
    // Each pair of folds, the later one first, and each fold with itself.
    let pairs: Vec<[usize; 2]> = (0..folds.len()).flat_map(|a| (0..=a).map(move |b| [a, b])).collect();
    let fit = |pair: &[usize; 2]| {
        let [a, b] = pair.map(|fold| &folds[fold]);
        let train: Vec<usize> = a.train.iter().copied().filter(|row| b.train.binary_search(row).is_ok()).collect();
        let held_out = [&a.valid[..], if pair[0] == pair[1] { &[] } else { &b.valid }].concat();
        let [outputs, left_out] = predicted(&products, &targets, &train, &held_out);
        let factor = slope(&y.select(&train[..left_out.nrows()]), &left_out);
        (held_out, softmax(outputs * factor))
    };
    let fits: Vec<(Vec<usize>, Array2<f64>)> = pairs.par_iter().map(fit).collect();
    let empty = Array2::zeros(targets.dim());
    let mut found = OutOfFold { all: empty.clone(), of_folds: vec![empty; folds.len()] };
    for ([a, b], (held_out, probabilities)) in pairs.into_iter().zip(fits) {
        let first_len = folds[a].valid.len();
        for (i, (&row, of_row)) in held_out.iter().zip(probabilities.rows()).enumerate() {
            let into = match (a == b, i < first_len) {
                (true, _) => &mut found.all,
                // A fit without both folds predicts a window of one for the readout that is validated on the other.
                (_, true) => &mut found.of_folds[b],
                (_, false) => &mut found.of_folds[a],
            };
            into.row_mut(row).assign(&of_row);
        }
    }
    found
}

/// The softmax of logits (n, classes), row by row.
fn softmax(mut logits: Array2<f64>) -> Array2<f64> {
    for mut row in logits.rows_mut() {
        let highest = row.fold(f64::NEG_INFINITY, |a, &b| a.max(b));
        row.mapv_inplace(|logit| (logit - highest).exp());
        row /= row.sum();
    }
    logits
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Target, folds};

    /// 60 windows of two classes, which differ in frequency.
    fn samples() -> Samples {
        let x = Array2::from_shape_fn((60, 30), |(i, k)| ((k + i) as f32 * if i % 2 == 0 { 0.3 } else { 0.5 }).sin());
        Samples { x, y: Target::Classes { labels: (0..60).map(|i| i % 2).collect(), classes: 2 } }
    }

    #[test]
    fn no_fit_predicts_a_window_that_it_saw() {
        let samples = samples();
        let folds = folds(&samples, None, 5, 1);
        let before = out_of_fold(&samples, &folds, 1);
        let sums =
            |table: &Array2<f64>, rows: &[usize]| rows.iter().map(|&row| table.row(row).sum()).collect::<Vec<_>>();
        assert!(sums(&before.all, &(0..60).collect::<Vec<_>>()).iter().all(|sum| (sum - 1.0).abs() < 1e-12));
        // Flipped labels of a fold change the predictions for all other windows. They change neither those for its own
        // windows nor those of fits without it.
        let Target::Classes { mut labels, classes } = samples.y else { unreachable!() };
        folds[2].valid.iter().for_each(|&row| labels[row] = 1 - labels[row]);
        let flipped = out_of_fold(&Samples { y: Target::Classes { labels, classes }, ..samples }, &folds, 1);
        assert_eq!(before.of_folds[2], flipped.of_folds[2]);
        for (fold, Fold { train, valid, .. }) in folds.iter().enumerate() {
            assert!(sums(&before.of_folds[fold], valid).iter().all(|sum| *sum == 0.0));
            assert!(sums(&before.of_folds[fold], train).iter().all(|sum| (sum - 1.0).abs() < 1e-12));
            let same = |row: &usize| before.all.row(*row) == flipped.all.row(*row);
            assert_eq!(valid.iter().all(same), fold == 2);
        }
    }
}
