//! A signal in, sample by sample; a score of the window that ends at its newest sample out.

use super::Sample;
use crate::{Invalid, Model, Scalar};

/// When a signal is scored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// Samples from one score to the next, at least 1. What lies between two windows that are farther apart than their length is
    /// passed over.
    pub hop: u16,
    /// Whether a window is scored before it is full, with zeros after its last sample, as the trainer's `--early-events` has them: an event
    /// that has begun and goes on. Otherwise the first score is that of the first full window.
    pub growing: bool,
}

impl Timing {
    /// Full windows, each this many samples after the one before.
    #[must_use]
    pub const fn every(hop: u16) -> Self {
        Self { hop, growing: false }
    }

    /// The start of an event, scored at each sample.
    #[must_use]
    pub const fn growing() -> Self {
        Self { hop: 1, growing: true }
    }
}

/// Where a signal is: how much of its window has come, and when it is scored next. The samples are elsewhere.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Position {
    /// Samples of the window that have come.
    filled: u16,
    /// Samples that come before the next score.
    left: u16,
}

impl Position {
    /// A signal before its first sample, whose window becomes zeros.
    pub(super) fn start<S: Scalar>(timing: Timing, window: &mut [S]) -> Self {
        window.fill(S::ZERO);
        // A window is at most 4096 samples long.
        let first = if timing.growing { timing.hop } else { window.len() as u16 };
        Self { filled: 0, left: first }
    }

    /// Takes a sample; whether the window is to be scored now.
    pub(super) fn push<S: Scalar>(&mut self, timing: Timing, window: &mut [S], sample: S) -> bool {
        self.left = self.left.saturating_sub(1);
        let due = self.left == 0;
        if usize::from(self.filled) == window.len() {
            // The next score is of the newest samples alone, so that all that are older go at once.
            self.forget(window, self.left.saturating_add(1));
        }
        if let Some(place) = window.get_mut(usize::from(self.filled)) {
            *place = sample;
            self.filled += 1;
        }
        if due {
            self.left = timing.hop;
        }
        due
    }

    /// Drops the `count` oldest samples of a full window. Where the next score is farther away than a window is long, all are dropped, and
    /// again when the window is full once more.
    fn forget<S: Scalar>(&mut self, window: &mut [S], count: u16) {
        let gone = usize::from(count).min(window.len());
        self.filled = (window.len() - gone) as u16;
        // One by one: to copy within a slice would bring in a general way of moving bytes, which is 1.5 KB.
        for k in gone..window.len() {
            let kept = window.get(k).copied().unwrap_or(S::ZERO);
            if let Some(place) = window.get_mut(k - gone) {
                *place = kept;
            }
        }
    }
}

impl Model<'_> {
    /// Samples of state that one signal needs: its window.
    #[must_use]
    pub fn state_len(&self) -> usize {
        self.window()
    }
}

/// One signal that a model scores as it comes. Every score has the bits of [`Model::score`] of the same window; of integers, those of
/// [`Model::score_fixed`], which clamps samples where they are.
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
    /// A signal before its first sample, in `state` of [`Model::state_len`] samples and `work` of [`Model::work_len`].
    ///
    /// # Errors
    /// The model is one of images, the samples are integers and the model is not one of fixed point, the hop is 0, or one of the slices is
    /// too short.
    pub fn new(model: Model<'m>, timing: Timing, state: &'s mut [S], work: &'s mut [S]) -> Result<Self, Invalid> {
        S::check(&model)?;
        Invalid::Signal.unless(!model.is_image())?;
        Invalid::Hop.unless(timing.hop > 0)?;
        Invalid::WorkLen.unless(work.len() >= model.work_len())?;
        let window = state.get_mut(..model.state_len()).ok_or(Invalid::StateLen)?;
        Ok(Self { model, timing, position: Position::start(timing, window), window, work })
    }

    /// Takes the next sample; the scores of the window that ends with it, if one is due.
    pub fn push(&mut self, sample: S) -> Option<S::Scores> {
        let due = self.position.push(self.timing, self.window, sample);
        // The lengths have been looked at.
        if due { S::score(&self.model, self.window, self.work).ok() } else { None }
    }

    /// Takes samples one after the other. Calls `each` with the number of samples of the block up to the end of a window, and the scores
    /// of the window.
    pub fn push_block(&mut self, samples: &[S], mut each: impl FnMut(usize, S::Scores)) {
        for (&sample, count) in samples.iter().zip(1..) {
            if let Some(scores) = self.push(sample) {
                each(count, scores);
            }
        }
    }

    /// Forgets the signal: the next sample is the first of another one.
    pub fn reset(&mut self) {
        self.position = Position::start(self.timing, self.window);
    }
}
