//! When a signal is scored, and the progress of one signal whose samples are stored elsewhere.

use crate::Scalar;

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

/// How full the window of a signal is, and when its next score is due. The caller stores the window; it starts with zeros.
///
/// [`Stream`](super::Stream) and [`Tracks`](super::Tracks) are built on it. Use it where a signal may continue with
/// another model.
///
/// ```
/// use awd_core::score::{Position, Timing};
///
/// let (timing, mut window) = (Timing::every(2), [0.0; 4]);
/// let mut position = Position::new(timing, window.len());
/// let due = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0].map(|sample| {
///     let due = position.push(timing, &mut window, sample);
///     if due {
///         // The window is scored here.
///         position.make_room(&mut window);
///     }
///     due
/// });
/// assert_eq!(due, [false, false, false, true, false, true]);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Position {
    /// The number of samples in the window.
    filled: u16,
    /// The number of samples up to the next score, including the one that completes it.
    left: u32,
}

impl Position {
    /// The position of no signal. All its bytes are zero.
    pub const BLANK: Self = Self { filled: 0, left: 0 };

    /// A signal before its first sample, whose window has `len` samples, at most 4096.
    #[must_use]
    pub fn new(timing: Timing, len: usize) -> Self {
        let first = if timing.growing { timing.hop.into() } else { len as u32 };
        Self { filled: 0, left: first }
    }

    /// The number of samples in the window.
    #[must_use]
    pub fn filled(self) -> usize {
        self.filled.into()
    }

    /// The number of samples up to the next score: 1 if the next sample completes it.
    #[must_use]
    pub const fn left(self) -> u32 {
        self.left
    }

    /// Puts a sample into the window; returns whether the window is to be scored now.
    pub fn push<S: Scalar>(&mut self, timing: Timing, window: &mut [S], sample: S) -> bool {
        // Necessary only if the hop is longer than the window, or if the caller did not do it after a score.
        self.make_room(window);
        if let Some(place) = window.get_mut(self.filled()) {
            *place = sample;
            self.filled += 1;
        }
        self.left = self.left.saturating_sub(1);
        let due = self.left == 0;
        if due {
            self.left = timing.hop.into();
        }
        due
    }

    /// Drops the oldest samples of a full window, as many as the next score does not need. If it is called after each
    /// score, a sample without a score moves no others.
    pub fn make_room<S: Scalar>(&mut self, window: &mut [S]) {
        if self.filled() < window.len() {
            return;
        }
        // If the next score is further away than a window, all are dropped.
        let dropped = usize::try_from(self.left).unwrap_or(usize::MAX).min(window.len());
        self.filled = (window.len() - dropped) as u16;
        // Copied one by one: `copy_within` would link a general `memmove` of 1.5 KB.
        for k in dropped..window.len() {
            let kept = window.get(k).copied().unwrap_or(S::ZERO);
            if let Some(place) = window.get_mut(k - dropped) {
                *place = kept;
            }
        }
    }

    /// Continues with a window of another length, which holds the newest samples: as many as before, or `len`. The next
    /// score is the next one for which the window has all its samples; the hops before it are left out.
    #[must_use]
    pub fn resized(self, timing: Timing, len: usize) -> Self {
        let filled = self.filled().min(len);
        let missing = if timing.growing { 0 } else { (len - filled) as u32 };
        let hops = missing.saturating_sub(self.left).div_ceil(timing.hop.max(1).into());
        Self { filled: filled as u16, left: self.left + hops * u32::from(timing.hop) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_longer_window_waits_for_its_samples_at_the_same_hops() {
        let timing = Timing::every(3);
        let mut position = Position::new(timing, 4);
        let mut window = [0.0; 4];
        assert!([1.0, 2.0, 3.0, 4.0].map(|x| position.push(timing, &mut window, x))[3]);
        position.make_room(&mut window);
        // One sample is kept; the next scores end with samples 7, 10 and 13.
        assert_eq!((position.filled(), position.left(), window[0]), (1, 3, 4.0));
        assert_eq!(position.resized(timing, 2), position);
        assert_eq!(position.resized(timing, 8).left(), 9);
        assert_eq!(position.resized(Timing { growing: true, ..timing }, 8).left(), 3);
        // Nothing overflows.
        assert_eq!(position.resized(Timing::every(u16::MAX), 4096).left(), 3 + 65535);
    }
}
