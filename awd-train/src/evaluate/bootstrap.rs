//! How far chance moves what was measured on a test split: the percentile bootstrap (Efron & Tibshirani 1993).
//!
//! Windows are drawn again and again, with replacement; where the data name groups, whole groups, since windows of a movie
//! or a patient are alike and count as less than their number. All predictors are measured on the same draws, so that they
//! can be compared window by window.
//!
//! A rank has to know how often each of its own windows was drawn, and nothing of the others. So a draw is dealt out down a
//! binary tree, the first half of the windows getting a binomial share of it: whoever goes down to the same windows finds the same.

use crate::cluster::{CHUNK, Ranks, Span, allgather};
use rand::distr::Distribution;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::Binomial;
use std::collections::BTreeSet;
use std::ops::Range;

/// Draws of an interval.
pub const DRAWS: u64 = 2000;

/// What is drawn from.
#[derive(Debug)]
pub struct Bootstrap {
    /// Windows of all ranks, or groups.
    pub units: usize,
    /// The group of each of this rank's windows.
    groups: Option<Vec<usize>>,
    /// Place of the first of them among those of all ranks.
    first: usize,
    seed: u64,
}

/// How often each window counts.
#[derive(Debug)]
pub enum Draw<'a> {
    /// Once: nothing is drawn.
    Once,
    /// As often as it was drawn.
    Windows(Dealt),
    /// As often as its group was, of these windows from a place on.
    Groups { counts: Vec<u32>, groups: &'a [usize], first: usize },
}

/// As many units as there are, drawn with replacement.
#[derive(Debug, Clone, Copy)]
pub struct Dealt {
    units: usize,
    seed: u64,
    draw: u64,
}

impl Bootstrap {
    /// Of the windows of all ranks, or of their groups, `groups` being those of this rank's windows.
    #[must_use]
    pub fn new(ranks: &dyn Ranks, windows: Span, groups: Option<&[usize]>, seed: u64) -> Self {
        let first = windows.first;
        let Some(of) = groups else { return Self { units: windows.total, groups: None, first, seed } };
        let own: BTreeSet<usize> = of.iter().copied().collect();
        let all: BTreeSet<usize> = allgather(ranks, own).into_iter().flatten().collect();
        let all: Vec<usize> = all.into_iter().collect();
        let place = |group| all.binary_search(group).expect("it is one of all");
        Self { units: all.len(), groups: Some(of.iter().map(place).collect()), first, seed }
    }

    /// The draw of this number.
    #[must_use]
    pub fn draw(&self, draw: u64) -> Draw<'_> {
        let dealt = Dealt { units: self.units, seed: self.seed, draw };
        match &self.groups {
            None => Draw::Windows(dealt),
            Some(groups) => Draw::Groups { counts: dealt.counts(0..self.units), groups, first: self.first },
        }
    }
}

impl Draw<'_> {
    /// How often each of these windows counts, which have to be this rank's.
    #[must_use]
    pub fn counts(&self, windows: Range<usize>) -> Vec<u32> {
        match self {
            Self::Once => vec![1; windows.len()],
            Self::Windows(dealt) => dealt.counts(windows),
            Self::Groups { counts, groups, first } => {
                groups[windows.start - first..windows.end - first].iter().map(|&group| counts[group]).collect()
            }
        }
    }
}

impl Dealt {
    /// How often each of these units was drawn.
    fn counts(&self, units: Range<usize>) -> Vec<u32> {
        let mut counts = vec![0; units.len()];
        self.deal(self.units as u64, 0..self.units, 0, &units, &mut counts);
        counts
    }

    /// Deals so many out to the units of a branch of the tree, so deep in it, and counts those that are asked for.
    fn deal(&self, drawn: u64, branch: Range<usize>, depth: u32, asked: &Range<usize>, counts: &mut [u32]) {
        if drawn == 0 || branch.end <= asked.start || asked.end <= branch.start {
            return;
        }
        let mut random = ChaCha8Rng::seed_from_u64(self.seed);
        random.set_stream(self.draw);
        // Each branch has numbers of its own, more than it can need.
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
        self.deal(first, branch.start..middle, depth + 1, asked, counts);
        self.deal(drawn - first, middle..branch.end, depth + 1, asked, counts);
    }
}

