//! Sparse readouts: which features, and with what weights.

mod deploy;
mod features;
mod fit;
mod select;

pub use deploy::{PENALTIES, Transform, predict};
pub use features::{candidates, features};
pub use fit::{Fitted, dense};
pub(crate) use select::pooled;
pub use select::{Chosen, Standardised, cross_validate, path};
