//! Distils a trained network into a wavelet and a sparse readout.

pub mod data;
pub mod device;
pub mod distil;
pub mod error;
pub mod file;
mod optimise;
pub mod progress;
#[cfg(feature = "teacher")]
pub mod teacher;
pub mod wavelet;

pub use error::{Error, Result};
