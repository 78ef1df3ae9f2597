//! Weighted sums of features: a value, or the logits of classes.

use crate::summary::Summary;
use heapless::Vec;
use serde::{Deserialize, Serialize};

/// Outputs of the widest readout.
pub const MAX_OUTPUTS: usize = 8;

/// Weights of the largest readout, all outputs together.
pub const MAX_WEIGHTS: usize = 512;

/// What the outputs mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Kind {
    /// Each output is a predicted value.
    Linear,
    /// Output i is the logit of class i + 1; that of class 0 is 0. Softmax does not change when a constant is added
    /// to all logits, so one class needs no numbers. Two classes are logistic regression: one output, ln(p / (1 − p))
    /// of the probability p of class 1.
    Softmax,
}

/// Biases and weights, and how to decide.
#[derive(Debug, Clone, PartialEq)]
pub struct Readout {
    /// What the outputs mean.
    pub kind: Kind,
    /// One for each output.
    pub bias: Vec<f32, MAX_OUTPUTS>,
    /// Term after term, the weights of all outputs for one term together.
    pub weights: Vec<f32, MAX_WEIGHTS>,
    /// Of two classes, the logit above which class 1 is decided; 0, a probability of one half, without it.
    pub threshold: Option<f32>,
}

impl Readout {
    /// The scores of no features at all: the biases.
    pub(crate) fn start(&self) -> Scores {
        self.scores(self.bias.clone())
    }

    fn scores(&self, outputs: Vec<f32, MAX_OUTPUTS>) -> Scores {
        Scores { kind: self.kind, threshold: self.threshold.unwrap_or(0.0), outputs }
    }
}

/// What a window scored.
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    kind: Kind,
    threshold: f32,
    outputs: Vec<f32, MAX_OUTPUTS>,
}

impl Scores {
    /// The scores that a model gave elsewhere: the outputs that a board sent.
    #[must_use]
    pub fn of(model: &crate::Model, outputs: &[f32]) -> Self {
        model.spec().readout.scores(outputs.iter().copied().take(MAX_OUTPUTS).collect())
    }

    /// Adds the values of some terms, which stand at these slots of their band's summary, weighted for each output.
    #[inline]
    pub(crate) fn add(&mut self, summary: &Summary, slots: &[u8], weights: &[f32]) {
        match &mut self.outputs[..] {
            // The most common of all; the sum stays in a register.
            [output] => {
                *output =
                    slots.iter().zip(weights).fold(*output, |sum, (&slot, weight)| sum + weight * summary.at(slot));
            }
            outputs => {
                for (&slot, weights) in slots.iter().zip(weights.chunks_exact(outputs.len().max(1))) {
                    for (output, weight) in outputs.iter_mut().zip(weights) {
                        *output += weight * summary.at(slot);
                    }
                }
            }
        }
    }

    /// The raw outputs: predicted values, or the logits of classes 1, 2, … against class 0.
    #[must_use]
    pub fn outputs(&self) -> &[f32] {
        &self.outputs
    }

    /// The most likely class, or of two classes the one that the model's threshold decides; `None` for a predicted
    /// value.
    #[must_use]
    pub fn class(&self) -> Option<usize> {
        (self.kind == Kind::Softmax).then(|| {
            let (mut class, mut highest) = (0, self.threshold);
            for (i, &logit) in self.outputs.iter().enumerate() {
                if logit > highest {
                    (class, highest) = (i + 1, logit);
                }
            }
            class
        })
    }

    /// The probability of each class, summing to 1 up to rounding; empty for a predicted value.
    #[must_use]
    pub fn probabilities(&self) -> Vec<f32, { MAX_OUTPUTS + 1 }> {
        if self.kind == Kind::Linear {
            return Vec::new();
        }
        let highest = self.outputs.iter().fold(0.0_f32, |a, &b| if b > a { b } else { a });
        let mut odds = Vec::new();
        for logit in core::iter::once(0.0).chain(self.outputs.iter().copied()) {
            // There is room, one more than for outputs. `collect` would leave a panic that nothing can reach.
            let _ = odds.push(libm::expf(logit - highest));
        }
        let total: f32 = odds.iter().sum();
        for p in &mut odds {
            *p /= total;
        }
        odds
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scores(kind: Kind, outputs: &[f32]) -> Scores {
        Scores { kind, threshold: 0.0, outputs: Vec::from_slice(outputs).unwrap() }
    }

    #[test]
    fn class_zero_has_logit_zero() {
        assert_eq!(scores(Kind::Softmax, &[-1.0, -2.0]).class(), Some(0));
        assert_eq!(scores(Kind::Softmax, &[-1.0, 2.0]).class(), Some(2));
        assert_eq!(scores(Kind::Linear, &[1.0]).class(), None);
    }

    #[test]
    fn the_threshold_decides_between_two_classes() {
        let spec = crate::model::tests::full_spec();
        let model = crate::Model::new(spec).unwrap();
        let threshold = -1.25;
        assert_eq!(Scores::of(&model, &[threshold]).class(), Some(0));
        assert_eq!(Scores::of(&model, &[threshold + 0.01]).class(), Some(1));
        assert_eq!(model.spec().readout.start().class(), Some(1));
        // It is no part of the probabilities.
        let p = Scores::of(&model, &[threshold]).probabilities();
        assert!((p[1] - 1.0 / (1.0 + 1.25_f32.exp())).abs() < 1e-6, "{p:?}");
    }

    #[test]
    fn probabilities_are_the_softmax() {
        let p = scores(Kind::Softmax, &[2.0_f32.ln()]).probabilities();
        assert!((p[0] - 1.0 / 3.0).abs() < 1e-6 && (p[1] - 2.0 / 3.0).abs() < 1e-6, "{p:?}");
        let p = scores(Kind::Softmax, &[1e30, 0.0]).probabilities();
        assert_eq!(p, [0.0, 1.0, 0.0]);
        assert!(scores(Kind::Linear, &[1.0]).probabilities().is_empty());
    }
}
