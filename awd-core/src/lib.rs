//! The part of `awd` that flies: a lifting wavelet transform, features of its bands and a sparse readout.
//!
//! A [`Model`] is read from one small file and validated once; after that nothing it does can fail. It turns windows
//! of samples into [`Scores`] in work space that the caller provides. The host trains with this very code, so the
//! board and the host give the same bits.
//!
//! | module | what it holds |
//! |---|---|
//! | [`scalar`] | what a sample must be able to do; `f32` and `f64` |
//! | [`fixed`] | `i16` with Q1.14 taps: no floating-point unit, and windows that come back bit for bit |
//! | [`step`], [`lifting`] | one level of the transform as a ladder of reversible two-tap steps |
//! | [`ladders`] | one ladder for all levels, or one a level |
//! | [`boundary`] | what stands beyond the ends of a window, and how long the bands are |
//! | dual | [`Lifting::dual`]: the wavelet of the synthesis, and with it gradients of coefficients |
//! | [`named`] | wavelets by name, to do without the trainer |
//! | [`dwt`] | the transform of several levels, and its inverse |
//! | [`layout`], [`unrolled`] | the same for a shape that is known at compile time, at a fraction of the instructions |
//! | [`batch`] | the transform of many windows at once, on a host |
//! | [`dwt2`] | the transform of images, in place |
//! | [`packets`] | details that are split again |
//! | [`kernel`] | what a band of images would have at any place |
//! | [`peaks`] | peaks of images, and bins for their heights |
//! | [`image`] | images into bands, themselves and histograms of their peaks among them |
//! | [`features`] | numbers that describe a band |
//! | [`readout`] | weighted sums of features: a value, or the logits of classes |
//! | [`model`] | all that the device needs to know, read in place from its file and validated |
//! | [`scorer`] | windows, images, streams and many tracks in, scores out |
//! | [`health`] | whether the instrument still sees what the model was trained on |
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

pub mod batch;
pub mod boundary;
mod dual;
pub mod dwt;
pub mod dwt2;
pub mod error;
pub mod features;
pub mod fixed;
pub mod health;
pub mod image;
pub mod kernel;
pub mod ladders;
pub mod layout;
mod levels;
pub mod lifting;
pub mod model;
pub mod named;
pub mod packets;
pub mod peaks;
pub mod readout;
mod rows;
pub mod scalar;
pub mod scorer;
pub mod step;
mod unroll;
pub mod unrolled;

pub use boundary::Boundary;
pub use dwt::Dwt;
pub use error::{FormatError, Invalid};
pub use features::{Feature, Term};
pub use fixed::Q14;
pub use health::Health;
pub use layout::Layout;
pub use lifting::{Ladder, Lifting};
pub use model::{Arithmetic, Model, Provenance};
pub use readout::{Kind, Scores};
pub use scalar::{Scalar, Tap};
pub use scorer::{FixedScores, Scorer};
pub use step::Step;
pub use unrolled::Unrolled;

/// The README's code runs.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
