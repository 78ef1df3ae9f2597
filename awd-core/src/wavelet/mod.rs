//! Wavelets: lifting schemes, one for all levels or one per level, and named wavelets.

#[cfg(feature = "training")]
mod dual;
pub(crate) mod lifting;
pub mod named;
pub(crate) mod schemes;
pub(crate) mod step;
pub(crate) mod stored;
mod tap;

pub use lifting::{Lifting, MAX_FILTER, MAX_STEPS, Scheme};
pub use schemes::{MAX_ALL_STEPS, MAX_SCHEMES};
pub use step::{MAX_TAP, Step};
pub use tap::Tap;
