//! Which features a readout uses: how they are selected, and how many, by cross-validation.

use super::aim::Aim;
use super::calibrate::slope;
use super::costs::Costs;
use super::fitted::Fitted;
use super::forward::{How, forward, screened};
use super::standardised::Standardised;
use crate::data::{Fold, Folded, Target};
use crate::metric::{self, Outputs};
use ndarray::{Array2, Axis};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Candidates that a selection sees at least, for each input there may be.
const LEAST: usize = 2;

/// How features are selected.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Method {
    /// The share of the candidates that the selection sees: those that tell most by themselves.
    pub share: f64,
    /// Times half the squared norm of the weights, beside the mean loss.
    pub penalty: f64,
    /// Whether products of selected features are offered too.
    pub products: bool,
    /// The share that a teacher's outputs have in the target, where there are some.
    pub teacher: f64,
}

impl Method {
    /// The fits of no input, one, two, … at most so many, of standardised features `z` (n, p).
    #[must_use]
    pub fn fits(self, z: &Array2<f64>, aim: &Aim, costs: &Costs, inputs: usize) -> Vec<Fitted> {
        let Self { penalty, products, .. } = self;
        // A selection that cannot choose is none.
        let seen = screened(z, aim, self.share, LEAST * inputs);
        let mut fits = forward(&z.select(Axis(1), &seen), aim, How { penalty, products }, costs.select(&seen), inputs);
        for fit in &mut fits {
            fit.support.iter_mut().for_each(|input| *input = input.moved(|j| seen[j]));
        }
        fits
    }
}

/// How features are selected, how many, and what they promise.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Chosen {
    /// How.
    pub method: Method,
    /// Number of inputs.
    pub inputs: usize,
    /// Score of all held-out windows: R² or accuracy.
    pub score: f64,
    /// Their mean loss.
    pub loss: f64,
    /// By what outputs are to be multiplied to be calibrated, see [`slope`].
    pub slope: f64,
}

/// What readouts of every length say of windows that were held out of them.
#[derive(Debug)]
pub struct Curve<'a> {
    method: Method,
    folded: &'a Folded,
    /// Of each fold, the outputs of no input, of one, of two, …; a path that ended early stays what it was.
    of_folds: Vec<Vec<Outputs>>,
}

impl<'a> Curve<'a> {
    /// Cross-validates readouts of up to so many inputs of the `columns` (n, p).
    #[must_use]
    pub fn of(method: Method, (columns, costs): (&Array2<f64>, &Costs), folded: &'a Folded, inputs: usize) -> Self {
        let y = &folded.samples.y;
        let of_fold = |(i, fold): (usize, &Fold)| {
            let seen = columns.select(Axis(0), &fold.train);
            let standardised = Standardised::of(&seen);
            let aim = Aim::outside(folded, i, method.teacher);
            let fits = method.fits(&standardised.apply(&seen), &aim, costs, inputs);
            let valid = standardised.apply(&columns.select(Axis(0), &fold.valid));
            fits.iter().map(|fit| fit.outputs(&valid, y)).collect()
        };
        Self { method, folded, of_folds: folded.folds.par_iter().enumerate().map(of_fold).collect() }
    }

    /// The losses of every length, from no input on.
    #[must_use]
    pub fn losses(&self) -> Vec<Losses> {
        let longest = self.of_folds.iter().map(Vec::len).max().unwrap_or(0);
        let of = |inputs| {
            let losses = metric::losses(&self.folded.samples.y, &self.held_out(inputs));
            let units = self.folded.folds.iter().flat_map(|fold| fold.valid.iter().zip(&fold.units));
            Losses::of(units.map(|(&row, &unit)| (unit, losses[row])))
        };
        (0..longest).map(of).collect()
    }

    /// How many inputs to use: of a value those of the least loss, and of classes as many as there may be, as the lengths that a few
    /// windows prefer are mostly chance, and the penalty keeps weights small.
    #[must_use]
    pub fn best(&self, losses: &[Losses]) -> usize {
        match self.folded.samples.y {
            Target::Classes { .. } => losses.len() - 1,
            Target::Values(_) => {
                (0..losses.len()).min_by(|&a, &b| losses[a].mean().total_cmp(&losses[b].mean())).unwrap_or(0)
            }
        }
    }

    /// The least number of inputs whose loss is not greater than that of so many by more than this.
    #[must_use]
    pub fn fewest(losses: &[Losses], best: usize, within: f64) -> usize {
        let bound = losses.get(best).map_or(f64::INFINITY, Losses::mean) + within;
        (0..best).find(|&inputs| losses[inputs].mean() <= bound).unwrap_or(best)
    }

    /// What so many inputs promise.
    #[must_use]
    pub fn chosen(&self, inputs: usize) -> Chosen {
        let (y, outputs) = (&self.folded.samples.y, self.held_out(inputs));
        let (loss, score) = (metric::loss(y, &outputs), metric::score(y, &outputs));
        Chosen { method: self.method, inputs, score, loss, slope: slope(y, &outputs) }
    }

