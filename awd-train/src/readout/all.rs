//! Refits a readout, whose features were selected on a subsample, to all windows. The fit runs chunk by chunk on every
//! rank that holds windows, and keeps no table of features.

use super::aim::one_hot;
use super::assemble::{Selected, range, reference};
use super::fit::{Softmax, softmax, solved};
use super::fitted::{Fitted, Input};
use super::standardised::{Standardised, varying};
use crate::cluster::{self, CHUNK, Ranks, Span, chunks_of};
use crate::data::{Samples, Target, TrainingSet};
use crate::model::Reference;
use ndarray::{Array1, Array2, Axis, Slice, concatenate};
use serde::{Deserialize, Serialize};

/// The windows of all ranks.
#[derive(Debug, Clone, Copy)]
pub struct All<'a> {
    /// The ranks that hold the windows.
    pub ranks: &'a dyn Ranks,
    /// The rows of this rank.
    pub span: Span,
    /// The windows of this rank.
    pub samples: &'a Samples,
}

impl<'a> All<'a> {
    /// All windows of a set, if they are more than `windows`, the size of the subsample of a selection. The selected
    /// readout is then refitted to all of them.
    pub(crate) fn beyond(set: &TrainingSet<'a>, windows: usize) -> Option<Self> {
        let all = Self { ranks: set.ranks, span: set.span, samples: &set.data.train };
        (set.span.total > windows).then_some(all)
    }
}

/// Moments of columns, and the range of the samples. Moments of chunks can be added (Chan et al. 1983).
#[derive(Serialize, Deserialize)]
struct Moments {
    n: f64,
    mean: Vec<f64>,
    /// Sums of products of the centred columns (p, p).
    products: Vec<f64>,
    largest: Vec<f64>,
    range: [f32; 2],
}

impl Moments {
    fn of(columns: &Array2<f64>, range: [f32; 2]) -> Self {
        let n = columns.nrows() as f64;
        let mean = columns.sum_axis(Axis(0)) / n;
        let centred = columns - &mean;
        let largest = columns.fold_axis(Axis(0), 0.0_f64, |max, v| max.max(v.abs()));
        let products = centred.t().dot(&centred).iter().copied().collect();
        Self { n, mean: mean.to_vec(), products, largest: largest.to_vec(), range }
    }

    fn plus(mut self, other: Self) -> Self {
        let n = self.n + other.n;
        let differences: Vec<f64> = self.mean.iter().zip(&other.mean).map(|(a, b)| b - a).collect();
        let weight = self.n * other.n / n;
        let pairs = differences.iter().flat_map(|a| differences.iter().map(move |b| a * b));
        for ((sum, part), pair) in self.products.iter_mut().zip(other.products).zip(pairs) {
            *sum += part + weight * pair;
        }
        self.mean.iter_mut().zip(&differences).for_each(|(mean, difference)| *mean += difference * other.n / n);
        self.largest.iter_mut().zip(other.largest).for_each(|(a, b)| *a = a.max(b));
        let [[least, greatest], [a, b]] = [self.range, other.range];
        Self { n, range: [least.min(a), greatest.max(b)], ..self }
    }

    /// The covariance of two columns, with divisor n.
    fn product(&self, i: usize, j: usize) -> f64 {
        self.products[i * self.mean.len() + j] / self.n
    }

    fn standardised(&self) -> Standardised {
        let deviation = |i| varying(self.product(i, i).max(0.0).sqrt(), self.largest[i]);
        Standardised { mean: self.mean.clone(), deviation: (0..self.mean.len()).map(deviation).collect() }
    }
}

/// Computes columns (n, p) from windows (n, N).
pub type Columns<'a> = dyn Fn(&Array2<f32>) -> Array2<f64> + Sync + 'a;

