//! All measures of predictors on the test windows of all ranks, for the test split itself and for resamples.

use super::Predictor;
use super::bootstrap::Draw;
use super::sample_statistics::{SampleStatistics, Targets};
use crate::cluster::{self, CHUNK, Ranks, Span, chunks_of};
use crate::data::Dataset;
use crate::metric::{Measure, Sums, measures};
use crate::{Error, Result};
use rayon::prelude::*;

/// The statistics of each window from which all measures are computed.
#[derive(Debug)]
pub struct ReplicateStatistics<'a> {
    ranks: &'a dyn Ranks,
    /// The position of this rank's windows among those of all ranks.
    pub span: Span,
    /// The measures, the score first.
    pub measures: Vec<Measure>,
    targets: Targets<'a>,
    samples: Vec<SampleStatistics>,
}

impl<'a> ReplicateStatistics<'a> {
    /// Collects the statistics of predictors of the test windows.
    ///
    /// # Errors
    /// There are more windows than can be counted.
    pub fn new(ranks: &'a dyn Ranks, data: &'a Dataset, predictors: &[Predictor], seed: u64) -> Result<Self> {
        let y = &data.test.y;
        let span = Span::of(y.len(), ranks);
        if u32::try_from(span.total).is_err() {
            return Err(Error::input(&data.file, "x_test", format_args!("at most {} windows", u32::MAX)));
        }
        let samples =
            predictors.iter().map(|predictor| SampleStatistics::new(predictor, ranks, span, y, seed)).collect();
        Ok(Self { ranks, span, measures: measures(y, data.rows > 1), targets: Targets::new(ranks, span, y), samples })
    }

