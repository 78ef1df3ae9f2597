//! Where windows are scored: by awd-core in this process, or by awd-core on a board.

use awd_core::scorer::ImageScorer;
use awd_core::{Model, Scores};
#[cfg(feature = "board")]
use awd_train::device::Device;
use awd_train::readout::LINES;
use awd_train::{Error, Result};

/// Scores windows with one model.
pub trait Scorer {
    fn score(&mut self, window: &[f32]) -> Result<Scores>;

    /// What was logged since the last call.
    fn logs(&mut self) -> Vec<String> {
        Vec::new()
    }
}

/// This process.
pub struct Host<'m> {
    model: &'m Model,
    work: Vec<f32>,
}

impl<'m> Host<'m> {
    pub fn new(model: &'m Model) -> Self {
        Self { model, work: vec![0.0; model.work_len()] }
    }
}

impl Scorer for Host<'_> {
    fn score(&mut self, window: &[f32]) -> Result<Scores> {
        self.model.score(window, &mut self.work).map_err(|why| Error::failed("score", why))
    }
}

/// This process, of images.
pub struct HostOfImages<'m> {
    scorer: ImageScorer<'m, LINES>,
    canvas: Vec<f32>,
    work: Vec<f32>,
}

impl<'m> HostOfImages<'m> {
    pub fn new(scorer: ImageScorer<'m, LINES>) -> Self {
        let [canvas, work] = [scorer.images().canvas_len(), scorer.images().work_len()].map(|len| vec![0.0; len]);
        Self { scorer, canvas, work }
    }
}

impl Scorer for HostOfImages<'_> {
    fn score(&mut self, window: &[f32]) -> Result<Scores> {
        let scores = self.scorer.score(window, &mut self.canvas, &mut self.work);
        scores.map_err(|why| Error::failed("score", why))
    }
}

/// A board.
#[cfg(feature = "board")]
pub struct Board<'m> {
    model: &'m Model,
    device: Device,
}

#[cfg(feature = "board")]
impl<'m> Board<'m> {
    /// Loads the model to it.
    pub fn new(model: &'m Model, mut device: Device) -> Result<Self> {
        device.load(&awd_train::file::model_bytes(model))?;
        Ok(Self { model, device })
    }
}

#[cfg(feature = "board")]
impl Scorer for Board<'_> {
    fn score(&mut self, window: &[f32]) -> Result<Scores> {
        Ok(Scores::of(self.model, &self.device.score(window)?))
    }

    fn logs(&mut self) -> Vec<String> {
        self.device.logs()
    }
}