impl All<'_> {
    /// Fits the selected features to all windows. Also returns the reference of all windows.
    pub(super) fn refitted(&self, selected: &Selected, penalty: f64) -> (Selected, Reference) {
        let energies = selected.energies();
        let inputs = selected.fitted.support.len();
        let columns = |x: &Array2<f32>| {
            let both = [selected.inputs(x), energies.features(x)];
            concatenate(Axis(1), &[both[0].view(), both[1].view()]).expect("one row per window")
        };
        let moments = self.moments(&columns);
        let scaling = moments.standardised();
        let energy_columns: Vec<usize> = (inputs..inputs + energies.terms.len()).collect();
        let reference = reference(moments.range, &scaling.select(&energy_columns));
        // The inputs are standardised by the subsample. Here they are standardised again, by all windows.
        let identity = Standardised { mean: vec![0.0; inputs], deviation: vec![1.0; inputs] };
        let numbered: Vec<Input> = (0..inputs).map(Input::Feature).collect();
        let start = Fitted { support: numbered, ..selected.fitted.clone() };
        let refit = self.refit(&columns, &moments, &scaling, restandardised(&start, &identity, &scaling), penalty);
        let refit = restandardised(&refit, &scaling, &identity);
        let fitted = Fitted { support: selected.fitted.support.clone(), ..refit };
        (Selected { fitted, ..selected.clone() }, reference)
    }

    /// Fits all columns to all windows. Returns how the columns are standardised, and the fit. `fitted` is the fit to a
    /// subsample, which standardised the columns by `by`.
    #[must_use]
    pub fn dense(
        &self,
        columns: &Columns<'_>,
        by: &Standardised,
        fitted: &Fitted,
        penalty: f64,
    ) -> (Standardised, Fitted) {
        let moments = self.moments(columns);
        let mut scaling = moments.standardised();
        let start = restandardised(fitted, by, &scaling);
        let refit = self.refit(columns, &moments, &scaling, start, penalty);
        // The target may follow the columns.
        scaling.mean.truncate(by.mean.len());
        scaling.deviation.truncate(by.mean.len());
        (scaling, refit)
    }

    /// Fits the columns of `start` to all windows; iterations begin at `start`.
    fn refit(
        &self,
        columns: &Columns<'_>,
        moments: &Moments,
        by: &Standardised,
        start: Fitted,
        penalty: f64,
    ) -> Fitted {
        match &self.samples.y {
            Target::Values(_) => least_squares(moments, by, penalty, start),
            Target::Classes { labels, .. } => self.softmax(columns, by, start, labels, penalty),
        }
    }

    /// The moments of the columns, followed by those of the target if it is a value.
    fn moments(&self, columns: &Columns<'_>) -> Moments {
        let of_chunk = |chunk| {
            let Samples { x, y } = self.samples.select(&self.span.of_chunk(chunk).collect::<Vec<_>>());
            let columns = columns(&x);
            let columns = match y {
                Target::Values(values) => {
                    let values = Array2::from_shape_vec((values.len(), 1), values).expect("a column");
                    concatenate(Axis(1), &[columns.view(), values.view()]).expect("one target per window")
                }
                Target::Classes { .. } => columns,
            };
            Moments::of(&columns, range(&x))
        };
        cluster::sum(self.ranks, chunks_of(self.span.range(), CHUNK), of_chunk, Moments::plus).expect("windows")
    }

    /// Fits classes to the columns. Each iteration computes the columns again.
    fn softmax(
        &self,
        columns: &Columns<'_>,
        by: &Standardised,
        start: Fitted,
        labels: &[usize],
        penalty: f64,
    ) -> Fitted {
        let outputs = start.bias.len();
        let sums = |parameters: &[f64]| {
            let of_chunk = |chunk| {
                let rows: Vec<usize> = self.span.of_chunk(chunk).collect();
                let all = columns(&self.samples.x.select(Axis(0), &rows));
                let all = by.apply(&all);
                let z = all.slice_axis(Axis(1), Slice::from(..start.support.len()));
                let labels: Vec<usize> = rows.iter().map(|&row| labels[row]).collect();
                Softmax { columns: z, shares: one_hot(&labels, outputs + 1).view(), penalty }.sums(parameters)
            };
            let plus = |(loss, mut gradient): (f64, Vec<f64>), (other, part): (f64, Vec<f64>)| {
                gradient.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
                (loss + other, gradient)
            };
            cluster::sum(self.ranks, chunks_of(self.span.range(), CHUNK), of_chunk, plus).expect("windows")
        };
        let parameters = [&start.bias[..], &start.weights].concat();
        match softmax(sums, self.span.total, outputs, &parameters, penalty) {
            Some(found) => {
                let (bias, weights) = found.split_at(outputs);
                Fitted { bias: bias.to_vec(), weights: weights.to_vec(), ..start }
            }
            None => start,
        }
    }
}

