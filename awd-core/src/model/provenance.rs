//! Where a model came from.

use serde::{Deserialize, Serialize};

/// What a trainer writes into a model, so that it can be made again and told from others. No score depends on it.
///
/// Hashes are CRC-64 (XZ) of what they are of, in the order and byte order that docs/model-format.md says.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Provenance {
    /// Hash of the training windows and their targets.
    pub data: u64,
    /// Hash of the teacher's attributions of those windows; none where no teacher was asked.
    pub attributions: Option<u64>,
    /// Were gradients multiplied with the samples' distance from a baseline?
    pub products: bool,
    /// Weight of the coefficients' L1 norm.
    pub lambda: f32,
    /// Weight of the attributions' L1 norm.
    pub gamma: f32,
    /// Weight of the readout's own loss; 0 where the wavelet did not see the targets.
    pub supervised: f32,
    /// Seed of everything that was drawn.
    pub seed: u64,
    /// Version of the trainer: major, minor, patch.
    pub version: [u8; 3],
}
