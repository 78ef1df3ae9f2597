//! Signals of any length, by number: the newest samples of each are kept, and [`samples`](super::samples) scores a
//! window of them at every hop.
//!
//! The samples are kept raw, so that a model put into service in the middle of a signal scores its next window.

use super::service::{Service, narrow};
use super::signal::Signal;
use crate::event;
use crate::protocol::{Fault, Refusal, Response};
use crate::slots::Mapped;
use crate::trigger::{State, Trigger};
use awd_core::Kind;
use awd_core::score::{Position, Timing};

impl<F: Mapped> Service<'_, F> {
    pub(super) fn open(&mut self, number: u16, hop: u16, growing: bool) -> Result<Response<'static>, Refusal> {
        let model = self.model().ok_or(Refusal::NoModel)?;
        if hop == 0 {
            return Err(Refusal::Request(Fault::Hop));
        }
        if model.is_image() {
            return Err(Refusal::Request(Fault::Images));
        }
        let (len, timing) = (model.window(), Timing { hop, growing });
        let capacity = narrow(self.samples.len() / len.max(1)).min(narrow(self.signals.len()));
        let refusal = Refusal::Signals { capacity };
        let window = window_mut(self.samples, len, number.into()).ok_or(refusal)?;
        let signal = self.signals.get_mut(usize::from(number)).ok_or(refusal)?;
        window.fill(0.0);
        *signal = Signal { timing, position: Position::new(timing, len), ..Signal::CLOSED };
        // Its memory is that of the signals now.
        self.received = 0;
        event::opened(number, hop);
        Ok(Response::Received { next: 0 })
    }

    pub(super) fn watch(&mut self, trigger: Option<Trigger>) -> Result<Response<'static>, Refusal> {
        if let Some(trigger) = trigger {
            let model = self.model().ok_or(Refusal::NoModel)?;
            let classes = model.outputs() + usize::from(model.kind() == Kind::Softmax);
            if usize::from(trigger.class) >= classes || !trigger.is_valid() {
                return Err(Refusal::Request(Fault::Trigger));
            }
        }
        self.trigger = trigger;
        self.signals.iter_mut().for_each(|signal| signal.watched = State::READY);
        Ok(Response::Done)
    }

    pub(super) fn close(&mut self, number: Option<u16>) -> Result<Response<'static>, Refusal> {
        match number {
            Some(number) => {
                let signal = self.signals.get_mut(usize::from(number)).filter(|signal| signal.is_open());
                *signal.ok_or(Refusal::NoSignal)? = Signal::CLOSED;
                event::closed(number);
            }
            None => self.signals.fill(Signal::CLOSED),
        }
        Ok(Response::Done)
    }

    /// Whether a signal is open.
    pub(super) fn has_signals(&self) -> bool {
        self.signals.iter().any(Signal::is_open)
    }

    /// The number of open signals.
    pub(super) fn count_signals(&self) -> u16 {
        narrow(self.signals.iter().filter(|signal| signal.is_open()).count())
    }

    /// Moves the newest samples of the open signals to where they are with the model that is in service now; `before`
    /// is the window of the one before. Closes the signals that have no memory then. Returns how many are left.
    pub(super) fn resize_signals(&mut self, before: usize) -> u16 {
        let images = self.model().is_none_or(|model| model.is_image());
        let len = self.model().map_or(1, |model| model.window()).max(1);
        let count = self.signals.len();
        let mut left = 0;
        for step in 0..count {
            // In this order no samples overwrite those of a signal that has not been moved yet.
            let number = if len <= before { step } else { count - 1 - step };
            let Some(signal) = self.signals.get_mut(number).filter(|signal| signal.is_open()) else { continue };
            if images || window_mut(self.samples, len, number).is_none() {
                *signal = Signal::CLOSED;
                event::closed(narrow(number));
                continue;
            }
            let resized = signal.position.resized(signal.timing, len);
            let from = number * before + signal.position.filled() - resized.filled();
            signal.position = resized;
            move_samples(self.samples, from, number * len, resized.filled());
            if let Some(window) = window_mut(self.samples, len, number) {
                window.iter_mut().skip(resized.filled()).for_each(|sample| *sample = 0.0);
            }
            left += 1;
        }
        left
    }
}

/// The window of a signal among the samples of all.
pub(super) fn window_mut(samples: &mut [f32], len: usize, number: usize) -> Option<&mut [f32]> {
    // Does not wrap: a number has 16 bits, and no window more than 4096 samples.
    let start = number.wrapping_mul(len);
    samples.get_mut(start..)?.get_mut(..len)
}

/// Copies `count` samples to another place, which may overlap. One by one: copying within a slice would link a general
/// memory move of 1.5 KB.
fn move_samples(samples: &mut [f32], from: usize, to: usize, count: usize) {
    for step in 0..count {
        let k = if to <= from { step } else { count - 1 - step };
        let moved = samples.get(from + k).copied().unwrap_or_default();
        if let Some(place) = samples.get_mut(to + k) {
            *place = moved;
        }
    }
}
