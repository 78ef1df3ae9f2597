//! Scores of predictions against targets, and how far chance moves them.

use crate::data::Target;
use ndarray::{Array2, ArrayView1};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// What a predictor says of each window: a value, or a logit for every class (n, 1 or classes).
pub type Outputs = Array2<f64>;

/// Resamplings of an interval.
const RESAMPLES: usize = 2000;

/// The name of the main score: `r2` for values, `accuracy` for classes.
#[must_use]
pub const fn name(y: &Target) -> &'static str {
    match y {
        Target::Values(_) => "r2",
        Target::Classes { .. } => "accuracy",
    }
}

/// R² or accuracy of these rows (a row may occur again).
#[must_use]
pub fn score(y: &Target, outputs: &Outputs, rows: &[usize]) -> f64 {
    let n = rows.len() as f64;
    match y {
        Target::Values(values) => {
            let mean = rows.iter().map(|&i| values[i]).sum::<f64>() / n;
            let total: f64 = rows.iter().map(|&i| (values[i] - mean).powi(2)).sum();
            let left: f64 = rows.iter().map(|&i| (values[i] - outputs[[i, 0]]).powi(2)).sum();
            1.0 - left / total
        }
        Target::Classes { labels, .. } => {
            rows.iter().filter(|&&i| class(outputs.row(i)) == labels[i]).count() as f64 / n
        }
    }
}

/// What choices inside the training split are made by, of each row: for values the squared error in units of their variance,
/// so that the mean is 1 − R²; for classes the negative log-likelihood, which moves with every window where the accuracy of
/// a few hundred is mostly chance (Gneiting & Raftery 2007, proper scores).
#[must_use]
pub fn losses(y: &Target, outputs: &Outputs) -> Vec<f64> {
    match y {
        Target::Values(values) => {
            let n = values.len() as f64;
            let mean = values.iter().sum::<f64>() / n;
            let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / n;
            // Values that do not vary have no unit.
            let unit = if variance > 0.0 { variance } else { 1.0 };
            values.iter().zip(outputs.column(0)).map(|(value, output)| (value - output).powi(2) / unit).collect()
        }
        Target::Classes { labels, .. } => {
            let rows = labels.iter().zip(outputs.rows());
            rows.map(|(&label, logits)| {
                let highest = logits.fold(f64::NEG_INFINITY, |a, &b| a.max(b));
                highest + logits.iter().map(|logit| (logit - highest).exp()).sum::<f64>().ln() - logits[label]
            })
            .collect()
        }
    }
}

/// The mean of the losses.
#[must_use]
pub fn loss(y: &Target, outputs: &Outputs) -> f64 {
    losses(y, outputs).iter().sum::<f64>() / y.len() as f64
}

/// The class of the highest logit, the first of equals.
#[must_use]
pub fn class(logits: ArrayView1<'_, f64>) -> usize {
    let mut highest = 0;
    for (i, logit) in logits.iter().enumerate() {
        if *logit > logits[highest] {
            highest = i;
        }
    }
    highest
}

/// The mean over classes of the share of their windows that are recognised; `None` for values.
#[must_use]
pub fn balanced_accuracy(y: &Target, outputs: &Outputs) -> Option<f64> {
    let Target::Classes { labels, classes } = y else { return None };
    let recalls: Vec<f64> = (0..*classes)
        .filter_map(|class| {
            let rows: Vec<usize> = (0..labels.len()).filter(|&i| labels[i] == class).collect();
            (!rows.is_empty()).then(|| score(y, outputs, &rows))
        })
        .collect();
    Some(recalls.iter().sum::<f64>() / recalls.len() as f64)
}

/// Area under the receiver's operating curve, by ranks (ties count half); `None` unless there are two classes.
#[must_use]
pub fn auroc(y: &Target, outputs: &Outputs) -> Option<f64> {
    let Target::Classes { labels, classes: 2 } = y else { return None };
    let mut scored: Vec<(f64, usize)> =
        outputs.rows().into_iter().zip(labels).map(|(row, &label)| (row[1] - row[0], label)).collect();
    scored.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut negatives, mut area) = (0.0, 0.0);
    for tied in scored.chunk_by(|a, b| a.0 == b.0) {
        let positive = tied.iter().filter(|(_, label)| *label == 1).count() as f64;
        let negative = tied.len() as f64 - positive;
        area += positive * (negatives + negative / 2.0);
        negatives += negative;
    }
    let positives = scored.len() as f64 - negatives;
    (positives > 0.0 && negatives > 0.0).then(|| area / (positives * negatives))
}

/// 95% interval of the score by the percentile bootstrap (Efron & Tibshirani 1993).
#[must_use]
pub fn interval(y: &Target, outputs: &Outputs, seed: u64) -> [f64; 2] {
    let n = y.len();
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut scores: Vec<f64> = (0..RESAMPLES)
        .map(|_| score(y, outputs, &(0..n).map(|_| random.random_range(0..n)).collect::<Vec<_>>()))
        // A resample of equal values has no R².
        .filter(|score| score.is_finite())
        .collect();
    scores.sort_by(f64::total_cmp);
    let quantile = |q: f64| {
        let at = q * (scores.len().saturating_sub(1)) as f64;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "an index between 0 and the length"
        )]
        scores.get(at.round() as usize).copied().unwrap_or(f64::NAN)
    };
    [quantile(0.025), quantile(0.975)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn two(labels: &[usize]) -> Target {
        Target::Classes { labels: labels.to_vec(), classes: 2 }
    }

    #[test]
    fn scores_follow_their_definitions() {
        let y = Target::Values(vec![1.0, 2.0, 3.0]);
        assert_eq!(score(&y, &array![[1.0], [2.0], [2.0]], &[0, 1, 2]), 0.5);
        let (y, outputs) = (two(&[0, 0, 0, 1]), array![[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 2.0]]);
        assert_eq!(score(&y, &outputs, &[0, 1, 2, 3]), 0.75);
        let likelihood = -loss(&two(&[1]), &array![[0.0, 3.0_f64.ln()]]);
        assert!((likelihood - 0.75_f64.ln()).abs() < 1e-12, "{likelihood}");
        assert_eq!(balanced_accuracy(&y, &outputs), Some((2.0 / 3.0 + 1.0) / 2.0));
        assert_eq!(auroc(&y, &outputs), Some(1.0));
        assert_eq!(auroc(&two(&[0, 1, 0, 1]), &Array2::zeros((4, 2))), Some(0.5));
    }

    #[test]
    fn an_interval_holds_the_score_and_a_seed_repeats_it() {
        let y = two(&(0..200).map(|i| i % 2).collect::<Vec<_>>());
        let outputs =
            Array2::from_shape_fn((200, 2), |(i, class)| f64::from(u8::from((i / 2 % 5 != 0) == (i % 2 == class))));
        let [low, high] = interval(&y, &outputs, 1);
        assert!(low < 0.8 && 0.8 < high && high - low < 0.15, "{low} {high}");
        assert_eq!([low, high], interval(&y, &outputs, 1));
    }
}
