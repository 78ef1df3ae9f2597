//! Sparse readouts: which features, and with what weights.

mod all;
mod calibrate;
mod deploy;
mod features;
mod fit;
mod fixed;
mod histograms;
mod lesson;
mod predict;
mod select;
mod slopes;

/// Lines of images that are transformed at a time.
pub const LINES: usize = 8;

pub use all::{All, Columns};
pub use calibrate::slope;
pub use deploy::{PENALTIES, Transform};
pub use features::Candidates;
pub(crate) use features::of_histograms;
pub use fit::{Fitted, dense};
pub use fixed::{in_fixed_point, limit};
pub(crate) use histograms::bins;
pub use histograms::histograms;
pub use lesson::Lesson;
pub use predict::{predict, predict_fixed};
pub(crate) use select::pooled;
pub use select::{Chosen, Curve, Losses, Standardised, best, path};
pub use slopes::Slopes;
