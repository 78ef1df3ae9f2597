//! How far a model says what its teacher says, whatever is true.

use super::Predictor;
use crate::cluster::{self, CHUNK, Ranks, Span, chunks_of};
use crate::metric::class;
use ndarray::ArrayView1;
use serde::{Deserialize, Serialize};

/// A model against its teacher, on the test windows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Fidelity {
    /// Of classes, the share of the windows for which both decide alike.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agreement: Option<f64>,
    /// The share of the variance of the teacher's outputs that the model's explain; of classes, of the probabilities of all. None if the
    /// teacher's do not vary.
    pub r2: Option<f64>,
}

/// Sums over windows.
#[derive(Default, Serialize, Deserialize)]
struct Sums {
    windows: f64,
    /// Windows for which both decide alike.
    alike: f64,
    /// The squares of all differences.
    off: f64,
    /// Of each output of the teacher, its sum and that of its squares.
    moments: Vec<[f64; 2]>,
}

impl Fidelity {
    /// Of the windows of all ranks; the predictors' outputs are those of this one's.
    pub(super) fn of(ranks: &dyn Ranks, span: Span, model: &Predictor, teacher: &Predictor) -> Self {
        let decisions = [model, teacher].map(Predictor::decisions);
        let of_chunk = |chunk: usize| {
            let mut sums = Sums::default();
            for row in span.of_chunk(chunk) {
                let [own, other] = [model, teacher].map(|predictor| probabilities(predictor.outputs.row(row)));
                let [first, second] = decisions.each_ref().map(|decisions| class(decisions.row(row)));
                sums = sums.plus(Sums {
                    windows: 1.0,
                    alike: f64::from(u8::from(first == second)),
                    off: own.iter().zip(&other).map(|(own, other)| (own - other).powi(2)).sum(),
                    moments: other.iter().map(|other| [*other, other * other]).collect(),
                });
            }
            sums
        };
        let Sums { windows, alike, off, moments } =
            cluster::sum(ranks, chunks_of(span.range(), CHUNK), of_chunk, Sums::plus).unwrap_or_default();
        let varies: f64 = moments.iter().map(|[sum, squares]| squares - sum * sum / windows).sum();
        let of_classes = moments.len() > 1;
        Self { agreement: of_classes.then(|| alike / windows), r2: (varies > 0.0).then(|| 1.0 - off / varies) }
    }
}

impl Sums {
    fn plus(mut self, other: Self) -> Self {
        self.windows += other.windows;
        self.alike += other.alike;
        self.off += other.off;
        self.moments.resize(self.moments.len().max(other.moments.len()), [0.0; 2]);
        for (moments, others) in self.moments.iter_mut().zip(&other.moments) {
            moments.iter_mut().zip(others).for_each(|(moment, other)| *moment += other);
        }
        self
    }
}

/// The probabilities of logits; a value stays as it is.
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

    fn of(model: Outputs, teacher: Outputs) -> Fidelity {
        let predictor = |outputs| Predictor { model: "", outputs, threshold: 0.0, parameters: 0, bytes: 0 };
        Fidelity::of(&Serial, Span::all(teacher.nrows()), &predictor(model), &predictor(teacher))
    }

    #[test]
    fn values_are_as_near_as_r2_says() {
        let teacher = array![[1.0], [2.0], [3.0], [6.0]];
        assert_eq!(of(teacher.clone(), teacher.clone()), Fidelity { agreement: None, r2: Some(1.0) });
        // Off by 1, 0, 0, 1 where the variance is 14.
        let off = of(array![[0.0], [2.0], [3.0], [7.0]], teacher.clone());
        assert!((off.r2.unwrap() - (1.0 - 2.0 / 14.0)).abs() < 1e-12);
        assert_eq!(of(teacher, array![[5.0], [5.0], [5.0], [5.0]]).r2, None);
    }

    #[test]
    fn classes_agree_where_both_decide_alike() {
        let teacher = array![[0.0, 1.0], [2.0, 0.0], [0.0, 3.0], [0.0, 0.5]];
        let model = array![[0.0, 2.0], [0.0, 1.0], [0.0, 3.0], [0.0, 0.1]];
        let found = of(model, teacher.clone());
        assert_eq!(found.agreement, Some(0.75));
        // Logits have no zero of their own, and probabilities do not see it.
        let shifted = &teacher + &array![[5.0], [-2.0], [1.0], [0.0]];
        let same = of(shifted, teacher);
        assert!((same.r2.unwrap() - 1.0).abs() < 1e-12 && same.agreement == Some(1.0));
    }
}
