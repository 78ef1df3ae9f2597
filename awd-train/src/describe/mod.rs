//! A model, told: as JSON, in words for people, and its features by name.

mod json;
mod names;
mod text;

pub use json::json;
pub use names::{band, input, kernel_name};
pub use text::text;
