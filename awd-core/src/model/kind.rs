//! What the outputs of a model mean.

use serde::{Deserialize, Serialize};

/// Outputs of the widest readout.
pub const MAX_OUTPUTS: usize = 8;

/// What the outputs mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Kind {
    /// Each output is a predicted value.
    Linear,
    /// Output i is the logit of class i + 1; that of class 0 is 0. Softmax does not change when a constant is added
    /// to all logits, so one class needs no numbers. Two classes are logistic regression: one output, ln(p / (1 − p))
    /// of the probability p of class 1.
    Softmax,
}
