//! What a signal's samples are: `f32`, or integers of a model in fixed point.

use super::FixedScores;
use crate::{Arithmetic, Invalid, Model, Scalar, Scores};

/// A sample of a [`Stream`](super::Stream) or of [`Tracks`](super::Tracks): `f32`, or `i16` of a model in fixed point.
pub trait Sample: Scalar + sealed::Sealed {
    /// What a window of such samples scores.
    type Scores;

    /// Whether the model scores such samples.
    ///
    /// # Errors
    /// The samples are integers and the model is not one of fixed point.
    #[doc(hidden)]
    fn check(model: &Model<'_>) -> Result<(), Invalid>;

    /// Scores one window.
    ///
    /// # Errors
    /// Those of [`Model::score`] or of [`Model::score_fixed`].
    #[doc(hidden)]
    fn score(model: &Model<'_>, window: &mut [Self], work: &mut [Self]) -> Result<Self::Scores, Invalid>;
}

/// Nobody else implements [`Sample`].
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