/// The 95% interval of what was measured on the draws; what is not a number is left out: a draw of equal values has no R².
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

/// The share of draws on the rarer side of 0, times two: how often chance alone would show as much of a difference, about.
/// What is not a number is left out, as it is of the interval; of nothing nothing is certain.
#[must_use]
pub fn p_value(differences: &[f64]) -> f64 {
    let on = |side: fn(f64) -> bool| differences.iter().filter(|&&difference| side(difference)).count() as f64;
    let (n, rarer) = (on(f64::is_finite), on(|d| d <= 0.0).min(on(|d| d >= 0.0)));
    if n > 0.0 { (2.0 * rarer / n).clamp(1.0 / n, 1.0) } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{Serial, threads};

    /// The mean of each draw.
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
        // 400 of variance 1/12: 1.96 standard errors are .0283; of 40,000 it is a tenth of that.
        for (n, error) in [(400, 0.0283), (40_000, 0.002_83)] {
            let values: Vec<f64> = (0..n).map(|i| (f64::from(i) + 0.5) / f64::from(n)).collect();
            let [low, high] = interval(means(&values, None).into_iter());
            let off = [low - 0.5 + error, high - 0.5 - error];
            assert!(off.iter().all(|off| off.abs() < 0.1 * error), "{n}: {low} {high}");
        }
    }

    #[test]
    fn windows_of_a_group_are_drawn_together() {
        // Ten groups of forty equal windows are worth ten.
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
    fn units_are_drawn_as_one_would_draw_them() {
        // 5000 of 5000, each drawn about once with the variance of a binomial, the ends of the tree's branches too.
        let n = 5000;
        let mut sums = vec![[0_u32; 2]; n];
        for draw in 0..DRAWS {
            let counts = Dealt { units: n, seed: 3, draw }.counts(0..n);
            assert_eq!(counts.iter().sum::<u32>(), n as u32);
            sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum = [sum[0] + count, sum[1] + count * count]);
        }
        let draws = DRAWS as f64;
        let mean_of = |part: &[[u32; 2]], i: usize| {
            part.iter().map(|sum| f64::from(sum[i])).sum::<f64>() / draws / part.len() as f64
        };
        for part in [&sums[..1024], &sums[1024..4096], &sums[4096..], &sums[1020..1028]] {
            let (mean, square) = (mean_of(part, 0), mean_of(part, 1));
            let room = 5.0 / (draws * part.len() as f64).sqrt();
            assert!((mean - 1.0).abs() < room && (square - mean * mean - 1.0).abs() < 3.0 * room, "{mean} {square}");
        }
        // Two halves of the tree vary as one: their covariance is that of a multinomial distribution.
        let halves = (0..DRAWS).map(|draw| Dealt { units: n, seed: 3, draw }.counts(0..2048).iter().sum::<u32>());
        let share = 2048.0 / n as f64;
        let variance = halves.map(|half| (f64::from(half) - 2048.0).powi(2)).sum::<f64>() / draws;
        assert!((variance / (n as f64 * share * (1.0 - share)) - 1.0).abs() < 0.15, "{variance}");
    }

    #[test]
    fn a_rank_finds_of_its_own_windows_what_one_rank_finds_of_all() {
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
    fn what_is_always_more_is_not_by_chance() {
        assert_eq!(p_value(&[1.0; 2000]), 1.0 / 2000.0);
        assert_eq!(p_value(&[0.0; 2000]), 1.0);
        assert_eq!((p_value(&[f64::NAN; 9]), p_value(&[])), (1.0, 1.0));
        let one_in_ten: Vec<f64> = (0..2000).map(|i| if i % 10 == 0 { -1.0 } else { 1.0 }).collect();
        assert!((p_value(&one_in_ten) - 0.2).abs() < 1e-9);
        assert!(interval([f64::NAN, 1.0, 3.0].into_iter()) == [1.0, 3.0]);
    }
}
