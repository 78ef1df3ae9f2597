//! Confidence intervals for measures on a test split: the percentile bootstrap (Efron & Tibshirani 1993).
//!
//! Windows are resampled with replacement. If the data have group labels, whole groups are resampled, because windows
//! of one movie or patient are alike and count as less than their number. All predictors are measured on the same
//! resamples, so that they can be compared window by window.
//!
//! A rank needs the counts of its own windows only. So a resample is distributed down a binary tree, in which the first
//! half of the windows gets a binomial share. Every rank that descends to the same windows finds the same counts.

use crate::cluster::{CHUNK, Ranks, Span, allgather};
use rand::distr::Distribution;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::Binomial;
use std::collections::BTreeSet;
use std::ops::Range;

/// Number of resamples for an interval.
pub const DRAWS: u64 = 2000;

/// The windows or groups that are resampled.
#[derive(Debug)]
pub struct Bootstrap {
    /// Number of windows or groups of all ranks.
    pub units: usize,
    /// The group of each of this rank's windows.
    groups: Option<Vec<usize>>,
    /// Index of the first of these windows among those of all ranks.
    first: usize,
    seed: u64,
}

/// A resample: how often each window counts.
#[derive(Debug)]
pub enum Draw<'a> {
    /// Once each: the test split itself.
    Once,
    /// As often as it was drawn.
    Windows(Resample),
    /// As often as its group was drawn. `first` is the index of this rank's first window.
    Groups { counts: Vec<u32>, groups: &'a [usize], first: usize },
}

/// As many draws as there are units, with replacement.
#[derive(Debug, Clone, Copy)]
pub struct Resample {
    units: usize,
    seed: u64,
    draw: u64,
}

impl Bootstrap {
    /// Resamples the windows of all ranks, or their groups. `groups` holds the group of each of this rank's windows.
    #[must_use]
    pub fn new(ranks: &dyn Ranks, windows: Span, groups: Option<&[usize]>, seed: u64) -> Self {
        let first = windows.first;
        let Some(own_groups) = groups else { return Self { units: windows.total, groups: None, first, seed } };
        let own: BTreeSet<usize> = own_groups.iter().copied().collect();
        let all: BTreeSet<usize> = allgather(ranks, own).into_iter().flatten().collect();
        let all: Vec<usize> = all.into_iter().collect();
        let index = |group| all.binary_search(group).expect("all groups are listed");
        Self { units: all.len(), groups: Some(own_groups.iter().map(index).collect()), first, seed }
    }

    /// The resample with this index.
    #[must_use]
    pub fn draw(&self, draw: u64) -> Draw<'_> {
        let resample = Resample { units: self.units, seed: self.seed, draw };
        match &self.groups {
            None => Draw::Windows(resample),
            Some(groups) => Draw::Groups { counts: resample.counts(0..self.units), groups, first: self.first },
        }
    }
}

impl Draw<'_> {
    /// How often each of these windows counts. They must be this rank's.
    #[must_use]
    pub fn counts(&self, windows: Range<usize>) -> Vec<u32> {
        match self {
            Self::Once => vec![1; windows.len()],
            Self::Windows(resample) => resample.counts(windows),
            Self::Groups { counts, groups, first } => {
                groups[windows.start - first..windows.end - first].iter().map(|&group| counts[group]).collect()
            }
        }
    }
}

impl Resample {
    /// How often each of these units was drawn.
    fn counts(&self, units: Range<usize>) -> Vec<u32> {
        let mut counts = vec![0; units.len()];
        self.distribute(self.units as u64, 0..self.units, 0, &units, &mut counts);
        counts
    }

    /// Distributes `drawn` draws over the units of a branch at this depth of the tree, and counts those in `asked`.
    fn distribute(&self, drawn: u64, branch: Range<usize>, depth: u32, asked: &Range<usize>, counts: &mut [u32]) {
        if drawn == 0 || branch.end <= asked.start || asked.end <= branch.start {
            return;
        }
        let mut random = ChaCha8Rng::seed_from_u64(self.seed);
        random.set_stream(self.draw);
        // Each branch has its own section of the random stream, longer than it can need.
        random.set_word_pos(((branch.start / CHUNK) as u128) << 40 | u128::from(depth) << 32);
        let len = branch.len();
        if len <= CHUNK {
            for _ in 0..drawn {
                let unit = branch.start + random.random_range(0..len as u32) as usize;
                if asked.contains(&unit) {
                    counts[unit - asked.start] += 1;
                }
            }
            return;
        }
        let half = CHUNK << (len.div_ceil(CHUNK) - 1).ilog2();
        let binomial = Binomial::new(drawn, half as f64 / len as f64).expect("a probability");
        let (first, middle) = (binomial.sample(&mut random), branch.start + half);
        self.distribute(first, branch.start..middle, depth + 1, asked, counts);
        self.distribute(drawn - first, middle..branch.end, depth + 1, asked, counts);
    }
}

/// The 95% interval of a measure over the resamples. Values that are not finite are left out: a resample of equal
/// values has no R².
#[must_use]
pub fn interval(measured: impl Iterator<Item = f64>) -> [f64; 2] {
    let mut sorted: Vec<f64> = measured.filter(|value| value.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    let quantile = |q: f64| {
        let at = q * sorted.len().saturating_sub(1) as f64;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "an index between 0 and the length"
        )]
        sorted.get(at.round() as usize).copied().unwrap_or(f64::NAN)
    };
    [quantile(0.025), quantile(0.975)]
}

