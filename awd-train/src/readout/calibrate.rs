//! Calibration: of all windows with predicted probability p of a class, a share p belongs to the class.

use crate::data::Target;
use crate::metric::Outputs;
use crate::optimise::minimise;

/// Maximum iterations. There is one unknown, the factor, and the loss is convex in it.
const ITERATIONS: u64 = 50;

/// A search ends when an iteration gains less than this fraction of the loss.
const TOLERANCE: f64 = 1e-9;

/// The factor of the logits (n, classes) of held-out windows that maximises the likelihood of their labels: temperature
/// scaling (Guo, Pleiss, Sun & Weinberger 2017). It changes no decision. It is folded into the weights, so it costs the
/// device nothing. Returns 1 for values.
///
/// The target probability of a window's own class is (n + 1) / (n + classes), where n windows belong to that class, as
/// in Platt 1999. Otherwise logits that separate the classes perfectly would need an infinite factor.
#[must_use]
pub fn slope(y: &Target, logits: &Outputs) -> f64 {
    let Target::Classes { labels, classes } = y else { return 1.0 };
    let count = |class: usize| labels.iter().filter(|&&label| label == class).count() as f64;
    let targets: Vec<[f64; 2]> = (0..*classes)
        .map(|class| {
            let all = count(class) + *classes as f64;
            [(count(class) + 1.0) / all, 1.0 / all]
        })
        .collect();
    let loss = |at: &[f64]| {
        // Search for the logarithm of the factor, because the factor is positive.
        let factor = at[0].exp();
        let (mut loss, mut gradient) = (0.0, 0.0);
        for (row, &label) in logits.rows().into_iter().zip(labels) {
            let [own, other] = targets[label];
            let target = |class: usize| if class == label { own } else { other };
            let highest = row.fold(f64::NEG_INFINITY, |a, &b| a.max(b));
            let odds: Vec<f64> = row.iter().map(|logit| (factor * (logit - highest)).exp()).collect();
            let total: f64 = odds.iter().sum();
            for (class, (logit, odds)) in row.iter().zip(&odds).enumerate() {
                let logit = logit - highest;
                loss -= target(class) * (factor * logit - total.ln());
                gradient += (odds / total - target(class)) * logit;
            }
        }
        let n = labels.len() as f64;
        Some((loss / n, vec![factor * gradient / n]))
    };
    minimise(loss, &[0.0], ITERATIONS, TOLERANCE).map_or(1.0, |found| found.at[0].exp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    /// Labels of three classes drawn with the probabilities of these logits.
    fn drawn(logits: &Outputs) -> Target {
        let mut random = ChaCha8Rng::seed_from_u64(3);
        let labels = logits.rows().into_iter().map(|row| {
            let odds: Vec<f64> = row.iter().map(|logit| logit.exp()).collect();
            let mut left = random.random_range(0.0..1.0) * odds.iter().sum::<f64>();
            odds.iter()
                .position(|odds| {
                    left -= odds;
                    left < 0.0
                })
                .unwrap_or(2)
        });
        Target::Classes { labels: labels.collect(), classes: 3 }
    }

    fn logits() -> Outputs {
        let mut random = ChaCha8Rng::seed_from_u64(2);
        Array2::from_shape_fn((4000, 3), |(_, class)| if class == 0 { 0.0 } else { random.random_range(-3.0..3.0) })
    }

    #[test]
    fn overconfident_and_underconfident_logits_are_corrected() {
        let y = drawn(&logits());
        for scale in [0.25, 1.0, 4.0] {
            let slope = slope(&y, &(logits() * scale));
            assert!((slope * scale - 1.0).abs() < 0.06, "{scale}: {slope}");
        }
    }

    #[test]
    fn perfect_logits_stay_finite() {
        let y = drawn(&(logits() * 200.0));
        let slope = slope(&y, &logits());
        assert!(slope > 2.0 && slope < 1e3, "{slope}");
    }

    #[test]
    fn values_have_nothing_to_calibrate() {
        assert_eq!(slope(&Target::Values(vec![1.0, 2.0]), &Array2::zeros((2, 1))), 1.0);
    }
}
