//! How far chance moves what was measured on a test split: the percentile bootstrap (Efron & Tibshirani 1993).
//!
//! Windows are drawn again and again, with replacement; where the data name groups, whole groups, since windows of a movie
//! or a patient are alike and count as less than their number. All predictors are measured on the same draws, so that they
//! can be compared window by window.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

/// Draws of an interval.
const DRAWS: u64 = 2000;

/// What is drawn from.
#[derive(Debug)]
pub struct Bootstrap {
    /// Rows that are drawn together.
    groups: Vec<Vec<usize>>,
    seed: u64,
}

impl Bootstrap {
    /// Of `n` windows, or of their groups.
    #[must_use]
    pub fn new(n: usize, groups: Option<&[usize]>, seed: u64) -> Self {
        let Some(of) = groups else { return Self { groups: (0..n).map(|row| vec![row]).collect(), seed } };
        let mut groups = vec![Vec::new(); of.iter().max().map_or(0, |last| last + 1)];
        of.iter().enumerate().for_each(|(row, &group)| groups[group].push(row));
        groups.retain(|group| !group.is_empty());
        Self { groups, seed }
    }

    /// What `measure` makes of the rows of each draw: a number or more. The order is fixed, the threads are not.
    pub fn measured<T: Send>(&self, measure: impl Fn(&[usize]) -> T + Sync) -> Vec<T> {
        let draw = |i: u64| {
            let mut random = ChaCha8Rng::seed_from_u64(self.seed);
            random.set_stream(i);
            let n = self.groups.len();
            let rows = (0..n).flat_map(|_| &self.groups[random.random_range(0..n)]).copied();
            measure(&rows.collect::<Vec<_>>())
        };
        (0..DRAWS).into_par_iter().map(draw).collect()
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

    /// The mean of each draw.
    fn means(values: &[f64], groups: Option<&[usize]>) -> Vec<f64> {
        let mean = |rows: &[usize]| rows.iter().map(|&row| values[row]).sum::<f64>() / rows.len() as f64;
        Bootstrap::new(values.len(), groups, 1).measured(mean)
    }

    #[test]
    fn the_interval_of_a_mean_is_that_of_the_normal_distribution() {
        // 400 of variance 1/12: 1.96 standard errors are .0283.
        let values: Vec<f64> = (0..400).map(|i| (f64::from(i) + 0.5) / 400.0).collect();
        let [low, high] = interval(means(&values, None).into_iter());
        assert!((low - 0.4717).abs() < 0.003 && (high - 0.5283).abs() < 0.003, "{low} {high}");
        assert_eq!(means(&values, None), means(&values, None));
    }

    #[test]
    fn windows_of_a_group_are_drawn_together() {
        // Ten groups of forty equal windows are worth ten.
        let values: Vec<f64> = (0..400).map(|i| f64::from(i / 40)).collect();
        let groups: Vec<usize> = (0..400).map(|i| i / 40).collect();
        let width = |groups| {
            let [low, high] = interval(means(&values, groups).into_iter());
            high - low
        };
        let ratio = width(Some(&groups)) / width(None);
        assert!((ratio / 40_f64.sqrt() - 1.0).abs() < 0.1, "{ratio}");
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
