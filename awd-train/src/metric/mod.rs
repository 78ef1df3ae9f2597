//! Scores of predictions against targets.

mod sums;

use crate::data::Target;
use ndarray::{Array2, ArrayView1};

pub use sums::{Measure, Sums, measures};

/// What a predictor says of each window: a value, or a logit for every class (n, 1 or classes).
pub type Outputs = Array2<f64>;

/// The name of the main score: `r2` for values, `accuracy` for classes.
#[must_use]
pub const fn name(y: &Target) -> &'static str {
    match y {
        Target::Values(_) => "r2",
        Target::Classes { .. } => "accuracy",
    }
}

/// R² or accuracy.
#[must_use]
pub fn score(y: &Target, outputs: &Outputs) -> f64 {
    match y {
        Target::Values(_) => 1.0 - loss(y, outputs),
        Target::Classes { labels, .. } => {
            let right = labels.iter().zip(outputs.rows()).filter(|(label, logits)| class(*logits) == **label).count();
            right as f64 / labels.len() as f64
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
            labels.iter().zip(outputs.rows()).map(|(&label, logits)| surprise(logits, label)).collect()
        }
    }
}

/// The mean of the losses.
#[must_use]
pub fn loss(y: &Target, outputs: &Outputs) -> f64 {
    losses(y, outputs).iter().sum::<f64>() / y.len() as f64
}

/// −ln p, p the probability that logits give to a class.
#[must_use]
pub fn surprise(logits: ArrayView1<'_, f64>, class: usize) -> f64 {
    let highest = logits.fold(f64::NEG_INFINITY, |a, &b| a.max(b));
    highest + logits.iter().map(|logit| (logit - highest).exp()).sum::<f64>().ln() - logits[class]
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
        assert_eq!(score(&y, &array![[1.0], [2.0], [2.0]]), 0.5);
        assert_eq!(score(&two(&[0, 0, 0, 1]), &array![[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 2.0]]), 0.75);
        let likelihood = -loss(&two(&[1]), &array![[0.0, 3.0_f64.ln()]]);
        assert!((likelihood - 0.75_f64.ln()).abs() < 1e-12, "{likelihood}");
        assert_eq!(class(array![1.0, 2.0, 2.0].view()), 1);
    }
}
