//! Selects the features of a readout. Cross-validation decides how many.

use super::aim::Aim;
use super::calibrate::slope;
use super::costs::Costs;
use super::fitted::Fitted;
use super::forward::{Options, forward, screened};
use super::standardised::Standardised;
use crate::data::{Fold, Folded, Target};
use crate::metric::{self, Outputs};
use ndarray::{Array2, Axis};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Minimum number of candidates that a selection sees, per input that it may select.
const CANDIDATES_PER_INPUT: usize = 2;

/// How features are selected.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Method {
    /// The share of the candidates that the selection sees: those that predict the target best on their own.
    pub share: f64,
    /// Factor of half the squared norm of the weights, which is added to the mean loss.
    pub penalty: f64,
    /// Whether products of selected features are candidates too.
    pub products: bool,
    /// The weight of a teacher's predictions in the target, if there are any.
    pub teacher: f64,
}

impl Method {
    /// The fits with 0, 1, 2, … up to `inputs` inputs, selected from standardised features `z` (n, p).
    #[must_use]
    pub fn fits(self, z: &Array2<f64>, aim: &Aim, costs: &Costs, inputs: usize) -> Vec<Fitted> {
        let Self { penalty, products, .. } = self;
        // Keep enough candidates to leave a choice.
        let seen = screened(z, aim, self.share, CANDIDATES_PER_INPUT * inputs);
        let mut fits =
            forward(&z.select(Axis(1), &seen), aim, Options { penalty, products }, costs.select(&seen), inputs);
        for fit in &mut fits {
            fit.support.iter_mut().for_each(|input| *input = input.moved(|j| seen[j]));
        }
        fits
    }
}

/// How features are selected and how many, with the results of cross-validation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Chosen {
    /// The method of selection.
    pub method: Method,
    /// Number of inputs.
    pub inputs: usize,
    /// Score of all held-out windows: R² or accuracy.
    pub score: f64,
    /// Mean loss of all held-out windows.
    pub loss: f64,
    /// The factor that calibrates the outputs, see [`slope`].
    pub slope: f64,
}

/// The held-out outputs of readouts of every length.
#[derive(Debug)]
pub struct Curve<'a> {
    method: Method,
    folded: &'a Folded,
    /// For each fold, the outputs with 0, 1, 2, … inputs. The last outputs of a selection that ends early are repeated.
    fold_outputs: Vec<Vec<Outputs>>,
}

impl<'a> Curve<'a> {
    /// Cross-validates readouts of up to `inputs` inputs from the `columns` (n, p).
    #[must_use]
    pub fn of(method: Method, (columns, costs): (&Array2<f64>, &Costs), folded: &'a Folded, inputs: usize) -> Self {
        let y = &folded.samples.y;
        let held_out = |(i, fold): (usize, &Fold)| {
            let seen = columns.select(Axis(0), &fold.train);
            let standardised = Standardised::of(&seen);
            let aim = Aim::outside(folded, i, method.teacher);
            let fits = method.fits(&standardised.apply(&seen), &aim, costs, inputs);
            let valid = standardised.apply(&columns.select(Axis(0), &fold.valid));
            fits.iter().map(|fit| fit.outputs(&valid, y)).collect()
        };
        Self { method, folded, fold_outputs: folded.folds.par_iter().enumerate().map(held_out).collect() }
    }

    /// The losses with 0, 1, 2, … inputs.
    #[must_use]
    pub fn losses(&self) -> Vec<Losses> {
        let longest = self.fold_outputs.iter().map(Vec::len).max().unwrap_or(0);
        let losses = |inputs| {
            let losses = metric::losses(&self.folded.samples.y, &self.held_out(inputs));
            let units = self.folded.folds.iter().flat_map(|fold| fold.valid.iter().zip(&fold.units));
            Losses::of(units.map(|(&row, &unit)| (unit, losses[row])))
        };
        (0..longest).map(losses).collect()
    }

    /// The number of inputs to use. For a value it has the least loss. For classes it is the maximum: which length a
    /// few windows prefer is mostly chance, and the penalty keeps the weights small.
    #[must_use]
    pub fn best(&self, losses: &[Losses]) -> usize {
        match self.folded.samples.y {
            Target::Classes { .. } => losses.len() - 1,
            Target::Values(_) => {
                (0..losses.len()).min_by(|&a, &b| losses[a].mean().total_cmp(&losses[b].mean())).unwrap_or(0)
            }
        }
    }

