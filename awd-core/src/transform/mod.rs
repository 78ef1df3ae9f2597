//! The transform of windows, batches of windows, images and wavelet packets, and specialised code for layouts known at
//! compile time; in `f32`, `f64` and 16-bit integers.

#[cfg(feature = "training")]
mod adjoint;
mod apply;
pub mod batch;
pub(crate) mod boundary;
pub(crate) mod dwt;
pub(crate) mod dwt2;
pub mod fixed;
mod haar;
pub(crate) mod layout;
pub(crate) mod levels;
pub mod packets;
mod rows;
pub(crate) mod scalar;
pub(crate) mod unroll;
pub(crate) mod unrolled;
mod vectors;

pub use boundary::Boundary;
pub use dwt::{Dwt, MAX_LEVELS};
pub use dwt2::Size;
pub use fixed::Q14;
pub use layout::Layout;
pub use scalar::Scalar;
pub use unrolled::Unrolled;
pub use vectors::vectorised;
