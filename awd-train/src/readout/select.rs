//! Which features a readout uses: forward selection, its length chosen by cross-validation.

use super::fit::{Fitted, loss};
use crate::data::{Fold, Target};
use crate::metric;
use ndarray::{Array2, Axis};
use rayon::prelude::*;

/// Columns moved and scaled to mean 0 and deviation 1 on the rows that a fit may see.
#[derive(Debug, Clone)]
pub struct Standardised {
    /// Mean of each column.
    pub mean: Vec<f64>,
    /// Standard deviation of each column; 1 for one that does not vary.
    pub deviation: Vec<f64>,
}

impl Standardised {
    /// Moments of these columns (n, p).
    #[must_use]
    pub fn of(columns: &Array2<f64>) -> Self {
        let n = columns.nrows() as f64;
        let (mean, deviation) = columns
            .columns()
            .into_iter()
            .map(|column| {
                let mean = column.sum() / n;
                let deviation = (column.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt();
                // Rounding leaves some deviation to a constant.
                (mean, if deviation > 1e-9 * (1.0 + mean.abs()) { deviation } else { f64::INFINITY })
            })
            .unzip();
        Self { mean, deviation }
    }

    /// These columns (n, p), standardised; a column that did not vary becomes 0.
    #[must_use]
    pub fn apply(&self, columns: &Array2<f64>) -> Array2<f64> {
        let mut z = columns.clone();
        for ((mut column, mean), deviation) in z.columns_mut().into_iter().zip(&self.mean).zip(&self.deviation) {
            column.mapv_inplace(|v| (v - mean) / deviation);
        }
        z
    }
}

/// The fits of a forward selection over standardised columns: no column, one, two, … at most `terms`.
#[must_use]
pub fn path(z: &Array2<f64>, y: &Target, penalty: f64, terms: usize) -> Vec<Fitted> {
    let loss = loss(z, y, penalty);
    let mut fits = vec![loss.constant()];
    while fits.len() <= terms {
        let last = &fits[fits.len() - 1];
        let gains = loss.gains(last);
        let open = (0..gains.len()).filter(|j| !last.support.contains(j));
        // The first of equals, so that ties are broken the same way everywhere.
        let Some(next) = open.rev().max_by(|&a, &b| gains[a].total_cmp(&gains[b])) else { break };
        if gains[next] <= 0.0 {
            break;
        }
        let support: Vec<usize> = last.support.iter().copied().chain([next]).collect();
        fits.push(loss.refit(&support, last));
    }
    fits
}

/// How many terms to use, and what they promise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Chosen {
    /// Number of terms.
    pub terms: usize,
    /// Mean over the folds of what is chosen by, see [`metric::criterion`].
    pub criterion: f64,
    /// Mean score over the folds: R² or accuracy.
    pub score: f64,
}

/// The best length of the path over `columns` (n, p) by cross-validation; of equals the shortest.
#[must_use]
pub fn cross_validate(columns: &Array2<f64>, y: &Target, folds: &[Fold], penalty: f64, terms: usize) -> Chosen {
    let scores: Vec<Vec<[f64; 2]>> = (folds.par_iter())
        .map(|fold| {
            let seen = columns.select(Axis(0), &fold.train);
            let standardised = Standardised::of(&seen);
            let (y_train, y_valid) = (y.select(&fold.train), y.select(&fold.valid));
            let valid = standardised.apply(&columns.select(Axis(0), &fold.valid));
            let rows: Vec<usize> = (0..fold.valid.len()).collect();
            path(&standardised.apply(&seen), &y_train, penalty, terms)
                .iter()
                .map(|fit| {
                    let outputs = fit.outputs(&valid, y);
                    [metric::criterion(&y_valid, &outputs, &rows), metric::score(&y_valid, &outputs, &rows)]
                })
                .collect()
        })
        .collect();
    // A path that ended early stays what it was.
    let at = |path: &Vec<[f64; 2]>, terms: usize| path[terms.min(path.len() - 1)];
    let mean =
        |terms, which: usize| scores.iter().map(|path| at(path, terms)[which]).sum::<f64>() / scores.len() as f64;
    let choice = |terms| Chosen { terms, criterion: mean(terms, 0), score: mean(terms, 1) };
    (1..=terms).map(choice).fold(choice(0), |best, here| if here.criterion > best.criterion { here } else { best })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Samples, folds};
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    fn noise(n: usize, p: usize) -> Array2<f64> {
        let mut random = ChaCha8Rng::seed_from_u64(4);
        Array2::from_shape_simple_fn((n, p), || random.random_range(-1.0..1.0))
    }

    fn chosen(columns: &Array2<f64>, y: Target) -> (Chosen, Vec<usize>) {
        let samples = Samples { x: Array2::zeros((columns.nrows(), 2)), y: y.clone() };
        let folds = folds(&samples, None, 5, 1);
        let chosen = cross_validate(columns, &y, &folds, 1e-3, 8);
        let z = Standardised::of(columns).apply(columns);
        let mut support = path(&z, &y, 1e-3, chosen.terms).pop().unwrap().support;
        support.sort_unstable();
        (chosen, support)
    }

    #[test]
    fn the_columns_that_make_a_value_are_found() {
        let columns = noise(300, 20);
        let y = columns.rows().into_iter().map(|row| 2.0 * row[3] - row[11] + 0.5 * row[17]).collect();
        let (chosen, support) = chosen(&columns, Target::Values(y));
        assert!(chosen.score > 0.999, "{chosen:?}");
        assert!([3, 11, 17].iter().all(|j| support.contains(j)), "{support:?}");
    }

    #[test]
    fn the_columns_that_make_classes_are_found() {
        let columns = noise(400, 20);
        let label = |row: ndarray::ArrayView1<f64>| {
            if row[5] + row[9] > 0.3 { 1 } else { 2 * usize::from(row[9] - row[5] > 0.3) }
        };
        let labels = columns.rows().into_iter().map(label).collect();
        let (chosen, support) = chosen(&columns, Target::Classes { labels, classes: 3 });
        assert!(chosen.score > 0.93, "{chosen:?}");
        assert!([5, 9].iter().all(|j| support.contains(j)), "{support:?}");
    }

    #[test]
    fn noise_alone_is_not_believed() {
        let y = noise(301, 1).column(0).iter().copied().skip(1).collect();
        let (chosen, _) = chosen(&noise(300, 20), Target::Values(y));
        assert!(chosen.terms <= 2 && chosen.score < 0.05, "{chosen:?}");
    }

    #[test]
    fn a_constant_column_is_never_chosen() {
        let mut columns = noise(100, 3);
        columns.column_mut(0).fill(7.0);
        let y = columns.column(1).to_vec();
        let z = Standardised::of(&columns).apply(&columns);
        let fits = path(&z, &Target::Values(y), 1e-6, 3);
        assert!(fits.iter().all(|fit| !fit.support.contains(&0)));
    }
}
