//! Scores single windows: received ones and those generated for a golden check.

use super::monitor::Monitor;
use super::service::{self, Service, check_offset, decode_samples, narrow};
use crate::golden::{Digest, Windows};
use crate::protocol::{Capacity, Fault, MAX_GOLDEN, ModelError, Refusal, Response};
use crate::slots::Mapped;
use awd_core::Model;
use heapless::Vec;

impl<F: Mapped> Service<'_, F> {
    pub(super) fn take_window(&mut self, offset: u16, bytes: &[u8]) -> Result<Response<'static>, Refusal> {
        if self.has_signals() {
            return Err(Refusal::Signal);
        }
        let len = self.model().ok_or(Refusal::NoModel)?.window();
        if offset == 0 {
            self.received = 0;
        }
        check_offset(offset.into(), narrow(self.received).into())?;
        let part = decode_samples(bytes)?;
        if part.len() > len.saturating_sub(self.received) {
            return Err(Refusal::TooLong { capacity: narrow(len) });
        }
        let places = self.samples.iter_mut().skip(self.received);
        // They fit: no model in service has a window longer than the capacity.
        self.received += places.zip(part).map(|(place, sample)| *place = sample).count();
        if self.received < len {
            return Ok(Response::Received { next: narrow(self.received) });
        }
        self.received = 0;
        let Self { slots, active, samples, work, monitor, latest, .. } = self;
        let model = service::model(*active, slots).ok_or(Refusal::NoModel)?;
        let scores = monitor.score(&model, samples.get_mut(..len).unwrap_or_default(), work)?;
        // `collect` would link a panic. It fits: both have the same capacity.
        *latest = Vec::from_slice(scores.outputs()).unwrap_or_default();
        Ok(Response::Scores(latest.clone()))
    }

    /// Scores windows that the host generates too, and returns the CRC-32 of the outputs.
    pub(super) fn score_golden(&mut self, seed: u32, count: u8) -> Result<Response<'static>, Refusal> {
        if self.has_signals() {
            return Err(Refusal::Signal);
        }
        if count > MAX_GOLDEN {
            return Err(Refusal::Request(Fault::Windows));
        }
        let Self { slots, active, samples, received, work, .. } = self;
        let model = service::model(*active, slots).ok_or(Refusal::NoModel)?;
        let window = samples.get_mut(..model.window()).unwrap_or_default();
        // A window of which only a part was received is lost.
        *received = 0;
        let (mut windows, mut digest) = (Windows::new(seed), Digest::default());
        // Generated windows do not count in the board's health statistics.
        let mut discarded = Monitor::new(None);
        for _ in 0..count {
            windows.fill(window);
            digest.take(discarded.score(&model, window, work)?.outputs());
        }
        Ok(Response::Golden { crc: digest.finish() })
    }

    /// Samples of work space that a model needs.
    pub(super) fn work_len(model: &Model<'_>) -> Result<usize, ModelError> {
        if !model.is_image() {
            return Ok(model.work_len());
        }
        if !cfg!(feature = "images") {
            return Err(ModelError::Capacity(Capacity::Images));
        }
        let (dwt, size) = (model.dwt(), model.shape().map(usize::from));
        if dwt.buffer(size) != size {
            return Err(ModelError::Capacity(Capacity::InPlace));
        }
        Ok(dwt.image_work_len::<1>(size))
    }
}