/// The two-sided p-value: twice the share of resamples on the rarer side of 0. It estimates how often chance alone
/// gives such a difference. Values that are not finite are left out, as in [`interval`]; without any value the result
/// is 1.
#[must_use]
pub fn p_value(differences: &[f64]) -> f64 {
    let count = |side: fn(f64) -> bool| differences.iter().filter(|&&difference| side(difference)).count() as f64;
    let (n, rarer) = (count(f64::is_finite), count(|d| d <= 0.0).min(count(|d| d >= 0.0)));
    if n > 0.0 { (2.0 * rarer / n).clamp(1.0 / n, 1.0) } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{Serial, threads};

    /// The mean of each resample.
    fn means(values: &[f64], groups: Option<&[usize]>) -> Vec<f64> {
        let bootstrap = Bootstrap::new(&Serial, Span::all(values.len()), groups, 1);
        let mean = |draw| {
            let counts = bootstrap.draw(draw).counts(0..values.len());
            let n: u32 = counts.iter().sum();
            values.iter().zip(counts).map(|(value, count)| value * f64::from(count)).sum::<f64>() / f64::from(n)
        };
        (0..DRAWS).map(mean).collect()
    }

    #[test]
    fn the_interval_of_a_mean_is_that_of_the_normal_distribution() {
        // 400 values of variance 1/12: 1.96 standard errors are 0.0283. For 40,000 values it is a tenth of that.
        for (n, error) in [(400, 0.0283), (40_000, 0.002_83)] {
            let values: Vec<f64> = (0..n).map(|i| (f64::from(i) + 0.5) / f64::from(n)).collect();
            let [low, high] = interval(means(&values, None).into_iter());
            let off = [low - 0.5 + error, high - 0.5 - error];
            assert!(off.iter().all(|off| off.abs() < 0.1 * error), "{n}: {low} {high}");
        }
    }

    #[test]
    fn windows_of_a_group_are_drawn_together() {
        // Ten groups of forty equal windows carry as much information as ten windows.
        let values: Vec<f64> = (0..400).map(|i| f64::from(i / 40)).collect();
        let groups: Vec<usize> = (0..400).map(|i| 7 * (i / 40)).collect();
        let width = |groups| {
            let [low, high] = interval(means(&values, groups).into_iter());
            high - low
        };
        let ratio = width(Some(&groups)) / width(None);
        assert!((ratio / 40_f64.sqrt() - 1.0).abs() < 0.1, "{ratio}");
    }

    #[test]
    fn counts_follow_a_multinomial_distribution() {
        // 5000 draws from 5000 units: each count has mean 1 and a binomial variance, also near the ends of the tree's
        // branches.
        let n = 5000;
        let mut sums = vec![[0_u32; 2]; n];
        for draw in 0..DRAWS {
            let counts = Resample { units: n, seed: 3, draw }.counts(0..n);
            assert_eq!(counts.iter().sum::<u32>(), n as u32);
            sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum = [sum[0] + count, sum[1] + count * count]);
        }
        let draws = DRAWS as f64;
        let mean_of = |part: &[[u32; 2]], i: usize| {
            part.iter().map(|sum| f64::from(sum[i])).sum::<f64>() / draws / part.len() as f64
        };
        for part in [&sums[..1024], &sums[1024..4096], &sums[4096..], &sums[1020..1028]] {
            let (mean, square) = (mean_of(part, 0), mean_of(part, 1));
            let bound = 5.0 / (draws * part.len() as f64).sqrt();
            assert!((mean - 1.0).abs() < bound && (square - mean * mean - 1.0).abs() < 3.0 * bound, "{mean} {square}");
        }
        // The sum of the first 2048 counts has the variance of a multinomial distribution.
        let halves = (0..DRAWS).map(|draw| Resample { units: n, seed: 3, draw }.counts(0..2048).iter().sum::<u32>());
        let share = 2048.0 / n as f64;
        let variance = halves.map(|half| (f64::from(half) - 2048.0).powi(2)).sum::<f64>() / draws;
        assert!((variance / (n as f64 * share * (1.0 - share)) - 1.0).abs() < 0.15, "{variance}");
    }

    #[test]
    fn several_ranks_find_the_same_counts_as_one() {
        let n = 7000;
        let groups: Vec<usize> = (0..n).map(|i| i * i % 91).collect();
        for groups in [None, Some(&groups[..])] {
            let expected = Bootstrap::new(&Serial, Span::all(n), groups, 5).draw(4).counts(0..n);
            for size in [2, 5] {
                let found = threads(size, |ranks| {
                    let own = Span::share(n, ranks);
                    let groups = groups.map(|groups| &groups[own.range()]);
                    Bootstrap::new(ranks, own, groups, 5).draw(4).counts(own.range())
                });
                assert_eq!(found.concat(), expected, "{size}");
            }
        }
    }

    #[test]
    fn p_values_follow_the_share_of_the_rarer_sign() {
        assert_eq!(p_value(&[1.0; 2000]), 1.0 / 2000.0);
        assert_eq!(p_value(&[0.0; 2000]), 1.0);
        assert_eq!((p_value(&[f64::NAN; 9]), p_value(&[])), (1.0, 1.0));
        let one_in_ten: Vec<f64> = (0..2000).map(|i| if i % 10 == 0 { -1.0 } else { 1.0 }).collect();
        assert!((p_value(&one_in_ten) - 0.2).abs() < 1e-9);
        assert!(interval([f64::NAN, 1.0, 3.0].into_iter()) == [1.0, 3.0]);
    }
}
