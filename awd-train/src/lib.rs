//! Distils a trained network into a wavelet and a sparse readout.
#![cfg_attr(not(test), deny(clippy::disallowed_methods))]
// A library says nothing by itself.
#![warn(clippy::print_stderr, clippy::print_stdout)]

pub mod attribution;
pub mod augment;
pub mod cluster;
pub mod data;
#[cfg(feature = "board")]
pub mod device;
pub mod distil;
pub mod error;
pub mod evaluate;
pub mod explain;
pub mod export;
pub mod file;
pub mod import;
pub mod interrupt;
pub mod metric;
pub mod model;
mod optimise;
pub mod progress;
pub mod readout;
#[cfg(feature = "pictures")]
pub mod report;
pub mod repository;
pub mod rocket;
pub mod simulate;
pub mod suggest;
pub mod teacher;
pub mod wavelet;

pub use error::{Error, Next, Result};
pub use model::Model;
