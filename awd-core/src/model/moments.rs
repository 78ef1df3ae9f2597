//! What a band looked like in training.

use serde::{Deserialize, Serialize};

/// Mean and standard deviation of ln(Σc² + 10⁻⁶σ²) of a band over windows: the feature [`LogEnergy`](crate::Feature::LogEnergy).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Moments {
    /// Mean.
    pub mean: f32,
    /// Standard deviation, more than 0.
    pub deviation: f32,
}
