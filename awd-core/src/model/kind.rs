//! The meaning of a model's outputs.

use serde::{Deserialize, Serialize};

/// The maximum number of outputs.
pub const MAX_OUTPUTS: usize = 8;

/// The meaning of the outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Kind {
    /// Each output is a predicted value.
    Linear,
    /// Output i is the logit of class i + 1; the logit of class 0 is 0. Softmax does not change when a constant is
    /// added to all logits, so one class needs no parameters. Two classes are logistic regression: one output, ln(p /
    /// (1 − p)) for the probability p of class 1.
    Softmax,
}
