//! Scores of predictions against targets.

mod sums;

use crate::data::Target;
use ndarray::{Array2, ArrayView1};

pub use sums::{Measure, Sums, measures};

/// The outputs of a predictor for each window: a value, or a logit for every class (n, 1 or classes).
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
            let right =
                labels.iter().zip(outputs.rows()).filter(|(label, logits)| class(*logits) == Some(**label)).count();
            right as f64 / labels.len() as f64
        }
    }
}

/// The loss of each row, by which choices inside the training split are made. For values it is the squared error in
/// units of their variance, so that the mean is 1 − R². For classes it is the negative log-likelihood, which depends on
/// every window, while the accuracy of a few hundred windows is mostly chance (Gneiting & Raftery 2007, proper scores).
#[must_use]
pub fn losses(y: &Target, outputs: &Outputs) -> Vec<f64> {
    match y {
        Target::Values(values) => {
            let n = values.len() as f64;
            let mean = values.iter().sum::<f64>() / n;
            let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / n;
            // Constant values have no variance to divide by.
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

/// −ln p, where p is the probability that logits give to a class. Infinite if a logit is not finite.
#[must_use]
pub fn surprise(logits: ArrayView1<'_, f64>, class: usize) -> f64 {
    if !finite(logits) {
        return f64::INFINITY;
    }
    let highest = logits.fold(f64::NEG_INFINITY, |a, &b| a.max(b));
    highest + logits.iter().map(|logit| (logit - highest).exp()).sum::<f64>().ln() - logits[class]
}

/// Whether all logits are finite. If one is not, no class is predicted, which counts as wrong.
fn finite(logits: ArrayView1<'_, f64>) -> bool {
    logits.iter().all(|logit| logit.is_finite())
}

/// The number by which windows of two classes are ranked: the logit of class 1 less that of class 0. If a logit is not
/// finite, it is the infinity that is farthest from the window's own class, `label`.
#[must_use]
pub fn rank(logits: ArrayView1<'_, f64>, label: usize) -> f64 {
    match (finite(logits), label) {
        // Adding 0 removes the sign of −0, so that zeros are tied.
        (true, _) => logits[1] - logits[0] + 0.0,
        (false, 0) => f64::INFINITY,
        (false, _) => f64::NEG_INFINITY,
    }
}

/// The class of the highest logit, the first of equals. `None` if a logit is not finite.
#[must_use]
pub fn class(logits: ArrayView1<'_, f64>) -> Option<usize> {
    if !finite(logits) {
        return None;
    }
    let mut highest = 0;
    for (i, logit) in logits.iter().enumerate() {
        if *logit > logits[highest] {
            highest = i;
        }
    }
    Some(highest)
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
        assert_eq!(class(array![1.0, 2.0, 2.0].view()), Some(1));
    }

    #[test]
    fn outputs_that_are_not_finite_are_wrong_and_have_no_class() {
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            for logits in [array![bad, 0.0], array![0.0, bad]] {
                assert_eq!(class(logits.view()), None, "{logits}");
                assert_eq!([0, 1].map(|label| surprise(logits.view(), label)), [f64::INFINITY; 2], "{logits}");
                assert_eq!([0, 1].map(|label| rank(logits.view(), label)), [f64::INFINITY, f64::NEG_INFINITY]);
            }
            let outputs = array![[bad, 0.0], [0.0, bad], [1.0, 0.0], [0.0, 1.0]];
            assert_eq!(score(&two(&[0, 0, 0, 0]), &outputs), 0.25);
            assert_eq!(score(&two(&[1, 1, 1, 1]), &outputs), 0.25);
        }
    }
}
