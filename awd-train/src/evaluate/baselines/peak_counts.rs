//! Baselines from peak histograms of maps alone: ridge regression, and the minimum of χ² over the training groups, as
//! in the published study of maps (Ha et al. 2021, after Ribli, Pataki & Csabai 2019).

use super::direct::{Baseline, ridge};
use crate::cluster::Ranks;
use crate::data::{Dataset, Target, TrainingSet};
use crate::metric::Outputs;
use crate::model::Model;
use crate::readout::{Candidates, histograms, most, of_histograms};
use crate::{Error, Result};
use awd_core::Dwt;
use awd_core::features::image::MAX_COUNTS;
use nalgebra::{Cholesky, DMatrix, DVector};
use ndarray::{Array1, Array2, Axis};
use std::collections::{BTreeMap, BTreeSet};

/// Added to the covariance's diagonal, as a fraction of its mean: a bin that is always empty has no variance.
const RIDGE: f64 = 1e-6;

/// Returns two rows. `counts` is ridge regression on all histograms that the trainer offers for the model's wavelet.
/// `minimum-chi2` predicts the target of the group of training maps with the nearest mean histograms; if there are many
/// training maps, it uses a subsample.
///
/// # Errors
/// The data are not maps with values, or have no group labels.
pub fn peak_counts(ranks: &dyn Ranks, data: &Dataset, model: &Model, seed: u64) -> Result<Vec<Baseline>> {
    let bad = |field: &str, bound: &str| Err(Error::input(&data.file, field, bound));
    let Target::Values(_) = &data.train.y else { return bad("y_train", "values; these are classes") };
    if data.rows < 2 {
        return bad("x_train", "maps (n, H, W); these are signals");
    }
    let set = TrainingSet::new(ranks, data, None);
    let subsample = set.subsample(most(data.window()), seed);
    let (Target::Values(y), Some(groups)) = (&subsample.samples.y, &subsample.groups) else {
        return bad("group_train", "missing: the cosmology of each map, or another group label");
    };
    let candidates = histograms_of(model.spec().dwt(), data.rows, &subsample.samples.x);
    let [train, test] = [&subsample.samples, &data.test].map(|samples| candidates.features(&samples.x));
    let bins = train.ncols();
    let templates = groups.iter().collect::<BTreeSet<_>>().len();
    let nearest = minimum_chi_squared(&train, y, groups, &test);
    // A mean histogram and a target for each group, and one triangle of the inverse covariance.
    let nearest_parameters = templates * (bins + 1) + bins * (bins + 1) / 2;
    let counts = ridge(&set, &subsample, &|x| candidates.features(x), seed);
    Ok(vec![
        Baseline { name: "counts", outputs: counts, parameters: bins + 1 + 2 * MAX_COUNTS },
        Baseline { name: "minimum-chi2", outputs: nearest, parameters: nearest_parameters },
    ])
}

/// Peak counts, histogram after histogram. The bins are chosen for the heights of these maps.
fn histograms_of(dwt: &Dwt<f32>, rows: usize, x: &Array2<f32>) -> Candidates {
    let image = histograms(dwt, rows, MAX_COUNTS, x);
    // Counts are used without a logarithm, so they need no floor.
    Candidates {
        wavelets: vec![dwt.clone()],
        terms: of_histograms(dwt, &image),
        products: vec![],
        image: Some(image),
        deviation: 1.0,
    }
}

/// For each row of `test`, the mean target of the group whose mean row is nearest, in units of the covariance within
/// groups.
fn minimum_chi_squared(train: &Array2<f64>, y: &[f64], groups: &[usize], test: &Array2<f64>) -> Outputs {
    let mut rows_of_groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    groups.iter().enumerate().for_each(|(row, &group)| rows_of_groups.entry(group).or_default().push(row));
    let bins = train.ncols();
    let mut covariance = Array2::<f64>::zeros((bins, bins));
    let templates: Vec<(Array1<f64>, f64)> = (rows_of_groups.values())
        .map(|rows| {
            let of_group = train.select(Axis(0), rows);
            let mean = of_group.sum_axis(Axis(0)) / rows.len() as f64;
            let deviations = &of_group - &mean;
            covariance += &deviations.t().dot(&deviations);
            (mean, rows.iter().map(|&row| y[row]).sum::<f64>() / rows.len() as f64)
        })
        .collect();
    let unit = RIDGE * covariance.diag().sum() / bins as f64 + f64::MIN_POSITIVE;
    let penalised = |i: usize, j: usize| covariance[[i, j]] + if i == j { unit } else { 0.0 };
    let factor =
        Cholesky::new(DMatrix::from_fn(bins, bins, penalised)).expect("a covariance whose diagonal is positive");
    let nearest = |row: ndarray::ArrayView1<'_, f64>| {
        let chi_squared = |mean: &Array1<f64>| {
            let deviation = DVector::from_iterator(bins, row.iter().zip(mean).map(|(count, mean)| count - mean));
            deviation.dot(&factor.solve(&deviation))
        };
        let all = templates.iter().map(|(mean, target)| (chi_squared(mean), *target));
        all.min_by(|a, b| a.0.total_cmp(&b.0)).map_or(0.0, |(_, target)| target)
    };
    test.rows().into_iter().map(nearest).collect::<Array1<f64>>().insert_axis(Axis(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_to_groups_are_in_units_of_the_noise() {
        // Two groups. The first column separates them; the second is noise that is a hundred times as large.
        let row = |i: usize| [(i % 2) as f64 + 0.1 * ((i / 2 % 3) as f64 - 1.0), 100.0 * ((i / 2 % 5) as f64 - 2.0)];
        let rows = |n: usize| Array2::from_shape_fn((n, 2), |(i, j)| row(i)[j]);
        let groups: Vec<usize> = (0..60).map(|i| 7 + i % 2).collect();
        let y: Vec<f64> = (0..60_u32).map(|i| 3.0 + f64::from(i % 2)).collect();
        let found = minimum_chi_squared(&rows(60), &y, &groups, &rows(20));
        assert!(found.column(0).iter().enumerate().all(|(i, found)| *found == 3.0 + (i % 2) as f64), "{found}");
    }
}
