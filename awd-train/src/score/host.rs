//! Scorers of one model on this computer.

use crate::model::Model;
use crate::score::LINES;
use crate::{Error, Result};
use awd_core::Scores;
use awd_core::score::ImageScorer;

/// Scores windows with one model, by awd-core: on this computer ([`on_host`]), or on a board.
pub trait Scorer {
    /// Scores a window of the model's length. An image is given row by row.
    ///
    /// # Errors
    /// The window has another length, or the board does not answer.
    fn score(&mut self, window: &[f32]) -> Result<Scores>;

    /// Returns what was logged since the last call.
    fn logs(&mut self) -> Vec<String> {
        Vec::new()
    }
}

/// A scorer on this computer for a model of any kind.
#[must_use]
pub fn on_host<'m>(model: &'m Model) -> Box<dyn Scorer + 'm> {
    match model.view().images::<LINES>() {
        Ok(images) => Box::new(HostOfImages::new(images)),
        Err(_) => Box::new(Host::new(model)),
    }
}

/// Scores signals in this process.
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

/// Scores images in this process.
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
