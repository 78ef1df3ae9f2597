//! From a wavelet and a training split to a model that flies.

use super::{Chosen, Fitted, Standardised, candidates, cross_validate, features, path};
use crate::data::{Fold, Samples, Target};
use crate::wavelet::Wavelet;
use crate::{Error, Result};
use awd_core::model::MAX_TERMS;
use awd_core::readout::MAX_WEIGHTS;
use awd_core::{Boundary, Dwt, Kind, Model, Readout, Spec, Term};
use ndarray::{Array2, Axis};
use rayon::prelude::*;

/// Penalties that are tried, multiples of the loss of standardised columns.
pub const PENALTIES: [f64; 4] = [1e-4, 1e-3, 1e-2, 1e-1];

/// A wavelet with boundary and depth, before it has a readout.
#[derive(Debug, Clone)]
pub struct Transform {
    /// The wavelet.
    pub wavelet: Wavelet,
    /// What stands beyond the window's ends.
    pub boundary: Boundary,
    /// Number of levels J.
    pub levels: u8,
}

impl Transform {
    /// As the board computes it.
    #[must_use]
    pub fn dwt(&self) -> Dwt<f32> {
        Dwt::new(self.wavelet.lifting_f32(), self.boundary, self.levels)
    }

    /// Terms that fit a budget of `numbers` deployed numbers an output, besides the wavelet's taps and the biases.
    #[must_use]
    pub fn budget(&self, numbers: usize, outputs: usize) -> usize {
        let taps = self.wavelet.lifting().parameters();
        let weights = numbers.saturating_mul(outputs).saturating_sub(taps + outputs);
        (weights / outputs).min(MAX_TERMS).min(MAX_WEIGHTS / outputs)
    }

    /// The best cross-validated readout of at most so many numbers an output, and the penalty that it takes.
    #[must_use]
    pub fn cross_validate(
        &self,
        samples: &Samples,
        folds: &[Fold],
        numbers: usize,
        penalties: &[f64],
    ) -> (Chosen, f64) {
        let dwt = self.dwt();
        let columns = features(&samples.x, &dwt, &candidates(&dwt, samples.x.ncols()));
        let terms = self.budget(numbers, samples.y.outputs());
        let scored =
            penalties.iter().map(|&penalty| (cross_validate(&columns, &samples.y, folds, penalty, terms), penalty));
        scored
            .reduce(|best, here| if here.0.criterion > best.0.criterion { here } else { best })
            .expect("at least one penalty")
    }

    /// The model whose readout has so many terms, fitted to all of these samples.
    ///
    /// # Errors
    /// Its weights are beyond what an f32 holds: samples or targets of extreme units.
    pub fn model(&self, samples: &Samples, terms: usize, penalty: f64) -> Result<Model> {
        let dwt = self.dwt();
        let all = candidates(&dwt, samples.x.ncols());
        let columns = features(&samples.x, &dwt, &all);
        let standardised = Standardised::of(&columns);
        let fitted = path(&standardised.apply(&columns), &samples.y, penalty, terms).pop().expect("a path has a start");
        let (terms, readout) = unstandardised(&fitted, &standardised, &all, &samples.y);
        let window = u16::try_from(samples.x.ncols()).expect("a data set's windows are within the bounds");
        let terms = terms.into_iter().collect();
        Model::new(Spec { window, dwt, terms, readout }).map_err(|why| Error::failed("model", why))
    }
}

/// Terms in the model's order, and the weights of the features as they are.
#[expect(clippy::cast_possible_truncation, reason = "the board computes in f32")]
fn unstandardised(fitted: &Fitted, by: &Standardised, all: &[Term], y: &Target) -> (Vec<Term>, Readout) {
    let outputs = fitted.bias.len();
    let mut columns: Vec<(usize, &[f64])> =
        fitted.support.iter().copied().zip(fitted.weights.chunks_exact(outputs)).collect();
    columns.sort_by_key(|&(j, _)| all[j]);
    let mut bias = fitted.bias.clone();
    let mut weights = Vec::new();
    for &(j, standardised) in &columns {
        for (bias, w) in bias.iter_mut().zip(standardised) {
            *bias -= w * by.mean[j] / by.deviation[j];
            weights.push((w / by.deviation[j]) as f32);
        }
    }
    let kind = match y {
        Target::Values(_) => Kind::Linear,
        Target::Classes { .. } => Kind::Softmax,
    };
    let bias = bias.iter().map(|&b| b as f32).collect();
    let weights = weights.into_iter().collect();
    (columns.iter().map(|&(j, _)| all[j]).collect(), Readout { kind, bias, weights })
}

/// What the model says of windows (n, N), by the scorer that flies: values (n, 1), or the logits (n, classes) of all
/// classes.
#[must_use]
pub fn predict(model: &Model, x: &Array2<f32>) -> Array2<f64> {
    let readout = &model.spec().readout;
    let first = usize::from(readout.kind == Kind::Softmax);
    let mut outputs = Array2::zeros((x.nrows(), first + readout.bias.len()));
    let rows = x.axis_iter(Axis(0)).into_par_iter().zip(outputs.axis_iter_mut(Axis(0)).into_par_iter());
    rows.for_each_init(
        || vec![0.0; model.work_len()],
        |work, (x, mut row)| {
            let scores = model.score(&x.to_vec(), work).expect("the windows are as long as the model's");
            row.iter_mut().skip(first).zip(scores.outputs()).for_each(|(output, &score)| *output = f64::from(score));
        },
    );
    outputs
}
