//! Windows in, scores out, in work space of the caller's: one `&Model` serves many.

use crate::feature::features;
use crate::{Invalid, Model, Scores};

impl Model {
    /// Scores one window of [`Model::window`] samples, in the units of the training data.
    ///
    /// # Errors
    /// `x` has not as many samples as the model's window, or `work` is shorter than [`Model::work_len`].
    pub fn score(&self, x: &[f32], work: &mut [f32]) -> Result<Scores, Invalid> {
        let spec = self.spec();
        Invalid::unless(x.len() == self.window(), "window", "as many samples as the model's window")?;
        let mut scores = spec.readout.start();
        let mut weights = spec.readout.by_term();
        features(&spec.dwt, x, &spec.terms, work, |value| {
            if let Some(weights) = weights.next() {
                scores.add(value, weights);
            }
        })?;
        Ok(scores)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::tests::spec;

    #[test]
    fn a_window_scores_as_by_hand() {
        let model = Model::new(spec()).unwrap();
        // Level 1: sums 3 7 0 0, half differences .5 .5 0 0; level 2: sums 10 0, half differences 2 0.
        let scores = model.score(&[1.0, 2.0, 3.0, 4.0, 0.0, 0.0, 0.0, 0.0], &mut [0.0; 16]).unwrap();
        let log = libm::logf(0.5 + crate::feature::LOG_FLOOR);
        assert_eq!(scores.outputs(), [0.25 + 1.0 * log + 3.0 * 2.0 + 5.0 * 0.0, -1.5 + 2.0 * log + 4.0 * 2.0]);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let model = Model::new(spec()).unwrap();
        assert_eq!(model.score(&[0.0; 8], &mut [0.0; 4]).unwrap_err().field, "work");
        assert_eq!(model.score(&[0.0; 7], &mut [0.0; 16]).unwrap_err().field, "window");
    }
}
