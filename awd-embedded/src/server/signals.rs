//! Signals of any length, by number: the newest samples of each are kept, and a window of them is scored at every hop.
//!
//! The samples are kept raw, so that a model put into service in the middle of a signal scores its next window.

use super::service::{Service, check_offset, decode_samples, model, narrow};
use super::signal::{Event, Signal};
use super::windows::score;
use crate::event;
use crate::protocol::{Fault, MAX_SCORED, Refusal, Response};
use crate::slots::Mapped;
use crate::trigger::{State, Trigger};
use awd_core::Kind;
use awd_core::score::{Position, Timing};
use heapless::Vec;

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

    pub(super) fn take_samples(
        &mut self,
        number: u16,
        offset: u32,
        bytes: &[u8],
    ) -> Result<Response<'static>, Refusal> {
        let Self { slots, active, samples, signals, work, health, latest, trigger, on_event, .. } = self;
        let signal = signals.get_mut(usize::from(number)).filter(|signal| signal.is_open()).ok_or(Refusal::NoSignal)?;
        check_offset(offset, signal.taken)?;
        let model = model(*active, slots).ok_or(Refusal::NoModel)?;
        let window = window_mut(samples, model.window(), number.into()).ok_or(Refusal::NoSignal)?;
        let (mut outputs, mut first) = (Vec::<f32, MAX_SCORED>::new(), 0);
        let (mut events, mut bit) = (0, 1_u32);
        for sample in decode_samples(bytes)? {
            if signal.position.left() == 1 && outputs.len() + model.outputs() > MAX_SCORED {
                break;
            }
            let due = signal.position.push(signal.timing, window, sample);
            signal.taken = signal.taken.wrapping_add(1);
            if due {
                let scores = score(&model, window, work, health)?;
                if let Some(trigger) = trigger {
                    let margin = scores.margin(trigger.class.into());
                    if trigger.is_event(&mut signal.watched, signal.timing.hop.into(), margin) {
                        on_event(Event { signal: number, sample: signal.taken, margin });
                        event::raised(number, signal.taken);
                        events |= bit;
                    }
                }
                bit <<= 1;
                signal.position.make_room(window);
                if outputs.is_empty() {
                    first = signal.taken;
                }
                // It fits: checked at the top of the loop.
                let _ = outputs.extend_from_slice(scores.outputs());
                // `collect` would link a panic. It fits: both have the same capacity.
                *latest = Vec::from_slice(scores.outputs()).unwrap_or_default();
            }
        }
        Ok(Response::Scored { next: signal.taken, first, outputs, events })
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
fn window_mut(samples: &mut [f32], len: usize, number: usize) -> Option<&mut [f32]> {
    samples.chunks_exact_mut(len.max(1)).nth(number)
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
