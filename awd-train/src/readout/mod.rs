//! Sparse readouts: the selected features and their weights.

mod aim;
mod all;
mod assemble;
mod calibrate;
mod costs;
mod deploy;
mod features;
mod fit;
mod fitted;
mod fixed;
mod forward;
mod histograms;
mod select;
mod slopes;
mod standardised;
mod transform;

/// Maximum number of windows for a selection, and of their samples in total: several copies of the table of candidates
/// are held in memory.
const MAX_WINDOWS: usize = 1 << 14;
const MAX_SAMPLES: usize = 1 << 23;

/// The maximum number of windows of `window` samples for a selection.
#[must_use]
pub fn most(window: usize) -> usize {
    MAX_WINDOWS.min(MAX_SAMPLES / window.max(1))
}

/// The limits of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Deployed parameters for each output.
    pub parameters: usize,
    /// What scores on the device.
    pub target: Platform,
    /// Estimated instructions of a score there. There is no estimate for images.
    pub instructions: Option<u32>,
    /// Estimated bytes of flash of generated code.
    pub flash: Option<u32>,
}

impl Budget {
    /// A number of parameters for each output, without a limit on instructions or flash.
    #[must_use]
    pub const fn of(parameters: usize) -> Self {
        Self { parameters, target: Platform::File, instructions: None, flash: None }
    }
}

pub use aim::Aim;
pub use all::{All, Columns};
pub use calibrate::slope;
pub use costs::{Costs, Estimate, PARTS, Part, Platform};
pub use deploy::PENALTIES;
pub(crate) use deploy::{are_few, learns_from_teachers};
pub use features::Candidates;
pub(crate) use features::of_histograms;
pub use fit::dense;
pub use fitted::{Fitted, Input};
pub use fixed::{in_fixed_point, limit};
pub(crate) use histograms::bins;
pub use histograms::histograms;
pub(crate) use select::pooled;
pub use select::{Chosen, Curve, Losses, Method};
pub use slopes::Slopes;
pub use standardised::Standardised;
pub use transform::Transform;
