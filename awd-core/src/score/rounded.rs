//! Scores of windows in floating point, computed in integer arithmetic: what a board without a floating-point unit serves.

use super::Scores;
use crate::model::MAX_OUTPUTS;
use crate::{Arithmetic, Invalid, Model};
use heapless::Vec;

impl Model<'_> {
    /// Length of the work space of [`Model::score_rounded`] in integer samples: a window and [`Model::work_len`].
    #[must_use]
    pub fn rounded_work_len(&self) -> usize {
        self.window() + self.work_len()
    }

    /// Scores one window of samples in the units of the training data, in integer arithmetic: the scores are those that
    /// [`Model::score_fixed`] gives for the samples divided by [`Arithmetic::Fixed::unit`](Arithmetic::Fixed), rounded to
    /// the nearest integer, halves away from zero. Returns also [`FixedScores::clamped`](crate::FixedScores::clamped).
    ///
    /// If a sample is not finite, every output is NaN: integers cannot represent it, and a sample that became zero would
    /// give a wrong score.
    ///
    /// # Errors
    /// The model is not in fixed point, the length of `x` is not [`Model::window`], or `work` is shorter than
    /// [`Model::rounded_work_len`].
    pub fn score_rounded(&self, x: &[f32], work: &mut [i16]) -> Result<(Scores, u16), Invalid> {
        let Arithmetic::Fixed { unit, .. } = self.arithmetic() else { return Err(Invalid::Fixed) };
        self.check_signal(x.len())?;
        let (counts, work) = work.split_at_mut_checked(x.len()).ok_or(Invalid::WorkLen)?;
        let finite = round(x, unit, counts);
        let fixed = self.score_fixed(counts, work)?;
        let scores = fixed.scores();
        if finite {
            return Ok((scores, fixed.clamped()));
        }
        let mut outputs: Vec<f32, MAX_OUTPUTS> = Vec::new();
        // Cannot fail: the number of outputs is at most the capacity.
        let _ = outputs.resize(scores.outputs().len(), f32::NAN);
        Ok((scores.with_outputs(outputs), fixed.clamped()))
    }
}

/// Divides the samples by the unit and rounds them; samples out of the range of the integers are set to its ends. Returns
/// whether all samples are finite.
#[inline(never)]
fn round(x: &[f32], unit: f32, counts: &mut [i16]) -> bool {
    let mut finite = true;
    for (count, sample) in counts.iter_mut().zip(x) {
        finite &= sample.is_finite();
        let quotient = sample / unit;
        // The conversion truncates, and saturates at the limits of the type.
        *count = (quotient + 0.5_f32.copysign(quotient)) as i16;
    }
    finite
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use crate::model::tests::{full_parts, parts};
    use proptest::prelude::*;
    use std::vec;

    proptest! {
        #[test]
        fn rounded_windows_score_as_their_integers(
            x in prop::array::uniform8(-32768..=32767_i32),
            offsets in prop::array::uniform8(-0.49_f32..0.49),
        ) {
            let model = full_parts().model();
            let Arithmetic::Fixed { unit, .. } = model.arithmetic() else { panic!() };
            let mut integers = x.map(|x| x as i16);
            let mut window = [0.0; 8];
            for ((window, x), offset) in window.iter_mut().zip(x).zip(offsets) {
                *window = (x as f32 + offset) * unit;
            }
            let fixed = model.score_fixed(&mut integers, &mut [0; 16]).unwrap();
            let (scores, clamped) = model.score_rounded(&window, &mut vec![77; model.rounded_work_len()]).unwrap();
            prop_assert_eq!(scores, fixed.scores());
            prop_assert_eq!(clamped, fixed.clamped());
        }
    }

    #[test]
    fn samples_are_rounded_to_the_nearest_integer() {
        let mut counts = [0; 9];
        let x = [0.0, 0.24, 0.25, -0.25, -0.76, 1e9, -1e9, f32::INFINITY, f32::NEG_INFINITY];
        assert!(!round(&x, 0.5, &mut counts));
        assert_eq!(counts, [0, 0, 1, -1, -2, 32767, -32768, 32767, -32768]);
        assert!(round(&x[..7], 0.5, &mut counts));
    }

    #[test]
    fn a_sample_that_is_not_finite_gives_no_score() {
        let model = full_parts().model();
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let mut x = [0.0; 8];
            x[5] = bad;
            let (scores, _) = model.score_rounded(&x, &mut vec![0; model.rounded_work_len()]).unwrap();
            assert!(!scores.outputs().is_empty() && scores.outputs().iter().all(|output| output.is_nan()));
            assert_eq!(scores.class(), None);
        }
    }

    #[test]
    fn the_work_space_fits_that_of_floating_point() {
        // A board that has work space for `score` can use the same bytes for `score_rounded`.
        let model = full_parts().model();
        assert!(model.rounded_work_len() * size_of::<i16>() <= model.work_len() * size_of::<f32>());
    }

    #[test]
    fn wrong_lengths_are_refused() {
        let model = full_parts().model();
        let error = |x: usize, work: usize| model.score_rounded(&vec![0.0; x], &mut vec![0; work]).map(drop);
        let work = model.rounded_work_len();
        assert_eq!(error(8, work), Ok(()));
        assert_eq!(error(7, work), Err(Invalid::WindowLen));
        assert_eq!([error(8, work - 1), error(8, 7)], [Err(Invalid::WorkLen); 2]);
        assert_eq!(parts().model().score_rounded(&[0.0; 8], &mut [0; 24]).map(drop), Err(Invalid::Fixed));
    }
}
