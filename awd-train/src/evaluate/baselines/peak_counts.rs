//! What histograms of peaks say of maps without anything else, read in two ways: by ridge regression, and by the minimum of χ²
//! over what is trained on, as the published study of maps reads them (Ha et al. 2021, after Ribli, Pataki & Csabai 2019).

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

/// Rows `counts`, ridge on all histograms that the trainer offers for the wavelet of a model, and `minimum-chi2`, the target
/// of the group of training maps whose mean histograms are nearest; of more training maps than choices are made by, of those.
///
/// # Errors
/// The data are no maps with values, or name no groups.
pub fn peak_counts(ranks: &dyn Ranks, data: &Dataset, model: &Model, seed: u64) -> Result<Vec<Baseline>> {
    let bad = |field: &str, bound: &str| Err(Error::input(&data.file, field, bound));
    let Target::Values(_) = &data.train.y else { return bad("y_train", "values, of maps") };
    if data.rows < 2 {
        return bad("x_train", "maps (n, H, W)");
    }
    let set = TrainingSet::new(ranks, data, None);
    let few = set.subsample(most(data.window()), seed);
    let (Target::Values(y), Some(groups)) = (&few.samples.y, &few.groups) else {
        return bad("group_train", "the cosmology of each map, or whatever they differ in");
    };
    let candidates = histograms_of(model.spec().dwt(), data.rows, &few.samples.x);
    let [seen, unseen] = [&few.samples, &data.test].map(|samples| candidates.features(&samples.x));
    let bins = seen.ncols();
    let templates = groups.iter().collect::<BTreeSet<_>>().len();
    let nearest = minimum_chi_squared(&seen, y, groups, &unseen);
    // A mean histogram and a target each, and half of the inverse covariance.
    let of_nearest = templates * (bins + 1) + bins * (bins + 1) / 2;
    let counts = ridge(&set, &few, &|x| candidates.features(x), seed);
    Ok(vec![
        Baseline { name: "counts", outputs: counts, parameters: bins + 1 + 2 * MAX_COUNTS },
        Baseline { name: "minimum-chi2", outputs: nearest, parameters: of_nearest },
    ])
}

/// Counts, histogram after histogram, whose bins are where the heights of these maps are.
fn histograms_of(dwt: &Dwt<f32>, rows: usize, x: &Array2<f32>) -> Candidates {
    let image = histograms(dwt, rows, MAX_COUNTS, x);
    // Counts have no logarithm, and so no floor.
    Candidates {
        wavelets: vec![dwt.clone()],
        terms: of_histograms(dwt, &image),
        products: vec![],
        image: Some(image),
        deviation: 1.0,
    }
}

/// For each row of `unseen`, the mean target of the group whose mean row is nearest, in units of the covariance within groups.
fn minimum_chi_squared(seen: &Array2<f64>, y: &[f64], groups: &[usize], unseen: &Array2<f64>) -> Outputs {
    let mut of_groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    groups.iter().enumerate().for_each(|(row, &group)| of_groups.entry(group).or_default().push(row));
    let bins = seen.ncols();
    let mut covariance = Array2::<f64>::zeros((bins, bins));
    let templates: Vec<(Array1<f64>, f64)> = (of_groups.values())
        .map(|rows| {
            let of_group = seen.select(Axis(0), rows);
            let mean = of_group.sum_axis(Axis(0)) / rows.len() as f64;
            let away = &of_group - &mean;
            covariance += &away.t().dot(&away);
            (mean, rows.iter().map(|&row| y[row]).sum::<f64>() / rows.len() as f64)
        })
        .collect();
    let unit = RIDGE * covariance.diag().sum() / bins as f64 + f64::MIN_POSITIVE;
    let penalised = |i: usize, j: usize| covariance[[i, j]] + if i == j { unit } else { 0.0 };
    let factor =
        Cholesky::new(DMatrix::from_fn(bins, bins, penalised)).expect("a covariance with something on its diagonal");
    let nearest = |row: ndarray::ArrayView1<'_, f64>| {
        let chi_squared = |mean: &Array1<f64>| {
            let away = DVector::from_iterator(bins, row.iter().zip(mean).map(|(count, mean)| count - mean));
            away.dot(&factor.solve(&away))
        };
        let all = templates.iter().map(|(mean, target)| (chi_squared(mean), *target));
        all.min_by(|a, b| a.0.total_cmp(&b.0)).map_or(0.0, |(_, target)| target)
    };
    unseen.rows().into_iter().map(nearest).collect::<Array1<f64>>().insert_axis(Axis(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_group_is_that_in_units_of_the_noise() {
        // Two groups; the first column tells them apart, the second is noise that is a hundred times as large.
        let row = |i: usize| [(i % 2) as f64 + 0.1 * ((i / 2 % 3) as f64 - 1.0), 100.0 * ((i / 2 % 5) as f64 - 2.0)];
        let rows = |n: usize| Array2::from_shape_fn((n, 2), |(i, j)| row(i)[j]);
        let groups: Vec<usize> = (0..60).map(|i| 7 + i % 2).collect();
        let y: Vec<f64> = (0..60_u32).map(|i| 3.0 + f64::from(i % 2)).collect();
        let found = minimum_chi_squared(&rows(60), &y, &groups, &rows(20));
        assert!(found.column(0).iter().enumerate().all(|(i, found)| *found == 3.0 + (i % 2) as f64), "{found}");
    }
}
