//! The fit of a readout whose terms are chosen to windows that are too many to choose by: chunk by chunk, on every rank that
//! holds some of them. No table of features is kept.

use super::deploy::{Draft, range, reference, referred};
use super::fit::{LeastSquares, Loss, Softmax, softmax};
use super::select::varying;
use super::{Candidates, Fitted, Standardised};
use crate::data::{Samples, Target};
use crate::ranks::{self, CHUNK, Ranks, Span, chunks_of};
use nalgebra::{DMatrix, DVector};
use ndarray::{Array2, Axis, concatenate};
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
    /// The fit to the same candidates that is best for all windows, and what they look like in so many bands. `fitted` is one to
    /// columns that were standardised by other moments.
    pub(super) fn refitted(
        &self,
        candidates: &Candidates,
        bands: usize,
        by: &Standardised,
        fitted: &Fitted,
        penalty: f64,
    ) -> Draft {
        let all = &candidates.terms;
        let needed: Vec<usize> =
            (0..all.len()).filter(|j| fitted.support.contains(j) || referred(&all[*j], bands)).collect();
        let few = Candidates { terms: needed.iter().map(|&j| all[j]).collect(), ..candidates.clone() };
        let columns = |x: &Array2<f32>| few.features(x);
        let moments = self.moments(&columns);
        let here = moments.standardised();
        let health = reference(moments.range, bands, &few.terms, &here);
        let place = |j: &usize| needed.binary_search(j).expect("it is needed");
        let support: Vec<usize> = fitted.support.iter().map(place).collect();
        let start = restandardised(fitted, by, &here, &support);
        let refit = self.refit(&columns, &moments, &here, start, penalty);
        // The moments of those that nobody asks for stay what they were.
        let mut standardised = by.clone();
        for (&j, (mean, deviation)) in needed.iter().zip(here.mean.iter().zip(&here.deviation)) {
            (standardised.mean[j], standardised.deviation[j]) = (*mean, *deviation);
        }
        Draft { standardised, fitted: Fitted { support: fitted.support.clone(), ..refit }, health }
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
        let start = restandardised(fitted, by, &here, &fitted.support);
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
            Target::Values(_) => least_squares(moments, by, penalty).refit(&start.support.clone(), &start),
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
        ranks::sum(self.ranks, chunks_of(self.span.range(), CHUNK), of_chunk, Moments::plus).expect("windows")
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
                let z = by.apply(&columns(&self.samples.x.select(Axis(0), &rows))).select(Axis(1), &start.support);
                let labels = rows.iter().map(|&row| labels[row]).collect();
                let softmax = Softmax { z, labels, outputs, penalty };
                softmax.sums(&softmax.z, numbers)
            };
            let plus = |(loss, mut gradient): (f64, Vec<f64>), (other, part): (f64, Vec<f64>)| {
                gradient.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
                (loss + other, gradient)
            };
            ranks::sum(self.ranks, chunks_of(self.span.range(), CHUNK), of_chunk, plus).expect("windows")
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

/// Ridge regression by the moments of the columns, behind which stands the target.
fn least_squares(moments: &Moments, by: &Standardised, penalty: f64) -> LeastSquares {
    let target = moments.mean.len() - 1;
    let scaled = |i: usize, j: usize| moments.product(i, j) / (by.deviation[i] * by.deviation[j]);
    LeastSquares {
        gram: DMatrix::from_fn(target, target, scaled),
        with_target: DVector::from_fn(target, |i, _| moments.product(i, target) / by.deviation[i]),
        mean: moments.mean[target],
        penalty,
    }
}

/// The same outputs from columns that are standardised by other moments, of which the fit's stand at these places.
fn restandardised(fitted: &Fitted, by: &Standardised, other: &Standardised, places: &[usize]) -> Fitted {
    let outputs = fitted.bias.len();
    let (mut bias, mut weights) = (fitted.bias.clone(), fitted.weights.clone());
    for ((&j, &place), weights) in fitted.support.iter().zip(places).zip(weights.chunks_exact_mut(outputs)) {
        for (bias, w) in bias.iter_mut().zip(weights) {
            *w /= by.deviation[j];
            *bias += *w * (other.mean[place] - by.mean[j]);
            *w *= other.deviation[place];
        }
    }
    Fitted { support: places.to_vec(), bias, weights }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ranks::{Alone, threads};
    use crate::readout::{Transform, dense, path};
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
        let transform =
            Transform { wavelets, boundary: Boundary::Zero, levels: 3, height: 1, histograms: 0, deviation: 1.0 };
        Candidates::of(&transform, &samples.x)
    }

    /// A fit to the first 500 windows, refitted to all; and how the columns of all are to be standardised.
    fn refitted(ranks: &dyn Ranks, all: &Samples) -> Draft {
        let candidates = candidates(all);
        let first: Vec<usize> = (0..500).collect();
        let few = all.select(&first);
        let columns = candidates.features(&few.x);
        let by = Standardised::of(&columns);
        let fitted = path(&by.apply(&columns), &few.y, PENALTY, 5).pop().unwrap();
        let span = Span::share(all.y.len(), ranks);
        let own = all.select(&span.range().collect::<Vec<_>>());
        All { ranks, span, samples: &own }.refitted(&candidates, 4, &by, &fitted, PENALTY)
    }

    #[test]
    fn the_fit_is_that_to_the_whole_table() {
        for classes in [false, true] {
            let all = samples(classes);
            let Draft { standardised, fitted, health } = refitted(&Alone, &all);
            let columns = candidates(&all).features(&all.x);
            let by = Standardised::of(&columns);
            let z = by.apply(&columns).select(Axis(1), &fitted.support);
            let expected = dense(&z, &all.y, PENALTY);
            for (found, expected) in [(&fitted.weights, &expected.weights), (&fitted.bias, &expected.bias)] {
                let near = |(a, b): (&f64, &f64)| (a - b).abs() < if classes { 1e-2 } else { 1e-9 };
                assert!(found.iter().zip(expected).all(near), "{found:?} {expected:?}");
            }
            for &j in &fitted.support {
                assert!((standardised.mean[j] - by.mean[j]).abs() < 1e-12);
                assert!((standardised.deviation[j] / by.deviation[j] - 1.0).abs() < 1e-12);
            }
            assert_eq!(health, reference(range(&all.x), 4, &candidates(&all).terms, &by));
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
            let (by, fitted) = refitted_dense(&Alone, &all);
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
            let of_all = refitted_dense(&Alone, &all).1;
            assert!(threads(3, |ranks| refitted_dense(ranks, &all).1).iter().all(|found| *found == of_all));
            let expected = refitted(&Alone, &all);
            for size in [2, 5] {
                for found in threads(size, |ranks| refitted(ranks, &all)) {
                    assert_eq!((&found.fitted, &found.health), (&expected.fitted, &expected.health), "{size}");
                }
            }
        }
    }
}
