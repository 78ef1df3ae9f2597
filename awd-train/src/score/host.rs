//! Scorers of one model on this computer.

use crate::model::Model;
use crate::score::LINES;
use crate::{Error, Result};
use awd_core::score::ImageScorer;
use awd_core::{Arithmetic, Scores};

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

/// A scorer on this computer that computes as a board does: `integers` is whether the board scores models in fixed point
/// in integers.
#[must_use]
pub fn as_on_board<'m>(model: &'m Model, integers: bool) -> Box<dyn Scorer + 'm> {
    if integers && model.spec().scalar != Arithmetic::Float {
        Box::new(HostInIntegers::new(model))
    } else {
        on_host(model)
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

/// Scores signals in this process, in integers.
struct HostInIntegers<'m> {
    model: &'m Model,
    work: Vec<i16>,
}

impl<'m> HostInIntegers<'m> {
    fn new(model: &'m Model) -> Self {
        Self { model, work: vec![0; model.view().rounded_work_len()] }
    }
}

impl Scorer for HostInIntegers<'_> {
    fn score(&mut self, window: &[f32]) -> Result<Scores> {
        let scores = self.model.view().score_rounded(window, &mut self.work);
        scores.map(|(scores, _)| scores).map_err(|why| Error::failed("score", why))
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
