//! Distils a trained network into one adaptive wavelet and a sparse linear readout: a model of a few hundred bytes that
//! `awd-core` scores on a microcontroller.
//!
//! | module | what it does |
//! |---|---|
//! | [`data`] | data sets from arrays ([`data::Dataset::builder`]) or files ([`data::Dataset::read`]) |
//! | [`teacher`] | networks: trained here, or loaded as ONNX |
//! | [`attribution`] | gradients of a network, checked, and path methods over them |
//! | [`distil`] | the wavelet and its readout, chosen by cross-validation inside the training split |
//! | [`evaluate`] | scores on the test split, with intervals, beside the teacher, baselines and rivals |
//! | [`score`] | scores of windows on this computer, with the same bits as on the board |
//! | [`device`] | boards: push a model, score, verify |
//! | [`describe`], [`report`], [`export`] | a model as text, JSON, a page with figures, or source code |
//! | [`cluster`] | ranks under MPI, which together compute the same result as one |
//! | `cli` | the command line of the program `awd` (feature `cli`) |
//!
//! From arrays to scores:
//!
#![cfg_attr(feature = "teacher", doc = "```")]
#![cfg_attr(not(feature = "teacher"), doc = "```ignore")]
//! use awd_train::attribution::{Method, attribute};
//! use awd_train::data::Dataset;
//! use awd_train::distil::{Options, distil};
//! use awd_train::evaluate::{Predictor, evaluate};
//! use awd_train::progress::{Context, silent};
//! use awd_train::score::predict;
//! use awd_train::teacher::{Arch, Training, train};
//! use ndarray::Array2;
//!
//! // Sines of two frequencies, in windows of 32 samples.
//! let pitch = |i: usize| if i % 2 == 0 { 0.4_f32 } else { 0.7 };
//! let x = |n: usize| Array2::from_shape_fn((n, 32), |(i, t)| (pitch(i) * t as f32 + (n + i) as f32).sin());
//! let y = |n: usize| (0..n).map(|i| i % 2).collect::<Vec<usize>>();
//! let data = Dataset::builder(x(80), y(80)).test(x(60), y(60)).build()?;
//!
//! let teacher = train(&data, &Training::new(Arch::Rocket, 1), &silent)?.teacher;
//! let gradients = attribute(&Method::Saliency, &data.train().x, &teacher, &silent)?;
//! let options = Options { max_parameters: 20, ..Options::default() };
//! let model = distil(&data, Some(&gradients), &options, Context::default())?.model;
//! let others = vec![Predictor::teacher(&teacher, &data.test().x)?];
//! let table = evaluate(&data, &model, others, 1, Context::default())?;
//! assert!(table.rows[0].score > 0.9, "{table:?}");
//! assert_eq!(predict(&model, &data.test().x).dim(), (60, 2));
//! # Ok::<(), awd_train::Error>(())
//! ```
#![cfg_attr(not(test), deny(clippy::disallowed_methods))]
// A library prints nothing. The command line does not use these macros either: they panic if the stream cannot be written.
#![warn(clippy::print_stderr, clippy::print_stdout)]

// The command line uses the library by its name, like any other program.
#[cfg(feature = "cli")]
extern crate self as awd_train;

pub mod attribution;
pub mod augment;
#[cfg(feature = "cli")]
#[expect(clippy::doc_markdown, reason = "the help shows doc comments as they are")]
pub mod cli;
pub mod cluster;
pub mod data;
pub mod describe;
#[cfg(feature = "board")]
pub mod device;
pub mod distil;
pub mod error;
pub mod evaluate;
pub mod explain;
pub mod export;
pub mod file;
#[cfg(test)]
pub(crate) mod fixtures;
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
pub mod score;
pub mod simulate;
pub mod suggest;
pub mod teacher;
pub mod wavelet;

pub use error::{Error, Next, Result};
pub use model::Model;