    fn held_out(&self, inputs: usize) -> Outputs {
        pooled(&self.folded.folds, self.of_folds.iter().map(|path| &path[inputs.min(path.len() - 1)]))
    }
}

/// Parts that losses are kept in: enough to tell their deviation.
const PARTS: usize = 256;

/// The losses of held-out windows, in parts of which each has whole groups of windows, or any windows where there are no
/// groups. A part's number is its windows' share of the mean loss, times the number of parts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Losses(Vec<f64>);

impl Losses {
    /// Of windows by their groups, or by themselves.
    fn of(windows: impl Iterator<Item = (usize, f64)> + Clone) -> Self {
        let (n, last) = windows.clone().fold((0, 0), |(n, last), (unit, _)| (n + 1, last.max(unit)));
        let count = PARTS.min(last + 1);
        let mut parts = vec![0.0; count];
        windows.for_each(|(unit, loss)| parts[unit % count] += loss * count as f64 / f64::from(n));
        Self(parts)
    }

    /// Over all windows.
    #[must_use]
    pub fn mean(&self) -> f64 {
        mean(&self.0)
    }

    /// Of the mean: the parts' deviation over the root of their number.
    #[must_use]
    pub fn standard_error(&self) -> f64 {
        standard_error(&self.0)
    }

    /// Are these no worse than `best` but for chance? Their mean may be greater by one standard error (Breiman, Friedman,
    /// Olshen & Stone 1984, section 3.4.3); it is that of the differences, part by part, as what makes a window hard makes it
    /// hard for both.
    #[must_use]
    pub fn as_good_as(&self, best: &Self) -> bool {
        let differences: Vec<f64> = self.0.iter().zip(&best.0).map(|(loss, best)| loss - best).collect();
        mean(&differences) <= standard_error(&differences)
    }
}

fn mean(of: &[f64]) -> f64 {
    of.iter().sum::<f64>() / of.len() as f64
}

fn standard_error(of: &[f64]) -> f64 {
    let (n, mean) = (of.len() as f64, mean(of));
    (of.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n * (n - 1.0)).max(1.0)).sqrt()
}

/// Outputs of every row, each from the fold that it was held out of. Scores are taken of all rows together: one of a
/// small fold alone may have no variance to explain.
pub(crate) fn pooled<'o>(folds: &[Fold], of_folds: impl Iterator<Item = &'o Outputs>) -> Outputs {
    let n = folds.iter().map(|fold| fold.valid.len()).sum();
    let mut pooled = Outputs::zeros((n, 0));
    for (fold, outputs) in folds.iter().zip(of_folds) {
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
    use crate::readout::Input;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    const FORWARD: Method = Method { share: 1.0, penalty: 1e-3, products: false, teacher: 0.0 };

    fn noise(n: usize, p: usize) -> Array2<f64> {
        let mut random = ChaCha8Rng::seed_from_u64(4);
        Array2::from_shape_simple_fn((n, p), || random.random_range(-1.0..1.0))
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
    fn the_columns_that_make_a_value_are_found() {
        let columns = noise(300, 20);
        let y = columns.rows().into_iter().map(|row| 2.0 * row[3] - row[11] + 0.5 * row[17]).collect();
        let (chosen, support) = chosen(&columns, Target::Values(y));
        assert!(chosen.score > 0.999, "{chosen:?}");
        assert!([3, 11, 17].iter().all(|&j| support.contains(&Input::Feature(j))), "{support:?}");
    }

    #[test]
    fn the_columns_that_make_classes_are_found() {
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
    fn what_is_as_good_is_within_one_standard_error_of_the_differences() {
        let losses = |by: &dyn Fn(usize) -> f64| Losses::of((0..1000).map(|i| (i, by(i))));
        let hard = |i: usize| (i * 7 % 13) as f64;
        let best = losses(&hard);
        assert!((best.mean() - (0..1000).map(hard).sum::<f64>() / 1000.0).abs() < 1e-9);
        // Worse by as much at each window is no chance, however hard they are; worse at one in ten may be.
        assert!(best.as_good_as(&best) && !losses(&|i| hard(i) + 1e-3).as_good_as(&best));
        assert!(losses(&|i| hard(i) + if i == 77 { 1.0 } else { 0.0 }).as_good_as(&best));
        assert!(losses(&|i| hard(i) - 1.0).as_good_as(&best));
        // Windows of a group speak once: what is certain of a thousand is not of two.
        let grouped = |by: &dyn Fn(usize) -> f64| Losses::of((0..1000).map(|i| (i % 2, by(i))));
        let uneven = |i: usize| hard(i) + if i.is_multiple_of(2) { 0.5 } else { -0.3 };
        assert!(!losses(&uneven).as_good_as(&best) && grouped(&uneven).as_good_as(&grouped(&hard)));
    }

    #[test]
    fn losses_are_kept_by_groups() {
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
    fn noise_alone_is_not_believed() {
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
