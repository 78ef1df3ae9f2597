//! The fit of a readout whose terms are chosen to windows that are too many to choose by: chunk by chunk, on every rank that
//! holds some of them. No table of features is kept.

use super::aim::shares;
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
    /// Whose they are.
    pub ranks: &'a dyn Ranks,
    /// Which of them are here.
    pub span: Span,
    /// Those.
    pub samples: &'a Samples,
}

impl<'a> All<'a> {
    /// All windows of a set, if they are more than the `windows` by which something was chosen: what was chosen is then fitted to all.
    pub(crate) fn beyond(set: &TrainingSet<'a>, windows: usize) -> Option<Self> {
        let all = Self { ranks: set.ranks, span: set.span, samples: &set.data.train };
        (set.span.total > windows).then_some(all)
    }
}

/// Moments of columns, which chunks add up to (Chan et al. 1983), and the range of the samples.
#[derive(Serialize, Deserialize)]
struct Moments {
    n: f64,
    mean: Vec<f64>,
    /// Sums of products of what columns are off their means (p, p).
    products: Vec<f64>,
    largest: Vec<f64>,
    range: [f32; 2],
}

impl Moments {
    fn of(columns: &Array2<f64>, range: [f32; 2]) -> Self {
        let n = columns.nrows() as f64;
        let mean = columns.sum_axis(Axis(0)) / n;
        let off = columns - &mean;
        let largest = columns.fold_axis(Axis(0), 0.0_f64, |max, v| max.max(v.abs()));
        let products = off.t().dot(&off).iter().copied().collect();
        Self { n, mean: mean.to_vec(), products, largest: largest.to_vec(), range }
    }

    fn plus(mut self, other: Self) -> Self {
        let n = self.n + other.n;
        let apart: Vec<f64> = self.mean.iter().zip(&other.mean).map(|(a, b)| b - a).collect();
        let weight = self.n * other.n / n;
        let pairs = apart.iter().flat_map(|a| apart.iter().map(move |b| a * b));
        for ((sum, part), pair) in self.products.iter_mut().zip(other.products).zip(pairs) {
            *sum += part + weight * pair;
        }
        self.mean.iter_mut().zip(&apart).for_each(|(mean, apart)| *mean += apart * other.n / n);
        self.largest.iter_mut().zip(other.largest).for_each(|(a, b)| *a = a.max(b));
        let [[least, greatest], [a, b]] = [self.range, other.range];
        Self { n, range: [least.min(a), greatest.max(b)], ..self }
    }

    /// The mean product of two columns, less their means.
    fn product(&self, i: usize, j: usize) -> f64 {
        self.products[i * self.mean.len() + j] / self.n
    }

    fn standardised(&self) -> Standardised {
        let deviation = |i| varying(self.product(i, i).max(0.0).sqrt(), self.largest[i]);
        Standardised { mean: self.mean.clone(), deviation: (0..self.mean.len()).map(deviation).collect() }
    }
}

/// What numbers are made of windows (n, N): columns (n, p).
pub type Columns<'a> = dyn Fn(&Array2<f32>) -> Array2<f64> + Sync + 'a;

