//! Targets: what a model predicts of windows.

use ndarray::{Array2, Axis};
use serde::{Deserialize, Serialize};

/// The targets of windows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Target {
    /// A value for each window.
    Values(Vec<f64>),
    /// A class 0..`classes` for each window.
    Classes {
        /// The class of each window.
        labels: Vec<usize>,
        /// The number of classes.
        classes: usize,
    },
}

impl From<Vec<f64>> for Target {
    fn from(values: Vec<f64>) -> Self {
        Self::Values(values)
    }
}

/// The classes 0, 1, … up to the greatest label.
impl From<Vec<usize>> for Target {
    fn from(labels: Vec<usize>) -> Self {
        let classes = labels.iter().max().map_or(0, |greatest| greatest.saturating_add(1));
        Self::Classes { labels, classes }
    }
}

impl Target {
    /// The number of windows.
    #[must_use]
    pub const fn len(&self) -> usize {
        match self {
            Self::Values(values) => values.len(),
            Self::Classes { labels, .. } => labels.len(),
        }
    }

    /// Whether there are no windows.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of outputs of a readout: one value, or a logit for each class but the first.
    #[must_use]
    pub const fn outputs(&self) -> usize {
        match self {
            Self::Values(_) => 1,
            Self::Classes { classes, .. } => *classes - 1,
        }
    }

    /// Returns these targets, followed by `next`.
    ///
    /// # Panics
    /// `next` is of another kind.
    #[must_use]
    pub fn then(self, next: Self) -> Self {
        match (self, next) {
            (Self::Values(a), Self::Values(b)) => Self::Values([a, b].concat()),
            (Self::Classes { labels: a, classes }, Self::Classes { labels: b, classes: other }) => {
                Self::Classes { labels: [a, b].concat(), classes: classes.max(other) }
            }
            _ => panic!("targets are of one kind"),
        }
    }

    /// The targets of these windows.
    #[must_use]
    pub fn select(&self, rows: &[usize]) -> Self {
        match self {
            Self::Values(values) => Self::Values(rows.iter().map(|&i| values[i]).collect()),
            Self::Classes { labels, classes } => {
                Self::Classes { labels: rows.iter().map(|&i| labels[i]).collect(), classes: *classes }
            }
        }
    }
}

/// Windows and their targets.
#[derive(Debug, Clone)]
pub struct Samples {
    /// Windows (n, N), in the instrument's units.
    pub x: Array2<f32>,
    /// Their n targets.
    pub y: Target,
}

impl Samples {
    /// Returns these windows and their targets.
    #[must_use]
    pub fn select(&self, rows: &[usize]) -> Self {
        Self { x: self.x.select(Axis(0), rows), y: self.y.select(rows) }
    }
}
