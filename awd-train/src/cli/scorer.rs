//! Where windows are scored: by awd-core in this process, or by awd-core on a board.

use awd_core::Scores;
use awd_core::score::ImageScorer;
#[cfg(feature = "board")]
use awd_train::device::Device;
use awd_train::model::Model;
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

/// A scorer in this process for a model of any kind.
pub fn on_host<'m>(model: &'m Model) -> Box<dyn Scorer + 'm> {
    match model.view().images::<LINES>() {
        Ok(images) => Box::new(HostOfImages::new(images)),
        Err(_) => Box::new(Host::new(model)),
    }
}

/// This process.
struct Host<'m> {
    model: &'m Model,
    work: Vec<f32>,
}

impl<'m> Host<'m> {
    fn new(model: &'m Model) -> Self {
        Self { model, work: vec![0.0; model.work_len()] }
    }
}

impl Scorer for Host<'_> {
    fn score(&mut self, window: &[f32]) -> Result<Scores> {
        self.model.view().score(window, &mut self.work).map_err(|why| Error::failed("score", why))
    }
}

/// This process, of images.
struct HostOfImages<'m> {
    scorer: ImageScorer<'m, LINES>,
    buffer: Vec<f32>,
    work: Vec<f32>,
}

impl<'m> HostOfImages<'m> {
    fn new(scorer: ImageScorer<'m, LINES>) -> Self {
        let [buffer, work] = [scorer.images().buffer_len(), scorer.images().work_len()].map(|len| vec![0.0; len]);
        Self { scorer, buffer, work }
    }
}

impl Scorer for HostOfImages<'_> {
    fn score(&mut self, window: &[f32]) -> Result<Scores> {
        let scores = self.scorer.score(window, &mut self.buffer, &mut self.work);
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
        device.load(model)?;
        Ok(Self { model, device })
    }
}

#[cfg(feature = "board")]
impl Scorer for Board<'_> {
    fn score(&mut self, window: &[f32]) -> Result<Scores> {
        Ok(Scores::of(&self.model.view(), &self.device.score(window)?))
    }

    fn logs(&mut self) -> Vec<String> {
        self.device.logs()
    }
}