impl All<'_> {
    /// The fit to the same features that is best for all windows, and what those look like.
    pub(super) fn refitted(&self, selected: &Selected, penalty: f64) -> (Selected, Reference) {
        let energies = selected.energies();
        let inputs = selected.fitted.support.len();
        let columns = |x: &Array2<f32>| {
            let both = [selected.inputs(x), energies.features(x)];
            concatenate(Axis(1), &[both[0].view(), both[1].view()]).expect("a row for each window")
        };
        let moments = self.moments(&columns);
        let here = moments.standardised();
        let of_energies: Vec<usize> = (inputs..inputs + energies.terms.len()).collect();
        let reference = reference(moments.range, &here.select(&of_energies));
        // The inputs are standardised as those of a part of the windows were; here they are once more.
        let as_they_are = Standardised { mean: vec![0.0; inputs], deviation: vec![1.0; inputs] };
        let own: Vec<Input> = (0..inputs).map(Input::Feature).collect();
        let start = Fitted { support: own, ..selected.fitted.clone() };
        let refit = self.refit(&columns, &moments, &here, restandardised(&start, &as_they_are, &here), penalty);
        let refit = restandardised(&refit, &here, &as_they_are);
        let fitted = Fitted { support: selected.fitted.support.clone(), ..refit };
        (Selected { fitted, ..selected.clone() }, reference)
    }

    /// The fit to all of the columns that is best for all windows, and how they are then standardised. `fitted` is one to a part of
    /// the windows, by which columns were standardised.
    #[must_use]
    pub fn dense(
        &self,
        columns: &Columns<'_>,
        by: &Standardised,
        fitted: &Fitted,
        penalty: f64,
    ) -> (Standardised, Fitted) {
        let moments = self.moments(columns);
        let mut here = moments.standardised();
        let start = restandardised(fitted, by, &here);
        let refit = self.refit(columns, &moments, &here, start, penalty);
        // Behind the columns there may be the target.
        here.mean.truncate(by.mean.len());
        here.deviation.truncate(by.mean.len());
        (here, refit)
    }

    /// The best fit to the columns of another one, from that.
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

    /// The moments of columns, and of the target behind them if that is a value.
    fn moments(&self, columns: &Columns<'_>) -> Moments {
        let of_chunk = |chunk| {
            let Samples { x, y } = self.samples.select(&self.span.of_chunk(chunk).collect::<Vec<_>>());
            let columns = columns(&x);
            let columns = match y {
                Target::Values(values) => {
                    let values = Array2::from_shape_vec((values.len(), 1), values).expect("a column");
                    concatenate(Axis(1), &[columns.view(), values.view()]).expect("a target for each window")
                }
                Target::Classes { .. } => columns,
            };
            Moments::of(&columns, range(&x))
        };
        cluster::sum(self.ranks, chunks_of(self.span.range(), CHUNK), of_chunk, Moments::plus).expect("windows")
    }

    /// The fit of classes to columns, which are computed again for each of its iterations.
    fn softmax(
        &self,
        columns: &Columns<'_>,
        by: &Standardised,
        start: Fitted,
        labels: &[usize],
        penalty: f64,
    ) -> Fitted {
        let outputs = start.bias.len();
        let sums = |numbers: &[f64]| {
            let of_chunk = |chunk| {
                let rows: Vec<usize> = self.span.of_chunk(chunk).collect();
                let all = columns(&self.samples.x.select(Axis(0), &rows));
                let all = by.apply(&all);
                let z = all.slice_axis(Axis(1), Slice::from(..start.support.len()));
                let labels: Vec<usize> = rows.iter().map(|&row| labels[row]).collect();
                Softmax { columns: z, shares: shares(&labels, outputs + 1).view(), penalty }.sums(numbers)
            };
            let plus = |(loss, mut gradient): (f64, Vec<f64>), (other, part): (f64, Vec<f64>)| {
                gradient.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
                (loss + other, gradient)
            };
            cluster::sum(self.ranks, chunks_of(self.span.range(), CHUNK), of_chunk, plus).expect("windows")
        };
        let numbers = [&start.bias[..], &start.weights].concat();
        match softmax(sums, self.span.total, outputs, &numbers, penalty) {
            Some(found) => {
                let (bias, weights) = found.split_at(outputs);
                Fitted { bias: bias.to_vec(), weights: weights.to_vec(), ..start }
            }
            None => start,
        }
    }
}

/// Ridge regression on the first columns by their moments; the last one is the target. `start` if they are not positive definite.
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

