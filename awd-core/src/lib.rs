//! The part of `awd` that runs on the instrument: a lifting wavelet transform, features of its bands and a sparse linear readout.
//!
//! A [`Model`] is read in place from one small file and validated once; after that scoring fails only where a buffer is too short. It turns
//! windows of samples into [`Scores`] in work space that the caller provides. The host trains with this very code, so that the board and the
//! host give the same bits.
//!
//! | module | what it holds |
//! |---|---|
//! | [`wavelet`] | lifting schemes: one level of the transform as reversible steps of two taps; wavelets by name |
//! | [`transform`] | the transform of windows, of many side by side, of images and packets, in `f32`, `f64` and 16-bit integers |
//! | [`features`] | numbers that describe a band, and what is counted in images |
//! | [`model`] | all that the device needs to know, read in place from its file and validated |
//! | [`score`] | windows, images, streams and many tracks in, scores out |
//! | [`health`] | whether the instrument still sees what the model was trained on |
//! | [`error`] | what is refused, by codes |
//!
//! What it does not do: it does not allocate, panic, log, train, or know where samples come from. Packets have their
//! transform only.
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

/// The README's code runs.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
