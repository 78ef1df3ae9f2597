//! Imported networks, as ONNX. `rten` computes their outputs; they have no gradients.

mod advice;
mod blame;
mod fit;
mod guard;
mod link;
mod prepare;
mod proto;
mod runner;
mod sklearn;
#[cfg(test)]
mod tests;

use crate::Error;
use crate::Result;
use crate::attribution::few;
use crate::attribution::{FiniteDifferences, Function, Method, Network, StepError, attribute};
use crate::cluster::{Ranks, Serial, Span, allgather};
use crate::data::{Attributions, Dataset};
use crate::progress::Progress;
use fit::Fit;
use link::Link;
use ndarray::{Array2, ArrayView2, Axis, concatenate};
use prepare::prepare;
use runner::{Call, Runner};
use std::path::Path;

/// Batch size of a network that does not fix one.
const BATCH: usize = 256;

/// Number of windows on which the kind of the outputs is detected.
const SAMPLE: usize = 64;

/// A network for windows of one length.
pub struct Onnx {
    runner: Runner,
    call: Call,
    link: Link,
}

impl Onnx {
    /// Reads a network for these data from an ONNX file. Its only input is the windows (n, N), with axes of length 1
    /// wherever the network wants them; or images (n, H, W), likewise. The first output of floats that fits is used: a
    /// value, or the logits or probabilities of the classes; with two classes, also those of the second alone. Networks
    /// of scikit-learn are read as `skl2onnx` writes them.
    ///
    /// # Errors
    /// The file is missing or damaged, an operator cannot be run (the error names it), or the network does not fit
    /// these windows and targets.
    pub fn load(path: &Path, data: &Dataset) -> Result<Self> {
        Self::load_across(&Serial, path, None, data)
    }

    /// Reads the network on all ranks; `data` holds this rank's windows. All ranks detect the kind of the outputs on
    /// the same few windows, whichever rank holds them. An output can be named; otherwise the first that fits is used.
    ///
    /// # Errors
    /// As [`Onnx::load`]; or there is no output of this name.
    pub fn load_across(ranks: &dyn Ranks, path: &Path, output: Option<&str>, data: &Dataset) -> Result<Self> {
        // All ranks take part, so this comes before anything that can fail on one rank.
        let x = sample(ranks, data);
        let prepared = prepare(path)?;
        let runner = Runner::load(&path.display().to_string(), &prepared)?;
        let Fit { call, link } = Fit::of(&runner, &prepared, output, data, x.view())?;
        Ok(Self { runner, call, link })
    }
}

impl Function for Onnx {
    fn outputs(&self, x: ArrayView2<'_, f32>) -> Result<Array2<f32>> {
        let batches = x.axis_chunks_iter(Axis(0), self.call.batch.unwrap_or(BATCH));
        let run = |batch| self.runner.run(&self.call, batch).map_err(|failure| self.runner.refuse(&failure));
        let parts = batches.map(run).collect::<Result<Vec<_>>>()?;
        let parts: Vec<_> = parts.iter().map(|part| part.view()).collect();
        let outputs = concatenate(Axis(0), &parts).map_err(|why| Error::failed(&self.runner.file, why))?;
        Ok(self.link.outputs(outputs))
    }
}

impl Network for Onnx {
    fn parameters(&self) -> usize {
        self.runner.model.total_params()
    }

    fn by_differences(&self) -> bool {
        true
    }

    /// Uses finite differences.
    fn attribute(
        &self,
        method: &Method,
        x: &Array2<f32>,
        progress: Progress<'_>,
    ) -> Result<(Attributions, Option<StepError>)> {
        let differences = FiniteDifferences::new(self, x)?;
        Ok((attribute(method, x, &differences, progress)?, Some(differences.step_error())))
    }
}

/// Training windows, evenly spread over those of all ranks.
fn sample(ranks: &dyn Ranks, data: &Dataset) -> Array2<f32> {
    let x = &data.train.x;
    let span = Span::of(x.nrows(), ranks);
    let rows = few(span.total, SAMPLE);
    let own: Vec<f32> = x.select(Axis(0), &span.here(&rows)).into_iter().collect();
    let all = allgather(ranks, own).concat();
    Array2::from_shape_vec((rows.len(), x.ncols()), all).expect("complete windows")
}
