//! The readout: weighted sums of features, which are predicted values or logits of classes.

use crate::Model;
use crate::model::{Kind, MAX_OUTPUTS};
use heapless::Vec;

/// The outputs before any feature: the biases.
#[inline(always)]
pub(crate) fn initial_outputs(model: &Model<'_>) -> Vec<f32, MAX_OUTPUTS> {
    collect_outputs(model.bias())
}

/// Collects outputs, up to the capacity.
#[inline(always)]
fn collect_outputs(outputs: impl Iterator<Item = f32>) -> Vec<f32, MAX_OUTPUTS> {
    let mut collected = Vec::new();
    for output in outputs {
        // `collect` would compile in a panic, and `clone` a call that copies any length.
        let _ = collected.push(output);
    }
    collected
}

/// Adds a value times its weight to every output; returns the remaining weights.
#[inline(always)]
pub(crate) fn add_one<'w>(outputs: &mut [f32], value: f32, weights: &'w [[u8; 4]]) -> &'w [[u8; 4]] {
    let mut weights = weights.iter();
    for (output, weight) in outputs.iter_mut().zip(&mut weights) {
        *output += f32::from_le_bytes(*weight) * value;
    }
    weights.as_slice()
}

/// Adds the values whose bits are set in `asked`, each times its weight, to every output; returns the remaining
/// weights.
#[inline(never)]
pub(crate) fn add<'w>(outputs: &mut [f32], asked: u8, values: &[f32], weights: &'w [[u8; 4]]) -> &'w [[u8; 4]] {
    let (mut asked, mut weights) = (u32::from(asked), weights.iter());
    while asked != 0 {
        // A run of adjacent set bits: adding the lowest set bit carries over the whole run.
        let (start, carried) = (asked.trailing_zeros(), asked + (asked & asked.wrapping_neg()));
        let run = values.get(start as usize..carried.trailing_zeros() as usize).unwrap_or_default();
        asked &= carried;
        match outputs {
            [output] => {
                *output = run
                    .iter()
                    .zip(&mut weights)
                    .fold(*output, |sum, (value, weight)| sum + f32::from_le_bytes(*weight) * value);
            }
            _ => {
                for value in run {
                    for (output, weight) in outputs.iter_mut().zip(&mut weights) {
                        *output += f32::from_le_bytes(*weight) * value;
                    }
                }
            }
        }
    }
    weights.as_slice()
}

/// The scores of a window.
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    kind: Kind,
    threshold: f32,
    outputs: Vec<f32, MAX_OUTPUTS>,
}

impl Scores {
    /// Scores from outputs that the model gave elsewhere, for example on a board.
    #[must_use]
    pub fn of(model: &Model<'_>, outputs: &[f32]) -> Self {
        Self::new(model, collect_outputs(outputs.iter().copied()))
    }

    #[inline(always)]
    pub(crate) fn new(model: &Model<'_>, outputs: Vec<f32, MAX_OUTPUTS>) -> Self {
        Self { kind: model.kind(), threshold: model.threshold(), outputs }
    }

    /// The decision threshold of the model.
    pub(crate) const fn threshold(&self) -> f32 {
        self.threshold
    }

    /// Whether the outputs are logits.
    pub(crate) fn is_softmax(&self) -> bool {
        self.kind == Kind::Softmax
    }

    /// Scores of the same model with other outputs.
    pub(crate) const fn with_outputs(&self, outputs: Vec<f32, MAX_OUTPUTS>) -> Self {
        Self { kind: self.kind, threshold: self.threshold, outputs }
    }

    /// The raw outputs: predicted values, or the logits of classes 1, 2, … against class 0.
    #[must_use]
    pub fn outputs(&self) -> &[f32] {
        &self.outputs
    }

    /// Whether every output is finite. If not, a sample was not finite, or a sum exceeded the range of `f32`.
    // Not inlined, to save flash.
    #[inline(never)]
    #[must_use]
    pub fn is_finite(&self) -> bool {
        self.outputs.iter().all(|output| output.is_finite())
    }

    /// The most likely class; for two classes, the class that the model's threshold decides. `None` for predicted
    /// values, and if [an output is not finite](Scores::is_finite).
    #[must_use]
    pub fn class(&self) -> Option<usize> {
        (self.kind == Kind::Softmax && self.is_finite()).then(|| {
            let (mut class, mut highest) = (0, self.threshold);
            for (i, &logit) in self.outputs.iter().enumerate() {
                if logit > highest {
                    (class, highest) = (i + 1, logit);
                }
            }
            class
        })
    }

