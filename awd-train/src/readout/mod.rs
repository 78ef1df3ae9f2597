//! Sparse readouts: which features, and with what weights.

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

/// Windows that readouts are chosen by at most, and the samples that they have all together: a table of their candidates is held,
/// several times.
const MOST: usize = 1 << 14;
const SAMPLES: usize = 1 << 23;

/// How many windows of so many samples readouts are chosen by at most.
#[must_use]
pub fn most(window: usize) -> usize {
    MOST.min(SAMPLES / window.max(1))
}

/// What a model may have at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Deployed parameters for each output.
    pub parameters: usize,
    /// Instructions of a score on a Cortex-M4F, as they are estimated; of images nothing is estimated.
    pub instructions: Option<u32>,
}

impl Budget {
    /// So many parameters for each output, and any instructions.
    #[must_use]
    pub const fn of(parameters: usize) -> Self {
        Self { parameters, instructions: None }
    }
}

pub use aim::Aim;
pub use all::{All, Columns};
pub use calibrate::slope;
pub use costs::Costs;
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
