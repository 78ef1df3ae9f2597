//! The part of `awd` that runs on the instrument: a lifting wavelet transform, features of its bands and a sparse
//! linear readout.
//!
//! A [`Model`] is read in place from one small file and validated once. After that, scoring fails only if a buffer is
//! too short. Scoring turns windows of samples into [`Scores`] and uses work space that the caller provides. The host
//! trains with this same code, so board and host compute the same bits.
//!
//! | module | contents |
//! |---|---|
//! | [`wavelet`] | lifting schemes: one level of the transform as invertible steps of two taps; named wavelets |
//! | [`transform`] | the transform of windows, batches of windows, images and wavelet packets, in `f32`, `f64` and 16-bit integers |
//! | [`features`] | features of a band, and histograms of the peaks of an image |
//! | [`model`] | the model, read in place from its file and validated |
//! | [`score`] | scores of windows, images, streams and many signals at once |
//! | [`health`] | drift detection: does the instrument still see data like the training data? |
//! | [`error`] | error codes |
//!
//! The crate does not allocate, panic, log or train, and it does not acquire samples. For wavelet packets it has only
//! the transform, no features or scores.
//!
//! ```
//! use awd_core::{Boundary, Dwt, Lifting, Step};
//!
//! // The Haar wavelet, unscaled: a sum and half a difference.
//! let haar = Lifting::new(2, [0, 1], &[Step::new(0, [1.0, 0.0]), Step::new(0, [-0.5, 0.0])]).unwrap();
//! let dwt = Dwt::new(haar, Boundary::Periodization, 2);
//! let mut work = [0.0_f64; 16];
//! let mut energy = 0.0;
//! dwt.analyze(&[4.0, 2.0, 5.0, 5.0], &mut work, |_band, coefficients| {
//!     energy += coefficients.iter().map(|c| c * c).sum::<f64>();
//! })
//! .unwrap();
//! assert_eq!(energy, (-1.0_f64).powi(2) + 0.0 + 2.0_f64.powi(2) + 16.0_f64.powi(2));
//! ```
#![no_std]

pub mod error;
pub mod features;
pub mod health;
pub mod model;
pub mod score;
pub mod transform;
pub mod wavelet;

pub use error::{FormatError, Invalid};
pub use features::{Feature, Term};
pub use health::Health;
pub use model::{Arithmetic, Kind, Model, Provenance};
pub use score::{FixedScores, Scorer, Scores};
pub use transform::{Boundary, Dwt, Layout, Q14, Scalar, Unrolled};
pub use wavelet::{Lifting, Scheme, Step, Tap, named};

/// Runs the code in the README as a doc test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