    /// How clearly a window is of a class: its logit minus the highest one of the other classes, which is positive for
    /// the most likely class, and ln(p / (1 − p)) of two classes. For predicted values, the output with this index. NaN
    /// if there is no such class, or if [an output is not finite](Scores::is_finite).
    #[must_use]
    pub fn margin(&self, class: usize) -> f32 {
        if !self.is_finite() {
            return f32::NAN;
        }
        if self.kind == Kind::Linear {
            return self.outputs.get(class).copied().unwrap_or(f32::NAN);
        }
        let (mut own, mut highest) = (f32::NAN, f32::NEG_INFINITY);
        for (i, logit) in core::iter::once(0.0).chain(self.outputs.iter().copied()).enumerate() {
            if i == class {
                own = logit;
            } else if logit > highest {
                highest = logit;
            }
        }
        own - highest
    }

    /// The probability of each class; they sum to 1 up to rounding. Empty for predicted values. All are NaN if [an
    /// output is not finite](Scores::is_finite).
    #[must_use]
    pub fn probabilities(&self) -> Vec<f32, { MAX_OUTPUTS + 1 }> {
        if self.kind == Kind::Linear {
            return Vec::new();
        }
        // It is subtracted from every logit, so NaN makes every probability NaN.
        let highest = if self.is_finite() {
            self.outputs.iter().fold(0.0_f32, |a, &b| if b > a { b } else { a })
        } else {
            f32::NAN
        };
        let mut odds = Vec::new();
        for logit in core::iter::once(0.0).chain(self.outputs.iter().copied()) {
            // The capacity suffices: one more than the outputs. `collect` would compile in an unreachable panic.
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
    fn a_margin_is_that_to_the_next_class() {
        let three = scores(Kind::Softmax, &[-1.0, 2.5]);
        assert_eq!([0, 1, 2].map(|class| three.margin(class)), [-2.5, -3.5, 2.5]);
        assert!(three.margin(3).is_nan());
        assert_eq!(scores(Kind::Softmax, &[1.5]).margin(0), -1.5);
        assert_eq!(scores(Kind::Linear, &[1.5, 7.0]).margin(1), 7.0);
        assert!(scores(Kind::Linear, &[1.5]).margin(1).is_nan());
        assert!(scores(Kind::Softmax, &[f32::NAN, 7.0]).margin(2).is_nan());
    }

    #[test]
    fn the_threshold_decides_between_two_classes() {
        let model = crate::model::tests::full_parts().model();
        let threshold = -1.25;
        assert_eq!(Scores::of(&model, &[threshold]).class(), Some(0));
        assert_eq!(Scores::of(&model, &[threshold + 0.01]).class(), Some(1));
        assert_eq!(Scores::of(&model, &[0.25]).class(), Some(1));
        // Probabilities do not depend on the threshold.
        let p = Scores::of(&model, &[threshold]).probabilities();
        assert!((p[1] - 1.0 / (1.0 + 1.25_f32.exp())).abs() < 1e-6, "{p:?}");
    }

    #[test]
    fn outputs_that_are_not_finite_have_no_class() {
        for bad in [f32::NAN, -f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            for outputs in [[bad, -1.0], [-1.0, bad], [bad, 5.0], [bad, bad]] {
                let scored = scores(Kind::Softmax, &outputs);
                assert_eq!((scored.class(), scored.is_finite()), (None, false), "{outputs:?}");
                assert!(scored.probabilities().len() == 3 && scored.probabilities().iter().all(|p| p.is_nan()));
            }
            let decided = Scores { threshold: -1.0, ..scores(Kind::Softmax, &[bad]) };
            assert_eq!(decided.class(), None, "{bad}");
            assert!(!scores(Kind::Linear, &[bad]).is_finite());
        }
        // The largest finite numbers are finite.
        let scored = scores(Kind::Softmax, &[f32::MIN, f32::MAX]);
        assert_eq!((scored.class(), scored.is_finite()), (Some(2), true));
        assert_eq!(scored.probabilities(), [0.0, 0.0, 1.0]);
    }

    #[test]
    fn probabilities_are_the_softmax() {
        let p = scores(Kind::Softmax, &[2.0_f32.ln()]).probabilities();
        assert!((p[0] - 1.0 / 3.0).abs() < 1e-6 && (p[1] - 2.0 / 3.0).abs() < 1e-6, "{p:?}");
        let p = scores(Kind::Softmax, &[1e30, 0.0]).probabilities();
        assert_eq!(p, [0.0, 1.0, 0.0]);
        // The maximum number of classes.
        assert_eq!(scores(Kind::Softmax, &[0.0; MAX_OUTPUTS]).probabilities(), [1.0 / 9.0; MAX_OUTPUTS + 1]);
        assert!(scores(Kind::Linear, &[1.0]).probabilities().is_empty());
    }
}
