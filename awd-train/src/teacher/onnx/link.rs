//! What the outputs of a network are.

use crate::attribution::centred;
use crate::data::Target;
use ndarray::{Array2, Axis, concatenate};

/// What the outputs of a network are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// A value.
    Identity,
    /// A logit for each class.
    Logits,
    /// A probability for each class.
    Probabilities,
    /// The logit of the second of two classes.
    Logit,
    /// The probability of the second of two classes.
    Probability,
}

impl Link {
    /// Detects what these outputs are, given the kind of the targets. Nothing if they do not fit.
    pub fn of(y: &Target, outputs: &Array2<f32>) -> Option<Self> {
        let probabilities = outputs.iter().all(|p| (0.0..=1.0).contains(p));
        let normalised = outputs.rows().into_iter().all(|row| (row.sum() - 1.0).abs() < 1e-3);
        match (y, outputs.ncols()) {
            (Target::Values(_), 1) => Some(Self::Identity),
            (Target::Classes { classes, .. }, n) if n == *classes => {
                Some(if probabilities && normalised { Self::Probabilities } else { Self::Logits })
            }
            (Target::Classes { classes: 2, .. }, 1) => {
                Some(if probabilities { Self::Probability } else { Self::Logit })
            }
            _ => None,
        }
    }

    /// How many outputs fit these targets, as the bound of an error.
    pub fn bound(y: &Target) -> String {
        match y {
            Target::Values(_) => "1, because y_train has values".into(),
            Target::Classes { classes, .. } => format!("{classes}, one per class of y_train"),
        }
    }

    /// Whether the outputs are of the second of two classes alone.
    pub const fn is_of_second(self) -> bool {
        matches!(self, Self::Logit | Self::Probability)
    }

    /// Converts the outputs to those of a [`Function`](crate::attribution::Function).
    pub fn outputs(self, outputs: Array2<f32>) -> Array2<f32> {
        let two = |logit: fn(f32) -> f32| {
            let second = outputs.column(0).mapv(|output| logit(output) / 2.0).insert_axis(Axis(1));
            concatenate![Axis(1), -&second, second]
        };
        match self {
            Self::Identity => outputs,
            Self::Logits => centred(outputs),
            Self::Probabilities => centred(outputs.mapv(|p| p.max(f32::MIN_POSITIVE).ln())),
            Self::Logit => two(|logit| logit),
            // An f32 near 1 does not resolve smaller differences from 1.
            Self::Probability => two(|p| (p.max(f32::EPSILON) / (1.0 - p).max(f32::EPSILON)).ln()),
        }
    }
}