    /// All measures, indexed by draw, predictor and measure.
    #[must_use]
    pub fn measured(&self, draws: &[Draw<'_>]) -> Vec<Vec<Vec<f64>>> {
        let own: Vec<(Vec<Vec<f64>>, Vec<u32>)> = draws.par_iter().map(|draw| self.own(draw)).collect();
        let chunks = chunks_of(self.span.range(), CHUNK);
        let of_chunk = |chunk: usize| own.iter().flat_map(|(sums, _)| sums[chunk - chunks.start].clone()).collect();
        let plus = |mut sums: Vec<f64>, more: Vec<f64>| {
            sums.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
            sums
        };
        let sums: Vec<f64> = cluster::sum(self.ranks, chunks.clone(), of_chunk, plus).expect("a window");
        let counts = self.ranks.add(own.into_iter().flat_map(|(_, counts)| counts).collect());
        let of_draw = |draw: usize| {
            let [sums_each, counts_each] = [sums.len(), counts.len()].map(|len| len / draws.len());
            self.of_draw(&sums[draw * sums_each..][..sums_each], &counts[draw * counts_each..][..counts_each])
        };
        (0..draws.len()).into_par_iter().map(of_draw).collect()
    }

    /// The sums of each chunk of this rank's windows, and the counts of all predictors.
    fn own(&self, draw: &Draw<'_>) -> (Vec<Vec<f64>>, Vec<u32>) {
        let times = draw.counts(self.span.range());
        let sums = times.chunks(CHUNK).enumerate().map(|(chunk, times)| self.sums(chunk * CHUNK, times)).collect();
        let counts: Vec<[u32; 2]> =
            self.samples.iter().flat_map(|samples| samples.counts(&self.targets, &times)).collect();
        (sums, counts.into_flattened())
    }

    /// Sums over the windows from row `first` on, each counted `times` times: their number, the two of [`Sums::off`],
    /// and each predictor's loss.
    fn sums(&self, first: usize, times: &[u32]) -> Vec<f64> {
        let rows = first..first + times.len();
        let n = times.iter().copied().map(f64::from).sum();
        let [off, squares] = match &self.targets {
            Targets::Values(off) => {
                [1, 2].map(|power| weighted(times, off[rows.clone()].iter().map(|off| off.powi(power))))
            }
            Targets::Classes(..) => [0.0; 2],
        };
        let losses = self.samples.iter().map(|samples| weighted(times, samples.losses[rows.clone()].iter().copied()));
        [n, off, squares].into_iter().chain(losses).collect()
    }

    /// The measures of each predictor from these sums and counts.
    fn of_draw(&self, sums: &[f64], counts: &[u32]) -> Vec<Vec<f64>> {
        let ([n, off, squares], losses) = sums.split_first_chunk().expect("three sums precede the losses");
        let (mut rest, _) = counts.as_chunks();
        let of_predictor = |(samples, &loss): (&SampleStatistics, &f64)| {
            let (counts, remaining) = rest.split_at(samples.counts_len(&self.targets));
            rest = remaining;
            let (classes, ranked) = counts.split_at(self.targets.classes());
            let sums = Sums { n: *n, loss, off: [*off, *squares], classes, ranked };
            self.measures.iter().map(|measure| (measure.of)(&sums)).collect()
        };
        self.samples.iter().zip(losses).map(of_predictor).collect()
    }
}

/// The sum of values, weighted by `times`.
fn weighted(times: &[u32], values: impl Iterator<Item = f64>) -> f64 {
    // A value that is counted 0 times adds nothing, even if it is infinite.
    times.iter().zip(values).map(|(&times, value)| if times == 0 { 0.0 } else { f64::from(times) * value }).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{Serial, threads};
    use crate::data::{Samples, Target};
    use crate::evaluate::bootstrap::Bootstrap;
    use crate::evaluate::sample_statistics::MAX_THRESHOLDS;
    use crate::fixtures;
    use crate::metric::{Outputs, class, surprise};
    use ndarray::{Array2, Axis};
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    const N: usize = 2500;

    fn data(y: Target) -> Dataset {
        let test = Samples { x: Array2::zeros((y.len(), 2)), y };
        fixtures::dataset(test.clone(), test)
    }

    /// Targets, and the outputs of two predictors, some of which are tied.
    fn samples(classes: usize) -> (Target, Vec<Predictor>) {
        let mut random = ChaCha8Rng::seed_from_u64(9);
        let values: Vec<f64> = (0..N).map(|_| 100.0 + random.random_range(-1.0..1.0)).collect();
        let columns = classes.max(1);
        let mut predictor = |model, threshold| {
            let outputs = Outputs::from_shape_fn((N, columns), |(row, column)| {
                let noise = f64::from(random.random_range(0..30_u32)) / 10.0 - 1.5;
                if column == 0 { values[row] - 100.0 + noise } else { noise }
            });
            Predictor { model, outputs, threshold, parameters: 1, bytes: 4 }
        };
        let predictors = [("one", 0.0), ("two", 0.4)].map(|(model, threshold)| predictor(model, threshold));
        let label = |value: &f64| if *value > 100.2 { 0 } else { 1 + usize::from(*value > 99.9 && classes > 2) };
        let y = match classes {
            0 => Target::Values(values),
            _ => Target::Classes { labels: values.iter().map(label).collect(), classes },
        };
        (y, predictors.into())
    }

    /// A measure by its definition, window by window.
    fn by_definition(y: &Target, predictor: &Predictor, rows: &[usize], measure: &str) -> f64 {
        let mean_of = |of: &dyn Fn(usize) -> f64| rows.iter().map(|&row| of(row)).sum::<f64>() / rows.len() as f64;
        let (outputs, decisions) = (&predictor.outputs, predictor.decisions());
        match y {
            Target::Values(values) => {
                let mean = mean_of(&|row| values[row]);
                let error = mean_of(&|row| (values[row] - outputs[[row, 0]]).powi(2));
                let variance = mean_of(&|row| (values[row] - mean).powi(2));
                if measure == "r2" { 1.0 - error / variance } else { error.sqrt() }
            }
            Target::Classes { labels, classes } => {
                let right = |row: usize| f64::from(u8::from(class(decisions.row(row)) == Some(labels[row])));
                let of_class = |class: usize| rows.iter().copied().filter(move |&row| labels[row] == class);
                let score = |row: usize| outputs[[row, 1]] - outputs[[row, 0]];
                let found = |at: f64, class: usize| of_class(class).filter(|&row| score(row) >= at).count() as f64;
                match measure {
                    "accuracy" => mean_of(&right),
                    "balanced_accuracy" => {
                        let recall = |class| of_class(class).map(right).sum::<f64>() / of_class(class).count() as f64;
                        (0..*classes).map(recall).sum::<f64>() / *classes as f64
                    }
                    "log_loss" => mean_of(&|row| surprise(outputs.row(row), labels[row])),
                    "auroc" => {
                        let pairs = of_class(1).flat_map(|one| of_class(0).map(move |other| (one, other)));
                        let half = |(one, other)| {
                            f64::from(u8::from(score(one) > score(other)))
                                + f64::from(u8::from(score(one) >= score(other)))
                        };
                        let (sum, n) = pairs.fold((0.0, 0.0), |(sum, n), pair| (sum + half(pair) / 2.0, n + 1.0));
                        sum / n
                    }
                    _ => {
                        let precision = |row: usize| {
                            let [ones, others] = [1, 0].map(|class| found(score(row), class));
                            ones / (ones + others)
                        };
                        of_class(1).map(precision).sum::<f64>() / of_class(1).count() as f64
                    }
                }
            }
        }
    }

    #[test]
    fn measures_follow_their_definitions() {
        for classes in [0, 2, 3] {
            let (y, predictors) = samples(classes);
            let (n, set) = (700, data(y.select(&(0..700).collect::<Vec<_>>())));
            let cut = |predictor: &Predictor| {
                let outputs = predictor.outputs.select(Axis(0), &(0..n).collect::<Vec<_>>());
                Predictor { outputs, ..predictor.clone() }
            };
            let predictors: Vec<Predictor> = predictors.iter().map(cut).collect();
            let statistics = ReplicateStatistics::new(&Serial, &set, &predictors, 1).unwrap();
            let bootstrap = Bootstrap::new(&Serial, statistics.span, None, 1);
            let drawn = bootstrap.draw(7).counts(0..n);
            let resampled = (0..n).flat_map(|row| std::iter::repeat_n(row, drawn[row] as usize)).collect();
            let found = statistics.measured(&[Draw::Once, bootstrap.draw(7)]);
            for (found, rows) in found.iter().zip([(0..n).collect::<Vec<_>>(), resampled]) {
                for (found, predictor) in found.iter().zip(&predictors) {
                    for (found, Measure { name, .. }) in found.iter().zip(&statistics.measures) {
                        let expected = by_definition(&set.test.y, predictor, &rows, name);
                        assert!((found - expected).abs() < 1e-9, "{name}: {found} {expected}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_window_with_an_output_that_is_not_finite_counts_as_wrong() {
        let labels: Vec<usize> = (0..40).map(|row| row % 2).collect();
        let outputs = Outputs::from_shape_fn((40, 2), |(row, class)| if row % 2 == class { 2.0 } else { 0.0 });
        let set = data(Target::Classes { labels, classes: 2 });
        let measure = |bad: Option<(usize, f64)>| {
            let mut outputs = outputs.clone();
            bad.into_iter().for_each(|(row, bad)| outputs[[row, 1]] = bad);
            let predictor = Predictor { model: "one", outputs, threshold: 0.0, parameters: 1, bytes: 4 };
            let statistics = ReplicateStatistics::new(&Serial, &set, std::slice::from_ref(&predictor), 1).unwrap();
            let counts = (0..40).map(|row| u32::from(row > 1)).collect();
            let each: Vec<usize> = (0..40).collect();
            let measured = statistics.measured(&[Draw::Once, Draw::Groups { counts, groups: &each, first: 0 }]);
            measured.into_iter().map(|mut of_draw| of_draw.remove(0)).collect::<Vec<_>>()
        };
        let good = measure(None);
        assert_eq!((good[0][0], good[0][3], good[0][4]), (1.0, 1.0, 1.0));
        for row in [0, 1] {
            for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
                let found = measure(Some((row, bad)));
                assert_eq!(found[0][..3], [39.0 / 40.0, 39.0 / 40.0, f64::INFINITY], "{row} {bad}");
                // One of twenty windows is ranked below, or above, all of the other class.
                assert!((found[0][3] - 0.95).abs() < 1e-12 && found[0][4] < 1.0, "{row} {bad}: {found:?}");
                // A draw without this window is not affected.
                assert_eq!(found[1], good[1], "{row} {bad}");
            }
        }
    }

    #[test]
    fn bits_do_not_depend_on_ranks() {
        for classes in [0, 2, 3] {
            let (y, predictors) = samples(classes);
            let measure = |ranks: &dyn Ranks| {
                let rows: Vec<usize> = Span::share(N, ranks).range().collect();
                let own = |predictor: &Predictor| Predictor {
                    outputs: predictor.outputs.select(Axis(0), &rows),
                    ..predictor.clone()
                };
                let (set, predictors) = (data(y.select(&rows)), predictors.iter().map(own).collect::<Vec<_>>());
                let statistics = ReplicateStatistics::new(ranks, &set, &predictors, 1).unwrap();
                let bootstrap = Bootstrap::new(ranks, statistics.span, None, 1);
                statistics.measured(&[Draw::Once, bootstrap.draw(0), bootstrap.draw(1)])
            };
            let expected = measure(&Serial);
            // With five ranks, two have no window.
            for size in [2, 5] {
                assert!(threads(size, measure).iter().all(|found| *found == expected), "{size}");
            }
        }
    }

    #[test]
    fn few_of_more_windows_than_thresholds_are_tied() {
        let n = MAX_THRESHOLDS + 5000;
        let mut random = ChaCha8Rng::seed_from_u64(2);
        let labels: Vec<usize> = (0..n).map(|_| random.random_range(0..2)).collect();
        let outputs = Outputs::from_shape_fn((n, 2), |(row, column)| {
            (if column == 1 { labels[row] as f64 } else { 0.0 }) + random.random_range(-2.0..2.0)
        });
        let set = data(Target::Classes { labels: labels.clone(), classes: 2 });
        let predictor = Predictor { model: "one", outputs, threshold: 0.0, parameters: 1, bytes: 4 };
        let found = ReplicateStatistics::new(&Serial, &set, std::slice::from_ref(&predictor), 1)
            .unwrap()
            .measured(&[Draw::Once]);
        // The exact value, without ties: for each window of class 1, count the windows of class 0 below it.
        let mut order: Vec<usize> = (0..n).collect();
        let score = |row: usize| predictor.outputs[[row, 1]] - predictor.outputs[[row, 0]];
        order.sort_by(|&a, &b| score(a).total_cmp(&score(b)));
        let (mut below, mut pairs) = (0, 0_u64);
        order.iter().for_each(|&row| if labels[row] == 0 { below += 1 } else { pairs += below });
        let expected = pairs as f64 / (below * (n as u64 - below)) as f64;
        assert!((found[0][0][3] - expected).abs() < 1e-6 && found[0][0][3] != expected, "{found:?} {expected}");
    }
}
