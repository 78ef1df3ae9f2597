//! Scores a signal sample by sample: each score is that of the window that ends with the newest sample.

use super::Sample;
use crate::{Invalid, Model, Scalar};

/// When a signal is scored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// The hop, samples from one score to the next, at least 1. If it exceeds the window, the samples in between are
    /// skipped.
    pub hop: u16,
    /// Whether windows are scored before they are full, padded with zeros after the last sample, like the trainer's
    /// `--early-events`: an event that has begun and continues. Otherwise the first score is that of the first full
    /// window.
    pub growing: bool,
}

impl Timing {
    /// Scores full windows, one every `hop` samples.
    #[must_use]
    pub const fn every(hop: u16) -> Self {
        Self { hop, growing: false }
    }

    /// Scores the start of an event, at every sample.
    #[must_use]
    pub const fn growing() -> Self {
        Self { hop: 1, growing: true }
    }
}

/// The position in a signal: how full its window is, and when the next score is due. The samples are stored elsewhere.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Position {
    /// The number of samples in the window.
    filled: u16,
    /// The number of samples until the next score.
    left: u16,
}

impl Position {
    /// A signal before its first sample; fills the window with zeros.
    pub(super) fn start<S: Scalar>(timing: Timing, window: &mut [S]) -> Self {
        window.fill(S::ZERO);
        // A window is at most 4096 samples long.
        let first = if timing.growing { timing.hop } else { window.len() as u16 };
        Self { filled: 0, left: first }
    }

    /// Takes a sample; returns whether the window is to be scored now.
    pub(super) fn push<S: Scalar>(&mut self, timing: Timing, window: &mut [S], sample: S) -> bool {
        self.left = self.left.saturating_sub(1);
        let due = self.left == 0;
        if usize::from(self.filled) == window.len() {
            // The next score needs only the newest samples, so all older ones are dropped at once.
            self.drop_oldest(window, self.left.saturating_add(1));
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

    /// Drops the `count` oldest samples of a full window. If `count` exceeds the window, all are dropped, and again
    /// whenever the window is full before the next score.
    fn drop_oldest<S: Scalar>(&mut self, window: &mut [S], count: u16) {
        let dropped = usize::from(count).min(window.len());
        self.filled = (window.len() - dropped) as u16;
        // Copied one by one: `copy_within` would link a general `memmove` of 1.5 KB.
        for k in dropped..window.len() {
            let kept = window.get(k).copied().unwrap_or(S::ZERO);
            if let Some(place) = window.get_mut(k - dropped) {
                *place = kept;
            }
        }
    }
}

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
        Ok(Self { model, timing, position: Position::start(timing, window), window, work })
    }

    /// Takes the next sample; returns the scores of the window that ends with it, if one is due.
    pub fn push(&mut self, sample: S) -> Option<S::Scores> {
        let due = self.position.push(self.timing, self.window, sample);
        // The lengths have been checked.
        if due { S::score(&self.model, self.window, self.work).ok() } else { None }
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
        self.position = Position::start(self.timing, self.window);
    }
}
