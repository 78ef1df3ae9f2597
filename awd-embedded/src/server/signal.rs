//! The state of one signal, and its events.

use crate::trigger::State;
use awd_core::score::{Position, Timing};

/// The state of one signal besides its samples.
#[derive(Debug, Clone, Copy)]
pub struct Signal {
    /// When it is scored. A hop of 0 means that the signal is closed, so that a closed signal is all zeros.
    pub(super) timing: Timing,
    pub(super) position: Position,
    /// Samples taken so far; wraps at 2³².
    pub(super) taken: u32,
    pub(super) watched: State,
}

/// A score that the trigger selects.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Event {
    /// The number of the signal.
    pub signal: u16,
    /// Samples of the signal up to the end of the window, modulo 2³².
    pub sample: u32,
    /// The margin of the trigger's class.
    pub margin: f32,
}

impl Signal {
    /// A signal that is not open. All its bytes are zero.
    pub const CLOSED: Self =
        Self { timing: Timing { hop: 0, growing: false }, position: Position::BLANK, taken: 0, watched: State::READY };

    pub(super) const fn is_open(&self) -> bool {
        self.timing.hop > 0
    }
}
