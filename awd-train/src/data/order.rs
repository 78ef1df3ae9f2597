//! Detects training windows in an order that makes random folds too easy.

use super::{Dataset, Target};

/// Neighbours count as alike if they exceed chance by this many standard errors.
const ERRORS: f64 = 5.0;

/// With fewer windows there is no decision.
const LEAST: usize = 40;

impl Dataset {
    /// A note if neighbouring training windows have targets that are far more alike than by chance, and there are no
    /// groups. Windows that are sorted by their targets get no note.
    #[must_use]
    pub fn order_note(&self) -> Option<String> {
        let alike = self.groups.is_none()
            && match &self.train.y {
                Target::Values(values) => values_are_alike(values),
                Target::Classes { labels, classes } => labels_are_alike(labels, *classes),
            };
        alike.then(|| {
            "Neighbouring training windows have targets that are far more similar than by chance. If windows follow one another in time, \
             random folds are too easy and the cross-validated score is too high: name groups, or use blocked folds (--folds \
             blocked)."
                .into()
        })
    }
}

/// Decides by the autocorrelation of neighbours.
fn values_are_alike(values: &[f64]) -> bool {
    let n = values.len();
    let mean = values.iter().sum::<f64>() / n as f64;
    let variance: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let both: f64 = values.iter().zip(&values[1..]).map(|(a, b)| (a - mean) * (b - mean)).sum();
    let sorted = values.is_sorted() || values.iter().rev().is_sorted();
    n >= LEAST && !sorted && variance > 0.0 && both / variance > ERRORS / (n as f64).sqrt()
}

/// Decides by how often the class changes.
fn labels_are_alike(labels: &[usize], classes: usize) -> bool {
    let n = labels.len();
    if n < LEAST {
        return false;
    }
    let changes = labels.iter().zip(&labels[1..]).filter(|(a, b)| a != b).count();
    let share = |class| labels.iter().filter(|&&label| label == class).count() as f64 / n as f64;
    let by_chance = 1.0 - (0..classes).map(|class| share(class).powi(2)).sum::<f64>();
    let (mean, error) = (by_chance * (n - 1) as f64, (by_chance * (1.0 - by_chance) * (n - 1) as f64).sqrt());
    // Windows sorted by class have the fewest possible changes, `classes` − 1.
    changes >= classes && (changes as f64) < mean - ERRORS * error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alike_neighbours_are_distinguished_from_random_and_from_sorted_ones() {
        let drawn = |i: usize| (i * i * 7 + i * 3) % 11;
        let labels = |label: &dyn Fn(usize) -> usize| (0..300).map(label).collect::<Vec<usize>>();
        assert!(!labels_are_alike(&labels(&|i| drawn(i) % 2), 2));
        assert!(!labels_are_alike(&labels(&|i| i / 150), 2));
        assert!(labels_are_alike(&labels(&|i| i / 10 % 2), 2));
        let values = |value: &dyn Fn(usize) -> f64| (0..300).map(value).collect::<Vec<f64>>();
        assert!(!values_are_alike(&values(&|i| drawn(i) as f64)));
        assert!(!values_are_alike(&values(&|i| i as f64)));
        assert!(values_are_alike(&values(&|i| (i as f64 / 9.0).sin())));
        assert!(!values_are_alike(&[1.0; 300]));
    }
}
