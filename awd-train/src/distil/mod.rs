//! Distillation: the wavelet in which signals and attributions are sparse.

pub mod objective;
pub mod search;

pub use objective::{Objective, Value};
pub use search::{Found, catalogue, search};
