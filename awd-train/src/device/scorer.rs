//! A scorer on a board.

use super::Device;
use crate::Result;
use crate::model::Model;
use crate::score::Scorer;
use awd_core::Scores;

/// A board with a model in service.
pub struct Board<'m> {
    model: &'m Model,
    device: Device,
}

impl<'m> Board<'m> {
    /// Pushes the model to the board, unless it is in service there.
    ///
    /// # Errors
    /// The board refuses the model, or does not answer.
    pub fn new(model: &'m Model, mut device: Device) -> Result<Self> {
        device.load(model)?;
        Ok(Self { model, device })
    }
}

impl Scorer for Board<'_> {
    fn score(&mut self, window: &[f32]) -> Result<Scores> {
        Ok(Scores::of(&self.model.view(), &self.device.score(window)?))
    }

    fn logs(&mut self) -> Vec<String> {
        self.device.logs()
    }
}
