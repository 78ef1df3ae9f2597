//! A signal of any length: its newest samples are kept, and a window of them is scored at every hop.
//!
//! The samples are kept raw, so that a model put into service in the middle of a signal scores the very next window.

use super::signal::Signal;
use super::{Server, samples};
use crate::event;
use crate::protocol::{Fault, MAX_SCORED, Refusal, Response};
use crate::slots::Mapped;
use heapless::Vec;

impl<F: Mapped, const WORK: usize, const WINDOW: usize, const FRAME: usize> Server<F, WORK, WINDOW, FRAME> {
    pub(super) fn open(&mut self, hop: u16) -> Result<Response<'static>, Refusal> {
        let model = self.model().ok_or(Refusal::NoModel)?;
        if hop == 0 {
            return Err(Refusal::Request(Fault::Hop));
        }
        if model.is_image() {
            return Err(Refusal::Request(Fault::Images));
        }
        let due = u32::from(super::narrow(model.window()));
        self.window.clear();
        self.signal = Some(Signal { hop, taken: 0, due });
        event::opened(hop);
        Ok(Response::Received { next: 0 })
    }

    pub(super) fn take_samples(&mut self, offset: u32, bytes: &[u8]) -> Result<Response<'static>, Refusal> {
        let mut signal = self.signal.ok_or(Refusal::NoSignal)?;
        super::check_offset(offset, signal.taken)?;
        let model = self.model().ok_or(Refusal::NoModel)?;
        let (len, width) = (model.window(), model.outputs());
        let (mut outputs, mut first) = (Vec::<f32, MAX_SCORED>::new(), 0);
        for sample in samples(bytes)? {
            let due = signal.due.wrapping_sub(signal.taken);
            if due == 1 && outputs.len() + width > MAX_SCORED {
                break;
            }
            self.keep(sample, signal.hop, due, len);
            signal.taken = signal.taken.wrapping_add(1);
            if due == 1 {
                let scores = self.score()?;
                if outputs.is_empty() {
                    first = signal.due;
                }
                // It fits: checked at the top of the loop.
                let _ = outputs.extend_from_slice(&scores);
                signal.due = signal.due.wrapping_add(signal.hop.into());
            }
        }
        self.signal = Some(signal);
        Ok(Response::Scored { next: signal.taken, first, outputs })
    }

    pub(super) fn close(&mut self) -> Result<Response<'static>, Refusal> {
        self.signal.take().ok_or(Refusal::NoSignal)?;
        self.window.clear();
        event::closed();
        Ok(Response::Done)
    }

    /// Returns where the first window of a newly loaded model ends: at the next due window that has all its samples.
    pub(super) fn reschedule(&mut self) -> Option<u32> {
        let (len, images) = self.model().map(|model| (model.window(), model.is_image()))?;
        if images {
            // An image model cannot score a signal, so close it.
            self.signal = None;
            self.window.clear();
        }
        let signal = self.signal.as_mut()?;
        let missing = u32::try_from(len.saturating_sub(self.window.len())).unwrap_or(u32::MAX);
        while signal.due.wrapping_sub(signal.taken) < missing {
            signal.due = signal.due.wrapping_add(signal.hop.into());
        }
        Some(signal.due)
    }

    /// Appends a sample. If the buffer is full, first drops the oldest samples: as many as the window that is due in
    /// `due` samples does not need, at most `hop`. Dropping many at once saves moving the others for every sample.
    fn keep(&mut self, sample: f32, hop: u16, due: u32, len: usize) {
        if self.window.is_full() {
            let spare = (WINDOW - len.min(WINDOW)).saturating_add(usize::try_from(due).unwrap_or(usize::MAX));
            let dropped = spare.min(hop.into()).min(WINDOW);
            // One by one: copying within a slice would link a general memory move of 1.5 KB.
            for (from, into) in (dropped..WINDOW).zip(0..) {
                let kept = self.window.get(from).copied().unwrap_or_default();
                if let Some(into) = self.window.get_mut::<usize>(into) {
                    *into = kept;
                }
            }
            self.window.truncate(WINDOW - dropped);
        }
        // It fits now.
        let _ = self.window.push(sample);
    }
}
