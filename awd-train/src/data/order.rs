//! Whether training windows stand in an order that makes folds too easy.

use super::{Dataset, Target};

/// Standard errors by which neighbours must be more alike than by chance.
const ERRORS: f64 = 5.0;

/// Fewer windows tell nothing.
const LEAST: usize = 40;

impl Dataset {
    /// A sentence where neighbouring training windows have targets that are far more alike than by chance, and no groups say which
    /// belong together. Windows that are sorted by their targets are no reason for one.
    #[must_use]
    pub fn order_note(&self) -> Option<String> {
        let alike = self.groups.is_none()
            && match &self.train.y {
                Target::Values(values) => values_are_alike(values),
                Target::Classes { labels, classes } => labels_are_alike(labels, *classes),
            };
        alike.then(|| {
            "Neighbouring training windows have targets that are far more alike than by chance. If windows follow one another in time, \
             folds that are dealt at random are too easy, and what is validated too high: name groups, or deal in blocks (--folds \
             blocked)."
                .into()
        })
    }
}

/// By the autocorrelation of neighbours.
fn values_are_alike(values: &[f64]) -> bool {
    let n = values.len();
    let mean = values.iter().sum::<f64>() / n as f64;
    let variance: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let both: f64 = values.iter().zip(&values[1..]).map(|(a, b)| (a - mean) * (b - mean)).sum();
    let sorted = values.is_sorted() || values.iter().rev().is_sorted();
    n >= LEAST && !sorted && variance > 0.0 && both / variance > ERRORS / (n as f64).sqrt()
}

/// By how often the class changes.
fn labels_are_alike(labels: &[usize], classes: usize) -> bool {
    let n = labels.len();
    if n < LEAST {
        return false;
    }
    let changes = labels.iter().zip(&labels[1..]).filter(|(a, b)| a != b).count();
    let share = |class| labels.iter().filter(|&&label| label == class).count() as f64 / n as f64;
    let by_chance = 1.0 - (0..classes).map(|class| share(class).powi(2)).sum::<f64>();
    let (mean, error) = (by_chance * (n - 1) as f64, (by_chance * (1.0 - by_chance) * (n - 1) as f64).sqrt());
    // Class by class there are as few changes as there can be.
    changes >= classes && (changes as f64) < mean - ERRORS * error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_that_are_alike_are_told_from_chance_and_from_sorted_ones() {
        let drawn = |i: usize| (i * i * 7 + i * 3) % 11;
        let labels = |of: &dyn Fn(usize) -> usize| (0..300).map(of).collect::<Vec<usize>>();
        assert!(!labels_are_alike(&labels(&|i| drawn(i) % 2), 2));
        assert!(!labels_are_alike(&labels(&|i| i / 150), 2));
        assert!(labels_are_alike(&labels(&|i| i / 10 % 2), 2));
        let values = |of: &dyn Fn(usize) -> f64| (0..300).map(of).collect::<Vec<f64>>();
        assert!(!values_are_alike(&values(&|i| drawn(i) as f64)));
        assert!(!values_are_alike(&values(&|i| i as f64)));
        assert!(values_are_alike(&values(&|i| (i as f64 / 9.0).sin())));
        assert!(!values_are_alike(&[1.0; 300]));
    }
}
