//! Turns the scores of a signal into events: a threshold with hysteresis and a refractory time.

use serde::{Deserialize, Serialize};

/// When a score is an event.
///
/// ```
/// use awd_embedded::trigger::{State, Trigger};
///
/// let trigger = Trigger { class: 1, on: 2.0, off: 0.0, refractory: 10 };
/// let mut state = State::READY;
/// // Margins of class 1, five samples apart: above the threshold once, again without having been below `off`, and again
/// // after the refractory time.
/// let margins = [-1.0, 3.0, 2.5, -0.5, 4.0];
/// let events = margins.map(|margin| trigger.is_event(&mut state, 5, margin));
/// assert_eq!(events, [false, true, false, false, true]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Trigger {
    /// The class whose margin is compared, see [`awd_core::Scores::margin`]; for predicted values, the index of the
    /// output.
    pub class: u8,
    /// The margin from which on a score is an event.
    pub on: f32,
    /// After an event, the margin must be below this, at most `on`, before there is another event.
    pub off: f32,
    /// Number of samples after an event in which there is no other one.
    pub refractory: u32,
}

/// What a trigger keeps of a signal. All bytes of [`State::READY`] are zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    /// Whether the margin has not been below `off` since the latest event.
    high: bool,
    /// Samples left of the refractory time.
    quiet: u32,
}

impl State {
    /// The state before the first score.
    pub const READY: Self = Self { high: false, quiet: 0 };
}

impl Trigger {
    /// Whether the thresholds are finite and in order.
    #[must_use]
    pub const fn is_valid(&self) -> bool {
        self.on.is_finite() && self.off.is_finite() && self.off <= self.on
    }

    /// Takes the margin of the next score, `samples` after the one before; returns whether it is an event. A margin that
    /// is NaN is none.
    pub fn is_event(&self, state: &mut State, samples: u32, margin: f32) -> bool {
        state.quiet = state.quiet.saturating_sub(samples);
        if margin < self.off {
            state.high = false;
        }
        let event = !state.high && state.quiet == 0 && margin >= self.on;
        if event {
            *state = State { high: true, quiet: self.refractory };
        }
        event
    }
}
