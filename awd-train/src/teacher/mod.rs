//! Networks that are distilled: those that are trained here, and those from elsewhere, as ONNX.

#[cfg(feature = "teacher")]
mod native;
#[cfg(feature = "onnx")]
mod onnx;

#[cfg(feature = "teacher")]
pub use native::{Arch, Shape, Teacher, Trained, Training, outputs, train};
#[cfg(feature = "onnx")]
pub use onnx::Onnx;
