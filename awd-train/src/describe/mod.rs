//! Descriptions of a model: as JSON, as text, and the names of its features.

mod json;
mod names;
mod text;

pub use json::json;
pub use names::{band, input, kernel_name};
pub use text::text;
