//! The sample types of signals: `f32`, or `i16` for models in fixed point.

use super::FixedScores;
use crate::{Arithmetic, Invalid, Model, Scalar, Scores};

/// A sample of a [`Stream`](super::Stream) or of [`Tracks`](super::Tracks): `f32`, or `i16` for a model in fixed point.
pub trait Sample: Scalar + sealed::Sealed {
    /// The scores of a window of such samples.
    type Scores;

    /// Checks that the model scores such samples.
    ///
    /// # Errors
    /// The samples are integers and the model is not in fixed point.
    #[doc(hidden)]
    fn check(model: &Model<'_>) -> Result<(), Invalid>;

    /// Scores one window.
    ///
    /// # Errors
    /// Those of [`Model::score`] or of [`Model::score_fixed`].
    #[doc(hidden)]
    fn score(model: &Model<'_>, window: &mut [Self], work: &mut [Self]) -> Result<Self::Scores, Invalid>;
}

/// Prevents implementations of [`Sample`] in other crates.
mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for i16 {}
}

impl Sample for f32 {
    type Scores = Scores;

    #[inline(always)]
    fn check(_: &Model<'_>) -> Result<(), Invalid> {
        Ok(())
    }

    #[inline(always)]
    fn score(model: &Model<'_>, window: &mut [Self], work: &mut [Self]) -> Result<Scores, Invalid> {
        model.score(window, work)
    }
}

impl Sample for i16 {
    type Scores = FixedScores;

    fn check(model: &Model<'_>) -> Result<(), Invalid> {
        Invalid::Fixed.unless(model.arithmetic() != Arithmetic::Float)
    }

    #[inline(always)]
    fn score(model: &Model<'_>, window: &mut [Self], work: &mut [Self]) -> Result<FixedScores, Invalid> {
        model.score_fixed(window, work)
    }
}