    /// The fewest inputs whose loss is at most `within` above that of `best` inputs.
    #[must_use]
    pub fn fewest(losses: &[Losses], best: usize, within: f64) -> usize {
        let bound = losses.get(best).map_or(f64::INFINITY, Losses::mean) + within;
        (0..best).find(|&inputs| losses[inputs].mean() <= bound).unwrap_or(best)
    }

    /// The selection of `inputs` inputs, with its held-out results.
    #[must_use]
    pub fn chosen(&self, inputs: usize) -> Chosen {
        let (y, outputs) = (&self.folded.samples.y, self.held_out(inputs));
        let (loss, score) = (metric::loss(y, &outputs), metric::score(y, &outputs));
        Chosen { method: self.method, inputs, score, loss, slope: slope(y, &outputs) }
    }

    fn held_out(&self, inputs: usize) -> Outputs {
        pooled(&self.folded.folds, self.fold_outputs.iter().map(|path| &path[inputs.min(path.len() - 1)]))
    }
}

/// Maximum number of parts in which losses are stored: enough to estimate their deviation.
const PARTS: usize = 256;

/// The losses of held-out windows, summed in parts. A part holds complete groups of windows, or any windows if there
/// are no groups. Its value is its contribution to the mean loss, times the number of parts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Losses(Vec<f64>);

impl Losses {
    /// From the group (or the index, without groups) and the loss of each window.
    fn of(windows: impl Iterator<Item = (usize, f64)> + Clone) -> Self {
        let (n, last) = windows.clone().fold((0, 0), |(n, last), (unit, _)| (n + 1, last.max(unit)));
        let count = PARTS.min(last + 1);
        let mut parts = vec![0.0; count];
        windows.for_each(|(unit, loss)| parts[unit % count] += loss * count as f64 / f64::from(n));
        Self(parts)
    }

    /// The mean loss over all windows.
    #[must_use]
    pub fn mean(&self) -> f64 {
        mean(&self.0)
    }

    /// The standard error of the mean: the deviation of the parts over the square root of their number.
    #[must_use]
    pub fn standard_error(&self) -> f64 {
        standard_error(&self.0)
    }

