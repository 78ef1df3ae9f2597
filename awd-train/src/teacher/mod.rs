//! Networks that are distilled: trained here, or imported as ONNX.

mod attribute;
mod gradients;
#[cfg(feature = "teacher")]
mod native;
#[cfg(feature = "onnx")]
mod onnx;
mod source;

pub use attribute::{Attributed, attribute_files};
pub use gradients::gradients;
#[cfg(feature = "teacher")]
pub use native::{Arch, Shape, Teacher, Trained, Training, outputs, train};
#[cfg(feature = "onnx")]
pub use onnx::Onnx;
pub use source::{Loaded, Source};
