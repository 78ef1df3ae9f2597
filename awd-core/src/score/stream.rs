//! Scores a signal sample by sample: each score is that of the window that ends with the newest sample.

use super::Sample;
use super::position::{Position, Timing};
use crate::{Invalid, Model};

impl Model<'_> {
    /// Length of the state of one signal in samples: its window.
    #[must_use]
    pub fn state_len(&self) -> usize {
        self.window()
    }
}

/// One signal that a model scores sample by sample. Every score is bit-identical to [`Model::score`] of the same
/// window; for integers, to [`Model::score_fixed`], which clamps the samples in place.
///
/// ```
/// use awd_core::model::Draft;
/// use awd_core::score::{Stream, Timing};
/// use awd_core::{Boundary, Dwt, Feature, Model, Term, named};
///
/// let haar = [Dwt::new(named::HAAR.lifting()?, Boundary::Periodization, 1)];
/// let terms = [Term { band: 2, feature: Feature::AbsSum }];
/// let draft = Draft { columns: 4, wavelets: &haar, terms: &terms, bias: &[0.0], weights: &[1.0], ..Draft::default() };
/// let mut file = [0; 256];
/// let model = Model::from_bytes(draft.write(&mut file)?)?;
///
/// let (mut state, mut work) = ([0.0_f32; 4], [0.0; 8]);
/// let mut stream = Stream::new(model, Timing::every(2), &mut state, &mut work)?;
/// let mut sums = [0.0; 2];
/// let mut next = sums.iter_mut();
/// stream.push_block(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], |_, scores| *next.next().unwrap() = scores.outputs()[0]);
/// assert_eq!(sums, [10.0, 18.0]);
/// # Ok::<(), awd_core::FormatError>(())
/// ```
#[derive(Debug)]
pub struct Stream<'m, 's, S = f32> {
    model: Model<'m>,
    timing: Timing,
    position: Position,
    window: &'s mut [S],
    work: &'s mut [S],
}

impl<'m, 's, S: Sample> Stream<'m, 's, S> {
    /// A stream before its first sample, with `state` of [`Model::state_len`] and `work` of [`Model::work_len`]
    /// samples.
    ///
    /// # Errors
    /// The model is for images, the samples are integers and the model is not in fixed point, the hop is 0, or a slice
    /// is too short.
    pub fn new(model: Model<'m>, timing: Timing, state: &'s mut [S], work: &'s mut [S]) -> Result<Self, Invalid> {
        S::check(&model)?;
        Invalid::Signal.unless(!model.is_image())?;
        Invalid::Hop.unless(timing.hop > 0)?;
        Invalid::WorkLen.unless(work.len() >= model.work_len())?;
        let window = state.get_mut(..model.state_len()).ok_or(Invalid::StateLen)?;
        let mut stream = Self { model, timing, position: Position::default(), window, work };
        stream.reset();
        Ok(stream)
    }

    /// Takes the next sample; returns the scores of the window that ends with it, if one is due.
    pub fn push(&mut self, sample: S) -> Option<S::Scores> {
        let due = self.position.push(self.timing, self.window, sample);
        if !due {
            return None;
        }
        // The lengths have been checked.
        let scores = S::score(&self.model, self.window, self.work).ok();
        self.position.make_room(self.window);
        scores
    }

    /// Takes samples in order. Calls `visit` for each window that is due, with the number of samples of the block up to
    /// its end and its scores.
    pub fn push_block(&mut self, samples: &[S], mut visit: impl FnMut(usize, S::Scores)) {
        for (&sample, count) in samples.iter().zip(1..) {
            if let Some(scores) = self.push(sample) {
                visit(count, scores);
            }
        }
    }

    /// Restarts: the next sample is the first of another signal.
    pub fn reset(&mut self) {
        self.window.fill(S::ZERO);
        self.position = Position::new(self.timing, self.window.len());
    }
}