    /// Whether these losses are no worse than `best`, apart from chance. Their mean may be greater by one standard
    /// error (Breiman, Friedman, Olshen & Stone 1984, section 3.4.3). It is the standard error of the differences, part
    /// by part, because a hard window is hard for both.
    #[must_use]
    pub fn as_good_as(&self, best: &Self) -> bool {
        let differences: Vec<f64> = self.0.iter().zip(&best.0).map(|(loss, best)| loss - best).collect();
        mean(&differences) <= standard_error(&differences)
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn standard_error(values: &[f64]) -> f64 {
    let (n, mean) = (values.len() as f64, mean(values));
    (values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n * (n - 1.0)).max(1.0)).sqrt()
}

/// Outputs of every row, each from the fold that held it out. Scores are computed over all rows together, because a
/// small fold alone may have no variance to explain.
pub(crate) fn pooled<'o>(folds: &[Fold], fold_outputs: impl Iterator<Item = &'o Outputs>) -> Outputs {
    let n = folds.iter().map(|fold| fold.valid.len()).sum();
    let mut pooled = Outputs::zeros((n, 0));
    for (fold, outputs) in folds.iter().zip(fold_outputs) {
        if pooled.ncols() != outputs.ncols() {
            pooled = Outputs::zeros((n, outputs.ncols()));
        }
        for (&row, outputs) in fold.valid.iter().zip(outputs.rows()) {
            pooled.row_mut(row).assign(&outputs);
        }
    }
    pooled
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Samples, folds};
    use crate::fixtures;
    use crate::readout::Input;

    const FORWARD: Method = Method { share: 1.0, penalty: 1e-3, products: false, teacher: 0.0 };

    fn noise(n: usize, p: usize) -> Array2<f64> {
        fixtures::noise(4, (n, p))
    }

    fn chosen(columns: &Array2<f64>, y: Target) -> (Chosen, Vec<Input>) {
        let samples = Samples { x: Array2::zeros((columns.nrows(), 2)), y: y.clone() };
        let folded = Folded { folds: folds(&samples, None, 5, 1), samples, out_of_fold: None };
        let curve = Curve::of(FORWARD, (columns, &Costs::none(columns.ncols())), &folded, 8);
        let chosen = curve.chosen(curve.best(&curve.losses()));
        let z = Standardised::of(columns).apply(columns);
        let support = FORWARD.fits(&z, &Aim::from(&y), &Costs::none(z.ncols()), chosen.inputs).pop().unwrap().support;
        (chosen, support)
    }

    #[test]
    fn the_columns_that_determine_a_value_are_selected() {
        let columns = noise(300, 20);
        let y = columns.rows().into_iter().map(|row| 2.0 * row[3] - row[11] + 0.5 * row[17]).collect();
        let (chosen, support) = chosen(&columns, Target::Values(y));
        assert!(chosen.score > 0.999, "{chosen:?}");
        assert!([3, 11, 17].iter().all(|&j| support.contains(&Input::Feature(j))), "{support:?}");
    }

    #[test]
    fn the_columns_that_determine_classes_are_selected() {
        let columns = noise(400, 20);
        let label = |row: ndarray::ArrayView1<f64>| {
            if row[5] + row[9] > 0.3 { 1 } else { 2 * usize::from(row[9] - row[5] > 0.3) }
        };
        let labels = columns.rows().into_iter().map(label).collect();
        let (chosen, support) = chosen(&columns, Target::Classes { labels, classes: 3 });
        assert!(chosen.score > 0.92, "{chosen:?}");
        assert!([5, 9].iter().all(|&j| support.contains(&Input::Feature(j))), "{support:?}");
    }

    #[test]
    fn losses_within_one_standard_error_of_the_differences_are_as_good() {
        let losses = |by: &dyn Fn(usize) -> f64| Losses::of((0..1000).map(|i| (i, by(i))));
        let hard = |i: usize| (i * 7 % 13) as f64;
        let best = losses(&hard);
        assert!((best.mean() - (0..1000).map(hard).sum::<f64>() / 1000.0).abs() < 1e-9);
        // The same increase at each window is not chance, however hard the windows; an increase at one window may be.
        assert!(best.as_good_as(&best) && !losses(&|i| hard(i) + 1e-3).as_good_as(&best));
        assert!(losses(&|i| hard(i) + if i == 77 { 1.0 } else { 0.0 }).as_good_as(&best));
        assert!(losses(&|i| hard(i) - 1.0).as_good_as(&best));
        // A group counts once: a difference that is significant for 1000 windows is not for two groups.
        let grouped = |by: &dyn Fn(usize) -> f64| Losses::of((0..1000).map(|i| (i % 2, by(i))));
        let uneven = |i: usize| hard(i) + if i.is_multiple_of(2) { 0.5 } else { -0.3 };
        assert!(!losses(&uneven).as_good_as(&best) && grouped(&uneven).as_good_as(&grouped(&hard)));
    }

    #[test]
    fn losses_are_stored_by_groups() {
        let columns = noise(120, 2);
        let samples = Samples { x: Array2::zeros((120, 2)), y: Target::Values(columns.column(0).to_vec()) };
        let groups: Vec<usize> = (0..120).map(|row| row % 6).collect();
        let free = Costs::none(2);
        let parts = |groups| {
            let folded = Folded { folds: folds(&samples, groups, 3, 1), samples: samples.clone(), out_of_fold: None };
            Curve::of(FORWARD, (&columns, &free), &folded, 1).losses()[0].0.len()
        };
        assert_eq!((parts(Some(&groups)), parts(None)), (6, 120));
    }

    #[test]
    fn pure_noise_gets_few_inputs_and_no_score() {
        let y = noise(301, 1).column(0).iter().copied().skip(1).collect();
        let (chosen, _) = chosen(&noise(300, 20), Target::Values(y));
        assert!(chosen.inputs <= 2 && chosen.score < 0.05, "{chosen:?}");
    }

    #[test]
    fn folds_of_a_single_window_are_scored_together() {
        let columns = noise(7, 2);
        let (chosen, _) = chosen(&columns, Target::Values(columns.column(0).to_vec()));
        assert!(chosen.inputs >= 1 && chosen.score > 0.5, "{chosen:?}");
    }
}
