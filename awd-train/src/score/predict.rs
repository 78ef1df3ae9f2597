//! Predictions of a model, by the scorer that boards run.

use crate::model::Model;
use awd_core::{Arithmetic, Invalid, Kind, Scalar, Scores};
use ndarray::{Array2, Axis};
use rayon::prelude::*;

/// Image lines that are transformed at a time.
pub const LINES: usize = 8;

/// Predicts for windows (n, N) in f32: values (n, 1), or the logits of all classes (n, classes).
#[must_use]
pub fn predict(model: &Model, x: &Array2<f32>) -> Array2<f64> {
    match model.view().images::<LINES>() {
        Ok(scorer) => {
            let (buffer, work) = (scorer.images().buffer_len(), scorer.images().work_len());
            outputs(model, x, buffer + work, |x, space| {
                let (buffer, work) = space.split_at_mut(buffer);
                scorer.score(x, buffer, work)
            })
        }
        Err(_) => outputs(model, x, model.work_len(), |x, work| model.view().score(x, work)),
    }
}

/// As [`predict`], in integers, see [`awd_core::Model::score_rounded`].
///
/// # Errors
/// The model is not a fixed-point model.
pub fn predict_fixed(model: &Model, x: &Array2<f32>) -> Result<Array2<f64>, Invalid> {
    Invalid::Fixed.unless(model.spec().scalar != Arithmetic::Float)?;
    Ok(outputs(model, x, model.view().rounded_work_len(), |x, work: &mut [i16]| {
        model.view().score_rounded(x, work).map(|(scores, _)| scores)
    }))
}

fn outputs<W: Scalar + Send>(
    model: &Model,
    x: &Array2<f32>,
    work: usize,
    score: impl Fn(&[f32], &mut [W]) -> Result<Scores, Invalid> + Sync,
) -> Array2<f64> {
    let readout = &model.spec().readout;
    // Class 0 has logit 0.
    let first = usize::from(readout.kind == Kind::Softmax);
    let mut outputs = Array2::zeros((x.nrows(), first + readout.bias.len()));
    let rows = x.axis_iter(Axis(0)).into_par_iter().zip(outputs.axis_iter_mut(Axis(0)).into_par_iter());
    rows.for_each_init(
        || vec![W::ZERO; work],
        |work, (x, mut row)| {
            let scores = score(&x.to_vec(), work).expect("the windows are as long as the model's");
            row.iter_mut().skip(first).zip(scores.outputs()).for_each(|(output, &score)| *output = f64::from(score));
        },
    );
    outputs
}
