//! Scores single windows: received ones and those generated for a golden check.

use super::{Server, check_offset, narrow, samples};
use crate::golden::{Digest, Windows};
use crate::protocol::{Capacity, Fault, MAX_GOLDEN, ModelError, Refusal, Response};
use crate::slots::Mapped;
use awd_core::model::MAX_OUTPUTS;
use awd_core::{Health, Invalid, Model, Scores};
use heapless::Vec;

impl<F: Mapped, const WORK: usize, const WINDOW: usize, const FRAME: usize> Server<F, WORK, WINDOW, FRAME> {
    pub(super) fn take_window(&mut self, offset: u16, bytes: &[u8]) -> Result<Response<'static>, Refusal> {
        if self.signal.is_some() {
            return Err(Refusal::Signal);
        }
        let len = self.model().ok_or(Refusal::NoModel)?.window();
        if offset == 0 {
            self.window.clear();
        }
        check_offset(offset.into(), narrow(self.window.len()).into())?;
        let samples = samples(bytes)?;
        if samples.len() > len.saturating_sub(self.window.len()) {
            return Err(Refusal::TooLong { capacity: narrow(len) });
        }
        for sample in samples {
            // It fits: no model in service has a window longer than the capacity.
            let _ = self.window.push(sample);
        }
        if self.window.len() < len {
            return Ok(Response::Received { next: narrow(self.window.len()) });
        }
        let outputs = self.score()?;
        self.window.clear();
        Ok(Response::Scores(outputs))
    }

    /// Scores windows that the host generates too, and returns the CRC-32 of the outputs.
    pub(super) fn score_golden(&mut self, seed: u32, count: u8) -> Result<Response<'static>, Refusal> {
        if self.signal.is_some() {
            return Err(Refusal::Signal);
        }
        if count > MAX_GOLDEN {
            return Err(Refusal::Request(Fault::Windows));
        }
        let Self { service, slots, window, work, .. } = self;
        let model = super::model(*service, slots).ok_or(Refusal::NoModel)?;
        let (mut windows, mut digest) = (Windows::new(seed), Digest::default());
        // Generated windows do not count in the board's health statistics.
        let mut discarded = Health::new(None);
        for _ in 0..count {
            window.clear();
            // It fits: see `take_window`.
            let _ = window.resize(model.window(), 0.0);
            windows.fill(window);
            digest.take(score(&model, window, work, &mut discarded)?.outputs());
        }
        window.clear();
        Ok(Response::Golden { crc: digest.finish() })
    }

    /// Scores the newest samples, as many as the model's window has.
    pub(super) fn score(&mut self) -> Result<Vec<f32, MAX_OUTPUTS>, Refusal> {
        let Self { service, slots, window, work, health, latest, .. } = self;
        let model = super::model(*service, slots).ok_or(Refusal::NoModel)?;
        let start = window.len().saturating_sub(model.window());
        let scores = score(&model, window.get_mut(start..).unwrap_or_default(), work, health)?;
        // `collect` would link a panic. It fits: both have the same capacity.
        *latest = Vec::from_slice(scores.outputs()).unwrap_or_default();
        Ok(latest.clone())
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

/// Scores a window. An image is overwritten.
// Not inlined: one copy, because it is most of the code.
#[inline(never)]
fn score(model: &Model<'_>, x: &mut [f32], work: &mut [f32], health: &mut Health) -> Result<Scores, Invalid> {
    #[cfg(feature = "images")]
    if model.is_image() {
        // Only counts the samples: there are no training statistics for the band energies of an image.
        health.observe(model, x, &[f32::NAN]);
        return score_image(model, x, work);
    }
    model.score_observed(x, work, health)
}

/// A function of its own, so that scoring a signal does not need the stack of the image kernels.
#[cfg(feature = "images")]
#[inline(never)]
fn score_image(model: &Model<'_>, image: &mut [f32], work: &mut [f32]) -> Result<Scores, Invalid> {
    model.images::<1>()?.score_in_place(image, work)
}
