//! The provenance of a model.

use serde::{Deserialize, Serialize};

/// A record that the trainer writes into a model, so that the model can be reproduced and identified. Scores do not
/// depend on it.
///
/// Hashes are CRC-64 (XZ). docs/model-format.md defines the order of the hashed data and its byte order.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Provenance {
    /// Hash of the training windows and their targets.
    pub data: u64,
    /// Hash of the teacher's attributions for those windows; `None` if there was no teacher.
    pub attributions: Option<u64>,
    /// Whether gradients were multiplied by the samples' displacements from a baseline.
    pub products: bool,
    /// Weight of the coefficients' L1 norm.
    pub lambda: f32,
    /// Weight of the attributions' L1 norm.
    pub gamma: f32,
    /// Weight of the readout's own loss; 0 if the wavelet was trained without the targets.
    pub supervised: f32,
    /// Seed of all random numbers.
    pub seed: u64,
    /// Version of the trainer: major, minor, patch.
    pub version: [u8; 3],
}
