//! Takes samples of signals, and scores the windows that end in them.

use super::monitor::Monitor;
use super::service::{Service, check_offset, decode_samples, model};
use super::signal::{Event, Signal};
use super::signals::window_mut;
use crate::event;
use crate::protocol::{MAX_SCORED, MAX_SWEPT, Refusal, Response, SWEEP_RECORD};
use crate::slots::Mapped;
use crate::trigger::Trigger;
use awd_core::Model;
use awd_core::model::MAX_OUTPUTS;
use heapless::Vec;

/// What a request with samples uses of a service, and the outputs for its answer.
struct Run<'s> {
    model: Model<'s>,
    /// Samples of its window.
    len: usize,
    samples: &'s mut [f32],
    signals: &'s mut [Signal],
    work: &'s mut [f32],
    monitor: &'s mut Monitor,
    latest: &'s mut Vec<f32, MAX_OUTPUTS>,
    trigger: Option<Trigger>,
    on_event: fn(Event),
    outputs: Vec<f32, MAX_SCORED>,
}

/// What became of a sample.
enum Pushed {
    /// It was not taken, because the outputs of the window that ends with it do not fit the answer.
    Full,
    /// It ends no window.
    Taken,
    /// A window that ends with it was scored.
    Scored { event: bool },
}

impl<F: Mapped> Service<'_, F> {
    pub(super) fn take_samples(
        &mut self,
        number: u16,
        offset: u32,
        bytes: &[u8],
    ) -> Result<Response<'static>, Refusal> {
        let mut run = self.run()?;
        let signal = run.signals.get(usize::from(number)).filter(|signal| signal.is_open());
        check_offset(offset, signal.ok_or(Refusal::NoSignal)?.taken)?;
        let (mut next, mut first, mut bit, mut events) = (offset, 0, 1_u32, 0);
        for sample in decode_samples(bytes)? {
            let pushed = run.push(number, next, u32::MAX, sample)?;
            if matches!(pushed, Pushed::Full) {
                break;
            }
            next = next.wrapping_add(1);
            if let Pushed::Scored { event } = pushed {
                if bit == 1 {
                    first = next;
                }
                events |= if event { bit } else { 0 };
                bit <<= 1;
            }
        }
        Ok(Response::Scored { next, first, outputs: run.outputs, events })
    }

    pub(super) fn sweep(&mut self, bytes: &[u8]) -> Result<Response<'static>, Refusal> {
        let (records, []) = bytes.as_chunks::<SWEEP_RECORD>() else { return Err(Refusal::PartialSample) };
        let mut run = self.run()?;
        let (mut taken, mut bit, mut scored, mut events) = (0, 1_u32, 0, 0);
        for [a, b, c, d, sample @ ..] in records.iter().take(MAX_SWEPT) {
            let (number, offset) = (u16::from_le_bytes([*a, *b]), u16::from_le_bytes([*c, *d]));
            match run.push(number, offset.into(), u16::MAX.into(), f32::from_le_bytes(*sample)) {
                Ok(Pushed::Full) => break,
                Ok(Pushed::Taken) => (),
                Ok(Pushed::Scored { event }) => {
                    scored |= bit;
                    events |= if event { bit } else { 0 };
                }
                Err(refusal) if taken == 0 => return Err(refusal),
                // The host sends this record again, as the first one.
                Err(_) => break,
            }
            taken += 1;
            bit = bit.wrapping_shl(1);
        }
        Ok(Response::Swept { taken, scored, outputs: run.outputs, events })
    }

    fn run(&mut self) -> Result<Run<'_>, Refusal> {
        let model = model(self.active, &self.slots).ok_or(Refusal::NoModel)?;
        Ok(Run {
            model,
            len: model.window(),
            samples: self.samples,
            signals: self.signals,
            work: self.work,
            monitor: &mut self.monitor,
            latest: &mut self.latest,
            trigger: self.trigger,
            on_event: self.on_event,
            outputs: Vec::new(),
        })
    }
}

impl Run<'_> {
    /// Takes the next sample of a signal. `offset` is the number of its samples before; only the bits in `mask` are
    /// compared.
    // Not inlined: one copy, because it is most of the code.
    #[inline(never)]
    fn push(&mut self, number: u16, offset: u32, mask: u32, sample: f32) -> Result<Pushed, Refusal> {
        let Self { model, len, samples, signals, work, monitor, latest, trigger, on_event, outputs } = self;
        let signal = signals.get_mut(usize::from(number)).filter(|signal| signal.is_open()).ok_or(Refusal::NoSignal)?;
        if (signal.taken ^ offset) & mask != 0 {
            return Err(Refusal::Offset { expected: signal.taken });
        }
        let window = window_mut(samples, *len, number.into()).ok_or(Refusal::NoSignal)?;
        if signal.position.left() == 1 && outputs.len() + model.outputs() > MAX_SCORED {
            return Ok(Pushed::Full);
        }
        let due = signal.position.push(signal.timing, window, sample);
        signal.taken = signal.taken.wrapping_add(1);
        if !due {
            return Ok(Pushed::Taken);
        }
        let scores = monitor.score(model, window, work)?;
        let mut event = false;
        if let Some(trigger) = trigger {
            let margin = scores.margin(trigger.class.into());
            event = trigger.is_event(&mut signal.watched, signal.timing.hop.into(), margin);
            if event {
                on_event(Event { signal: number, sample: signal.taken, margin });
                event::raised(number, signal.taken);
            }
        }
        signal.position.make_room(window);
        // They fit: checked above, and both vectors have the capacity. `collect` would link a panic.
        let _ = outputs.extend_from_slice(scores.outputs());
        **latest = Vec::from_slice(scores.outputs()).unwrap_or_default();
        Ok(Pushed::Scored { event })
    }
}
