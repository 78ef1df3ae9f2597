//! Imported networks, as ONNX. `rten` computes their outputs; they have no gradients.

use crate::attribution::Network;
use crate::attribution::few;
use crate::attribution::{FiniteDifferences, StepError};
use crate::attribution::{Function, centred};
use crate::attribution::{Method, attribute};
use crate::cluster::{Ranks, Serial, Span, allgather};
use crate::data::{Attributions, Dataset, Target};
use crate::file::{self as files, Kind};
use crate::progress::Progress;
use crate::{Error, Result};
use ndarray::{Array2, ArrayView2, Axis, concatenate};
use rten::{DataType, Dimension, Model, NodeId, RunOptions, ThreadPool, Value, ValueType};
use rten_tensor::prelude::*;
use std::path::Path;
use std::sync::Arc;

/// Batch size of a network that does not fix one.
const BATCH: usize = 256;

/// Number of windows on which the kind of the outputs is detected.
const SAMPLE: usize = 64;

/// The alternative for a network that cannot be run.
const ALTERNATIVE: &str = "export_gradients of the Python package awd writes the gradients where it was trained (docs/bring-your-own-model.md)";

/// What the outputs of a network are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Link {
    /// A value.
    Identity,
    /// A logit for each class.
    Logits,
    /// A probability for each class.
    Probabilities,
    /// The logit of the second of two classes.
    Logit,
    /// The probability of the second of two classes.
    Probability,
}

/// A network for windows of one length.
pub struct Onnx {
    file: String,
    model: Model,
    input: NodeId,
    output: NodeId,
    /// The input's shape without the first axis, which is that of the windows.
    shape: Vec<usize>,
    /// The batch size, if the network fixes one.
    batch: Option<usize>,
    link: Link,
    threads: Arc<ThreadPool>,
}

impl Onnx {
    /// Reads a network for these data from a file that ends in `.onnx`. Its only input is the windows (n, N), with axes
    /// of length 1 wherever the network wants them; or images (n, H, W), likewise. The first output of floats is used:
    /// a value, or the logits or probabilities of the classes; with two classes, also those of the second alone.
    ///
    /// # Errors
    /// The file is missing or damaged, an operator cannot be run (the error names it), or the network does not fit
    /// these windows and targets.
    pub fn load(path: &Path, data: &Dataset) -> Result<Self> {
        Self::load_across(&Serial, path, data)
    }

    /// Reads the network on all ranks; `data` holds this rank's windows. All ranks detect the kind of the outputs on
    /// the same few windows, whichever rank holds them.
    ///
    /// # Errors
    /// As [`Onnx::load`].
    pub fn load_across(ranks: &dyn Ranks, path: &Path, data: &Dataset) -> Result<Self> {
        // All ranks take part, so this comes before anything that can fail on one rank.
        let x = sample(ranks, data);
        let file = path.display().to_string();
        // rten opens the path itself, because weights may be in separate files next to it.
        files::open(path, Kind::Network)?;
        #[expect(clippy::disallowed_methods, reason = "its size was checked")]
        let model = Model::load_file(path)
            .map_err(|why| Error::input(&file, "network", format_args!("{}; {ALTERNATIVE}", why)))?;
        let name = |&id: &NodeId| model.node_info(id).and_then(|node| node.name()).unwrap_or("?").to_owned();
        let &[input] = model.input_ids() else {
            let names: Vec<String> = model.input_ids().iter().map(name).collect();
            return Err(Error::input(
                &file,
                "inputs",
                format_args!("one input, the windows; it has {}", names.join(", ")),
            ));
        };
        let floats = |id: &&NodeId| {
            let kind = model.node_info(**id).and_then(|node| node.dtype());
            kind.is_none_or(|kind| kind == ValueType::Tensor(DataType::Float))
        };
        let Some(&output) = model.output_ids().iter().find(floats) else {
            return Err(Error::input(&file, "outputs", "one output of floats; it has none"));
        };
        let dimensions = model.input_shape(0);
        let batch = match dimensions.as_deref() {
            Some([Dimension::Fixed(batch), ..]) => Some((*batch).max(1)),
            _ => None,
        };
        let threads = Arc::new(ThreadPool::with_num_threads(rayon::current_num_threads()));
        let mut network = Self { file, model, input, output, shape: Vec::new(), batch, link: Link::Identity, threads };
        let outputs = network.fit_input(dimensions.as_deref(), data, x.view())?;
        network.link =
            Link::of(&data.train.y, &outputs).map_err(|bound| Error::input(&network.file, "outputs", bound))?;
        Ok(network)
    }

    /// Sets the first shape of the windows that the input accepts and the network runs with. Returns the outputs.
    fn fit_input(
        &mut self,
        input: Option<&[Dimension]>,
        data: &Dataset,
        x: ArrayView2<'_, f32>,
    ) -> Result<Array2<f32>> {
        let fits = |shape: &Vec<usize>| {
            let Some([_, axes @ ..]) = input else { return true };
            axes.len() == shape.len()
                && axes.iter().zip(shape).all(|(axis, &n)| !matches!(axis, Dimension::Fixed(fixed) if *fixed != n))
        };
        let mut failed = None;
        for shape in shapes(data).into_iter().filter(fits) {
            self.shape = shape;
            match self.run(x) {
                Ok(outputs) => return Ok(outputs),
                Err(why) => failed = failed.or(Some(why)),
            }
        }
        Err(failed.unwrap_or_else(|| {
            let window = match data.rows {
                1 => format!("windows of {} samples", data.window()),
                rows => format!("images of {rows}×{}", data.window() / rows),
            };
            let bound = format_args!("{window}, like the data; its shape is {:?}", input.unwrap_or_default());
            Error::input(&self.file, "input", bound)
        }))
    }