/// The same outputs from columns that are standardised by other moments.
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

    /// A fit to the first 500 windows, refitted to all, and what all look like.
    fn refitted(ranks: &dyn Ranks, all: &Samples) -> (Selected, Reference) {
        let candidates = candidates(all);
        let few = all.select(&(0..500).collect::<Vec<_>>());
        let columns = candidates.features(&few.x);
        let by = Standardised::of(&columns);
        let fits = Method { share: 1.0, penalty: PENALTY, products: true, teacher: 0.0 }.fits(
            &by.apply(&columns),
            &Aim::from(&few.y),
            &Costs::none(columns.ncols()),
            7,
        );
        let selected = Selected::new(&candidates, &by, fits.last().unwrap());
        let span = Span::share(all.y.len(), ranks);
        let own = all.select(&span.range().collect::<Vec<_>>());
        All { ranks, span, samples: &own }.refitted(&selected, PENALTY)
    }

    #[test]
    fn the_fit_is_that_to_the_whole_table() {
        for classes in [false, true] {
            let all = samples(classes);
            let (selected, found) = refitted(&Serial, &all);
            let inputs = selected.inputs(&all.x);
            let by = Standardised::of(&inputs);
            let expected = dense(&by.apply(&inputs), &all.y, PENALTY);
            let numbered = (0..inputs.ncols()).map(Input::Feature).collect();
            let fitted = Fitted { support: numbered, ..selected.fitted.clone() };
            let off = fitted.outputs(&inputs, &all.y) - expected.outputs(&by.apply(&inputs), &all.y);
            let farthest = off.fold(0.0_f64, |most, off| most.max(off.abs()));
            assert!(farthest < if classes { 5e-2 } else { 1e-9 }, "{farthest}");
            let expected = selected.reference(&all.x);
            assert_eq!(found.range, expected.range);
            for (found, expected) in found.bands.iter().zip(&expected.bands) {
                assert!(
                    (found.mean - expected.mean).abs() < 1e-5 && (found.deviation - expected.deviation).abs() < 1e-5
                );
            }
        }
    }

    /// A fit to all samples of the first 500 windows, refitted to those of all.
    fn refitted_dense(ranks: &dyn Ranks, all: &Samples) -> (Standardised, Fitted) {
        let raw = |x: &Array2<f32>| x.mapv(f64::from);
        let few = all.select(&(0..500).collect::<Vec<_>>());
        let by = Standardised::of(&raw(&few.x));
        let fitted = dense(&by.apply(&raw(&few.x)), &few.y, PENALTY);
        let span = Span::share(all.y.len(), ranks);
        let own = all.select(&span.range().collect::<Vec<_>>());
        All { ranks, span, samples: &own }.dense(&raw, &by, &fitted, PENALTY)
    }

    #[test]
    fn the_fit_to_all_samples_is_that_to_the_whole_table() {
        for classes in [false, true] {
            let all = samples(classes);
            let (by, fitted) = refitted_dense(&Serial, &all);
            let table = all.x.mapv(f64::from);
            let of_table = Standardised::of(&table);
            let expected = dense(&of_table.apply(&table), &all.y, PENALTY);
            assert_eq!((by.mean.len(), by.deviation.len()), (32, 32));
            let outputs = fitted.outputs(&by.apply(&table), &all.y);
            let off = outputs - expected.outputs(&of_table.apply(&table), &all.y);
            let farthest = off.fold(0.0_f64, |most, off| most.max(off.abs()));
            assert!(farthest < if classes { 2e-2 } else { 1e-9 }, "{farthest}");
        }
    }

    #[test]
    fn bits_do_not_depend_on_ranks() {
        for classes in [false, true] {
            let all = samples(classes);
            let of_all = refitted_dense(&Serial, &all).1;
            assert!(threads(3, |ranks| refitted_dense(ranks, &all).1).iter().all(|found| *found == of_all));
            let expected = refitted(&Serial, &all);
            for size in [2, 5] {
                for (selected, reference) in threads(size, |ranks| refitted(ranks, &all)) {
                    assert_eq!((&selected.fitted, &reference), (&expected.0.fitted, &expected.1), "{size}");
                }
            }
        }
    }
}
