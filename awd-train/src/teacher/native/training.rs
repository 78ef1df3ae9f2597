//! The options of a training.

use super::Arch;
use std::path::PathBuf;

/// What is trained, and how.
#[derive(Debug, Clone)]
pub struct Training {
    /// Kind of network; without one several are trained, and the best by the windows that were left out stays.
    pub arch: Option<Arch>,
    /// Decides weights, the folds and the order of the windows.
    pub seed: u64,
    /// Whether classes count alike, however many windows they have.
    pub balanced: bool,
    /// Where the state is kept after every pass; training goes on from there, if it was of the same data and the same words,
    /// and the file is gone when it is done. Of further networks it is in files beside.
    pub checkpoint: Option<PathBuf>,
}

impl Training {
    /// With a seed; classes count by their windows, and nothing is kept.
    #[must_use]
    pub const fn new(arch: Arch, seed: u64) -> Self {
        Self { arch: Some(arch), seed, balanced: false, checkpoint: None }
    }
}
