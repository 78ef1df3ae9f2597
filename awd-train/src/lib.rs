//! Distils a trained network into a wavelet and a sparse readout.
#![cfg_attr(not(test), deny(clippy::disallowed_methods))]
// A library says nothing by itself.
#![warn(clippy::print_stderr, clippy::print_stdout)]

pub mod attribution;
pub mod data;
#[cfg(feature = "board")]
pub mod device;
pub mod differences;
pub mod distil;
pub mod error;
pub mod evaluate;
pub mod explain;
pub mod export;
pub mod file;
pub mod function;
pub mod gate;
pub mod growing;

pub mod import;
pub mod interrupt;
pub mod metric;
pub mod model;
pub mod network;
#[cfg(feature = "onnx")]
pub mod onnx;
mod optimise;
pub mod progress;
pub mod ranks;
pub mod readout;
#[cfg(feature = "pictures")]
pub mod report;
pub mod repository;
pub mod rocket;
pub mod simulate;
mod steps;
pub mod suggest;
#[cfg(feature = "teacher")]
pub mod teacher;
pub mod wavelet;

pub use error::{Error, Result};
pub use model::Model;