/// Ridge regression from moments. The first columns are the inputs of `start`, the last one is the target. Returns
/// `start` if the moments are not positive definite.
fn least_squares(moments: &Moments, by: &Standardised, penalty: f64, start: Fitted) -> Fitted {
    let (inputs, target) = (start.support.len(), moments.mean.len() - 1);
    let scaled = |(i, j): (usize, usize)| moments.product(i, j) / (by.deviation[i] * by.deviation[j]);
    let products = Array2::from_shape_fn((inputs, inputs), scaled);
    let with_target = Array1::from_shape_fn(inputs, |i| moments.product(i, target) / by.deviation[i]);
    match solved(&products, &with_target, penalty) {
        Some(weights) => Fitted { bias: vec![moments.mean[target]], weights: weights.to_vec(), ..start },
        None => start,
    }
}

/// Converts a fit to columns standardised by `by` into the same fit to columns standardised by `other`.
fn restandardised(fitted: &Fitted, by: &Standardised, other: &Standardised) -> Fitted {
    let outputs = fitted.bias.len();
    let (mut bias, mut weights) = (fitted.bias.clone(), fitted.weights.clone());
    for (j, weights) in weights.chunks_exact_mut(outputs).enumerate() {
        for (bias, w) in bias.iter_mut().zip(weights) {
            *w /= by.deviation[j];
            *bias += *w * (other.mean[j] - by.mean[j]);
            *w *= other.deviation[j];
        }
    }
    Fitted { support: fitted.support.clone(), bias, weights }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{Serial, threads};
    use crate::readout::{Aim, Candidates, Costs, Method, Transform, dense};
    use crate::wavelet::Wavelet;
    use awd_core::Boundary;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    const PENALTY: f64 = 1e-3;

    fn samples(classes: bool) -> Samples {
        let mut random = ChaCha8Rng::seed_from_u64(7);
        let x = Array2::from_shape_simple_fn((3000, 32), || random.random_range(-1.0..1.0_f32));
        let noise: Vec<f64> = (0..3000).map(|_| random.random_range(-1.0..1.0)).collect();
        let value = |(x, noise): (ndarray::ArrayView1<'_, f32>, &f64)| f64::from(x[3] * x[3] + x[4]) + noise / 3.0;
        let values: Vec<f64> = x.rows().into_iter().zip(&noise).map(value).collect();
        let labels = values.iter().map(|value| usize::from(*value > 0.1) + usize::from(*value > 0.8)).collect();
        Samples { x, y: if classes { Target::Classes { labels, classes: 3 } } else { Target::Values(values) } }
    }

    fn candidates(samples: &Samples) -> Candidates {
        let wavelets = Wavelet::named("db2").unwrap().into();
        let (boundary, beside) = (Boundary::Zero, vec![Wavelet::named("haar").unwrap()]);
        let transform = Transform { wavelets, beside, boundary, levels: 3, height: 1, histograms: 0, deviation: 1.0 };
        Candidates::of(&transform, &samples.x)
    }

    /// A fit to the first 500 windows, refitted to all windows, and the reference of all.
    fn refitted(ranks: &dyn Ranks, all: &Samples) -> (Selected, Reference) {
        let candidates = candidates(all);
        let subsample = all.select(&(0..500).collect::<Vec<_>>());
        let columns = candidates.features(&subsample.x);
        let by = Standardised::of(&columns);
        let fits = Method { share: 1.0, penalty: PENALTY, products: true, teacher: 0.0 }.fits(
            &by.apply(&columns),
            &Aim::from(&subsample.y),
            &Costs::none(columns.ncols()),
            7,
        );
        let selected = Selected::new(&candidates, &by, fits.last().unwrap());
        let span = Span::share(all.y.len(), ranks);
        let own = all.select(&span.range().collect::<Vec<_>>());
        All { ranks, span, samples: &own }.refitted(&selected, PENALTY)
    }

    #[test]
    fn the_refit_equals_a_fit_to_the_whole_table() {
        for classes in [false, true] {
            let all = samples(classes);
            let (selected, found) = refitted(&Serial, &all);
            let inputs = selected.inputs(&all.x);
            let by = Standardised::of(&inputs);
            let expected = dense(&by.apply(&inputs), &all.y, PENALTY);
            let all_inputs = (0..inputs.ncols()).map(Input::Feature).collect();
            let fitted = Fitted { support: all_inputs, ..selected.fitted.clone() };
            let errors = fitted.outputs(&inputs, &all.y) - expected.outputs(&by.apply(&inputs), &all.y);
            let largest = errors.fold(0.0_f64, |largest, error| largest.max(error.abs()));
            assert!(largest < if classes { 5e-2 } else { 1e-9 }, "{largest}");
            let expected = selected.reference(&all.x);
            assert_eq!(found.range, expected.range);
            for (found, expected) in found.bands.iter().zip(&expected.bands) {
                assert!(
                    (found.mean - expected.mean).abs() < 1e-5 && (found.deviation - expected.deviation).abs() < 1e-5
                );
            }
        }
    }

    /// A fit to the raw samples of the first 500 windows, refitted to all windows.
    fn refitted_dense(ranks: &dyn Ranks, all: &Samples) -> (Standardised, Fitted) {
        let raw = |x: &Array2<f32>| x.mapv(f64::from);
        let subsample = all.select(&(0..500).collect::<Vec<_>>());
        let by = Standardised::of(&raw(&subsample.x));
        let fitted = dense(&by.apply(&raw(&subsample.x)), &subsample.y, PENALTY);
        let span = Span::share(all.y.len(), ranks);
        let own = all.select(&span.range().collect::<Vec<_>>());
        All { ranks, span, samples: &own }.dense(&raw, &by, &fitted, PENALTY)
    }

    #[test]
    fn the_dense_refit_equals_a_fit_to_the_whole_table() {
        for classes in [false, true] {
            let all = samples(classes);
            let (by, fitted) = refitted_dense(&Serial, &all);
            let table = all.x.mapv(f64::from);
            let expected_by = Standardised::of(&table);
            let expected = dense(&expected_by.apply(&table), &all.y, PENALTY);
            assert_eq!((by.mean.len(), by.deviation.len()), (32, 32));
            let outputs = fitted.outputs(&by.apply(&table), &all.y);
            let errors = outputs - expected.outputs(&expected_by.apply(&table), &all.y);
            let largest = errors.fold(0.0_f64, |largest, error| largest.max(error.abs()));
            assert!(largest < if classes { 2e-2 } else { 1e-9 }, "{largest}");
        }
    }

    #[test]
    fn results_are_bit_identical_for_any_number_of_ranks() {
        for classes in [false, true] {
            let all = samples(classes);
            let serial = refitted_dense(&Serial, &all).1;
            assert!(threads(3, |ranks| refitted_dense(ranks, &all).1).iter().all(|found| *found == serial));
            let expected = refitted(&Serial, &all);
            for size in [2, 5] {
                for (selected, reference) in threads(size, |ranks| refitted(ranks, &all)) {
                    assert_eq!((&selected.fitted, &reference), (&expected.0.fitted, &expected.1), "{size}");
                }
            }
        }
    }
}
