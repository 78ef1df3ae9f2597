//! The options of a training.

use super::Arch;
use std::path::PathBuf;

/// What is trained, and how.
#[derive(Debug, Clone)]
pub struct Training {
    /// Kind of network. If none is given, several are trained, and the best on left-out windows is kept.
    pub arch: Option<Arch>,
    /// Determines the initial weights, the folds and the order of the windows.
    pub seed: u64,
    /// Whether classes count equally, however many windows they have.
    pub balanced: bool,
    /// The file to which the state is written after every pass. Training resumes from it if data and options are the
    /// same, and removes it at the end. Further networks have files next to it.
    pub checkpoint: Option<PathBuf>,
}

impl Training {
    /// Options with a seed; classes count by their number of windows, and no checkpoint is written.
    #[must_use]
    pub const fn new(arch: Arch, seed: u64) -> Self {
        Self { arch: Some(arch), seed, balanced: false, checkpoint: None }
    }
}