    /// The outputs (n, outputs) as the network computes them.
    fn run(&self, x: ArrayView2<'_, f32>) -> Result<Array2<f32>> {
        let batches = x.axis_chunks_iter(Axis(0), self.batch.unwrap_or(BATCH));
        let parts = batches.map(|batch| self.run_batch(batch)).collect::<Result<Vec<_>>>()?;
        let parts: Vec<_> = parts.iter().map(|part| part.view()).collect();
        concatenate(Axis(0), &parts).map_err(|why| Error::failed(&self.file, why))
    }

    fn run_batch(&self, x: ArrayView2<'_, f32>) -> Result<Array2<f32>> {
        let failed = |why: &dyn std::fmt::Display| Error::failed(&self.file, format_args!("{}; {ALTERNATIVE}", why));
        let (n, filled) = (x.nrows(), self.batch.unwrap_or(x.nrows()));
        // If the batch size is fixed, an incomplete last batch is filled with zeros.
        let mut samples: Vec<f32> = x.iter().copied().collect();
        samples.resize(filled * x.ncols(), 0.0);
        let shape: Vec<usize> = [filled].iter().chain(&self.shape).copied().collect();
        let input = Value::from_shape(&shape, samples).map_err(|why| failed(&why))?;
        let mut options = RunOptions::default();
        options.thread_pool = Some(self.threads.clone());
        let outputs = self.model.run(vec![(self.input, input.into())], &[self.output], Some(options));
        let output = outputs.map_err(|why| failed(&why))?.pop().and_then(Value::into_tensor::<f32>);
        let output = output.ok_or_else(|| failed(&"its output is not of floats"))?;
        if output.shape().first() != Some(&filled) || output.is_empty() {
            let shape = output.shape();
            return Err(failed(&format_args!("for {filled} windows its output has the shape {shape:?}")));
        }
        let output = Array2::from_shape_vec((filled, output.len() / filled), output.to_vec());
        Ok(output.map_err(|why| failed(&why))?.slice_axis_move(Axis(0), (..n).into()))
    }
}

impl Function for Onnx {
    fn outputs(&self, x: ArrayView2<'_, f32>) -> Result<Array2<f32>> {
        self.run(x).map(|outputs| self.link.outputs(outputs))
    }
}

impl Network for Onnx {
    fn parameters(&self) -> usize {
        self.model.total_params()
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

impl Link {
    /// Detects what these outputs are, given the kind of the targets. The error is what they should be.
    fn of(y: &Target, outputs: &Array2<f32>) -> std::result::Result<Self, String> {
        let probabilities = outputs.iter().all(|p| (0.0..=1.0).contains(p));
        let normalised = outputs.rows().into_iter().all(|row| (row.sum() - 1.0).abs() < 1e-3);
        match (y, outputs.ncols()) {
            (Target::Values(_), 1) => Ok(Self::Identity),
            (Target::Values(_), n) => Err(format!("1, because y_train has values; it has {n}")),
            (Target::Classes { classes, .. }, n) if n == *classes && probabilities && normalised => {
                Ok(Self::Probabilities)
            }
            (Target::Classes { classes, .. }, n) if n == *classes => Ok(Self::Logits),
            (Target::Classes { classes: 2, .. }, 1) if probabilities => Ok(Self::Probability),
            (Target::Classes { classes: 2, .. }, 1) => Ok(Self::Logit),
            (Target::Classes { classes, .. }, n) => Err(format!("{classes}, one per class of y_train; it has {n}")),
        }
    }

    /// Converts the outputs to those of a [`Function`].
    fn outputs(self, outputs: Array2<f32>) -> Array2<f32> {
        let two = |logit: fn(f32) -> f32| {
            let second = outputs.column(0).mapv(|output| logit(output) / 2.0).insert_axis(Axis(1));
            concatenate![Axis(1), -&second, second]
        };
        match self {
            Self::Identity => outputs,
            Self::Logits => centred(outputs),
            Self::Probabilities => centred(outputs.mapv(|p| p.max(f32::MIN_POSITIVE).ln())),
            Self::Logit => two(|logit| logit),
            // An f32 near 1 does not resolve smaller differences from 1.
            Self::Probability => two(|p| (p.max(f32::EPSILON) / (1.0 - p).max(f32::EPSILON)).ln()),
        }
    }
}

/// Shapes in which networks may take these windows, without the axis of the windows. Shapes with fewer axes of length 1
/// come first, but a flattened image comes last.
fn shapes(data: &Dataset) -> Vec<Vec<usize>> {
    let (n, rows) = (data.window(), data.rows);
    let columns = n / rows;
    if rows > 1 {
        return vec![vec![rows, columns], vec![1, rows, columns], vec![rows, columns, 1], vec![n]];
    }
    vec![vec![n], vec![1, n], vec![n, 1], vec![1, 1, n], vec![1, n, 1], vec![n, 1, 1]]
}
