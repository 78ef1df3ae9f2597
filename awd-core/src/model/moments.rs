//! Training statistics of a band.

use serde::{Deserialize, Serialize};

/// Mean and standard deviation over windows of ln(Σc² + 10⁻⁶σ²) of a band: the feature
/// [`LogEnergy`](crate::Feature::LogEnergy).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Moments {
    /// Mean.
    pub mean: f32,
    /// Standard deviation, more than 0.
    pub deviation: f32,
}
