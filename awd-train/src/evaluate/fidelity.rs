//! Fidelity: how closely a model reproduces its teacher's outputs, right or wrong.

use super::Predictor;
use crate::cluster::{self, CHUNK, Ranks, Span, chunks_of};
use crate::metric::class;
use ndarray::ArrayView1;
use serde::{Deserialize, Serialize};

/// A model compared with its teacher on the test windows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Fidelity {
    /// For classes: the share of windows for which both make the same decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agreement: Option<f64>,
    /// The share of the variance of the teacher's outputs that the model's outputs explain; for classes, of the
    /// probabilities of all classes. `None` if the teacher's outputs do not vary.
    pub r2: Option<f64>,
}

/// Sums over windows.
#[derive(Default, Serialize, Deserialize)]
struct Sums {
    windows: f64,
    /// Number of windows for which both make the same decision.
    agreeing: f64,
    /// Sum of the squared differences.
    squared_error: f64,
    /// The sum of each output of the teacher, and the sum of its squares.
    moments: Vec<[f64; 2]>,
}

impl Fidelity {
    /// The fidelity over the windows of all ranks. The predictors' outputs are those of this rank.
    pub(super) fn of(ranks: &dyn Ranks, span: Span, model: &Predictor, teacher: &Predictor) -> Self {
        let decisions = [model, teacher].map(Predictor::decisions);
        let of_chunk = |chunk: usize| {
            let mut sums = Sums::default();
            for row in span.of_chunk(chunk) {
                let [own, other] = [model, teacher].map(|predictor| probabilities(predictor.outputs.row(row)));
                let [first, second] = decisions.each_ref().map(|decisions| class(decisions.row(row)));
                sums = sums.plus(Sums {
                    windows: 1.0,
                    agreeing: f64::from(u8::from(first == second)),
                    squared_error: own.iter().zip(&other).map(|(own, other)| (own - other).powi(2)).sum(),
                    moments: other.iter().map(|other| [*other, other * other]).collect(),
                });
            }
            sums
        };
        let Sums { windows, agreeing, squared_error, moments } =
            cluster::sum(ranks, chunks_of(span.range(), CHUNK), of_chunk, Sums::plus).unwrap_or_default();
        let variation: f64 = moments.iter().map(|[sum, squares]| squares - sum * sum / windows).sum();
        let of_classes = moments.len() > 1;
        let agreement = of_classes.then(|| agreeing / windows);
        Self { agreement, r2: (variation > 0.0).then(|| 1.0 - squared_error / variation) }
    }
}

impl Sums {
    fn plus(mut self, other: Self) -> Self {
        self.windows += other.windows;
        self.agreeing += other.agreeing;
        self.squared_error += other.squared_error;
        self.moments.resize(self.moments.len().max(other.moments.len()), [0.0; 2]);
        for (moments, others) in self.moments.iter_mut().zip(&other.moments) {
            moments.iter_mut().zip(others).for_each(|(moment, other)| *moment += other);
        }
        self
    }
}

/// The probabilities of logits. A single value is returned unchanged.
fn probabilities(outputs: ArrayView1<'_, f64>) -> Vec<f64> {
    if outputs.len() == 1 {
        return outputs.to_vec();
    }
    let greatest = outputs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let raised: Vec<f64> = outputs.iter().map(|output| (output - greatest).exp()).collect();
    let sum: f64 = raised.iter().sum();
    raised.iter().map(|raised| raised / sum).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::Serial;
    use crate::metric::Outputs;
    use ndarray::array;

    fn fidelity(model: Outputs, teacher: Outputs) -> Fidelity {
        let predictor = |outputs| Predictor { model: "", outputs, threshold: 0.0, parameters: 0, bytes: 0 };
        Fidelity::of(&Serial, Span::all(teacher.nrows()), &predictor(model), &predictor(teacher))
    }

    #[test]
    fn r2_of_values_follows_its_definition() {
        let teacher = array![[1.0], [2.0], [3.0], [6.0]];
        assert_eq!(fidelity(teacher.clone(), teacher.clone()), Fidelity { agreement: None, r2: Some(1.0) });
        // Errors of 1, 0, 0, 1. The squared deviations from the mean add up to 14.
        let found = fidelity(array![[0.0], [2.0], [3.0], [7.0]], teacher.clone());
        assert!((found.r2.unwrap() - (1.0 - 2.0 / 14.0)).abs() < 1e-12);
        assert_eq!(fidelity(teacher, array![[5.0], [5.0], [5.0], [5.0]]).r2, None);
    }

    #[test]
    fn agreement_is_the_share_of_equal_decisions() {
        let teacher = array![[0.0, 1.0], [2.0, 0.0], [0.0, 3.0], [0.0, 0.5]];
        let model = array![[0.0, 2.0], [0.0, 1.0], [0.0, 3.0], [0.0, 0.1]];
        let found = fidelity(model, teacher.clone());
        assert_eq!(found.agreement, Some(0.75));
        // A constant that is added to all logits of a window does not change its probabilities.
        let shifted = &teacher + &array![[5.0], [-2.0], [1.0], [0.0]];
        let same = fidelity(shifted, teacher);
        assert!((same.r2.unwrap() - 1.0).abs() < 1e-12 && same.agreement == Some(1.0));
    }
}
