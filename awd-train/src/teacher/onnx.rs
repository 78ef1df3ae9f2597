//! Networks from elsewhere, as ONNX: a function whose outputs are computed by `rten`. It has no gradients to give.

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

/// Windows that go through the network together, where it does not say how many.
const BATCH: usize = 256;

/// Windows by which it is told what the outputs are.
const SAMPLE: usize = 64;

/// The way round whatever cannot be run.
const WAY_ROUND: &str =
    "where it was trained, python/awd_export.py can write the gradients (docs/bring-your-own-model.md)";

/// What the outputs of a network are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Link {
    /// A value.
    Identity,
    /// A logit for each class.
    Logits,
    /// A probability for each class.
    Probabilities,
    /// Of two classes, the logit of the second.
    Logit,
    /// Of two classes, the probability of the second.
    Probability,
}

/// A network for windows of one length.
pub struct Onnx {
    file: String,
    model: Model,
    input: NodeId,
    output: NodeId,
    /// The input's shape but for the windows' axis, which is the first.
    shape: Vec<usize>,
    /// Windows that must go through it together, if it says so.
    batch: Option<usize>,
    link: Link,
    threads: Arc<ThreadPool>,
}

impl Onnx {
    /// Reads a network of these data, in a file that ends in `.onnx`. It has one input: the windows (n, N), with axes of
    /// length 1 wherever the network wants them; images (n, H, W) likewise. The first output of floats is taken: a value, or
    /// for classes logits or probabilities, of two classes also the second's alone.
    ///
    /// # Errors
    /// It is not there, damaged, has an operator that cannot be run (named), or is not one for these windows and targets.
    pub fn load(path: &Path, data: &Dataset) -> Result<Self> {
        Self::load_across(&Serial, path, data)
    }

    /// The same on all ranks, of which `data` has this one's windows: what the outputs are is told by the same few windows, whoever
    /// has them.
    ///
    /// # Errors
    /// As [`Onnx::load`].
    pub fn load_across(ranks: &dyn Ranks, path: &Path, data: &Dataset) -> Result<Self> {
        // Before anything can fail here alone.
        let x = sample(ranks, data);
        let file = path.display().to_string();
        // It may have weights in files beside it, which rten looks for.
        files::open(path, Kind::Network)?;
        #[expect(clippy::disallowed_methods, reason = "its size was checked")]
        let model = Model::load_file(path)
            .map_err(|why| Error::input(&file, "network", format_args!("{}; {WAY_ROUND}", why)))?;
        let name = |&id: &NodeId| model.node_info(id).and_then(|node| node.name()).unwrap_or("?").to_owned();
        let &[input] = model.input_ids() else {
            let names: Vec<String> = model.input_ids().iter().map(name).collect();
            return Err(Error::input(&file, "inputs", format_args!("one, the windows; it has {}", names.join(", "))));
        };
        let floats = |id: &&NodeId| {
            let kind = model.node_info(**id).and_then(|node| node.dtype());
            kind.is_none_or(|kind| kind == ValueType::Tensor(DataType::Float))
        };
        let Some(&output) = model.output_ids().iter().find(floats) else {
            return Err(Error::input(&file, "outputs", "one of floats; it has none"));
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

    /// Takes the first shape of the windows that the input can have, and with which the network runs; gives its outputs.
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
            let bound = format_args!("{window}, as the data; its shape is {:?}", input.unwrap_or_default());
            Error::input(&self.file, "input", bound)
        }))
    }

    /// What the network says (n, outputs).
    fn run(&self, x: ArrayView2<'_, f32>) -> Result<Array2<f32>> {
        let batches = x.axis_chunks_iter(Axis(0), self.batch.unwrap_or(BATCH));
        let parts = batches.map(|batch| self.run_batch(batch)).collect::<Result<Vec<_>>>()?;
        let parts: Vec<_> = parts.iter().map(|part| part.view()).collect();
        concatenate(Axis(0), &parts).map_err(|why| Error::failed(&self.file, why))
    }

    fn run_batch(&self, x: ArrayView2<'_, f32>) -> Result<Array2<f32>> {
        let failed = |why: &dyn std::fmt::Display| Error::failed(&self.file, format_args!("{}; {WAY_ROUND}", why));
        let (n, filled) = (x.nrows(), self.batch.unwrap_or(x.nrows()));
        // A last batch that is too small is filled with zeros.
        let mut samples: Vec<f32> = x.iter().copied().collect();
        samples.resize(filled * x.ncols(), 0.0);
        let shape: Vec<usize> = [filled].iter().chain(&self.shape).copied().collect();
        let input = Value::from_shape(&shape, samples).map_err(|why| failed(&why))?;
        let mut options = RunOptions::default();
        options.thread_pool = Some(self.threads.clone());
        let outputs = self.model.run(vec![(self.input, input.into())], &[self.output], Some(options));
        let output = outputs.map_err(|why| failed(&why))?.pop().and_then(Value::into_tensor::<f32>);
        let output = output.ok_or_else(|| failed(&"its output is not one of floats"))?;
        if output.shape().first() != Some(&filled) || output.is_empty() {
            let shape = output.shape();
            return Err(failed(&format_args!("of {filled} windows its output has the shape {shape:?}")));
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

    /// Of differences.
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
    Array2::from_shape_vec((rows.len(), x.ncols()), all).expect("whole windows")
}

impl Link {
    /// What these outputs of a network are for targets of this kind, or what they should be.
    fn of(y: &Target, outputs: &Array2<f32>) -> std::result::Result<Self, String> {
        let probabilities = outputs.iter().all(|p| (0.0..=1.0).contains(p));
        let whole = outputs.rows().into_iter().all(|row| (row.sum() - 1.0).abs() < 1e-3);
        match (y, outputs.ncols()) {
            (Target::Values(_), 1) => Ok(Self::Identity),
            (Target::Values(_), n) => Err(format!("one, as y_train has values; it has {n}")),
            (Target::Classes { classes, .. }, n) if n == *classes && probabilities && whole => Ok(Self::Probabilities),
            (Target::Classes { classes, .. }, n) if n == *classes => Ok(Self::Logits),
            (Target::Classes { classes: 2, .. }, 1) if probabilities => Ok(Self::Probability),
            (Target::Classes { classes: 2, .. }, 1) => Ok(Self::Logit),
            (Target::Classes { classes, .. }, n) => Err(format!("{classes}, as y_train has classes; it has {n}")),
        }
    }

    /// As [`Function`] has them.
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
            // What an f32 near 1 cannot tell from 1.
            Self::Probability => two(|p| (p.max(f32::EPSILON) / (1.0 - p).max(f32::EPSILON)).ln()),
        }
    }
}

/// Shapes in which networks take these windows, without the windows' axis: with no axes of length 1 first, then with more.
fn shapes(data: &Dataset) -> Vec<Vec<usize>> {
    let (n, rows) = (data.window(), data.rows);
    let columns = n / rows;
    if rows > 1 {
        return vec![vec![rows, columns], vec![1, rows, columns], vec![rows, columns, 1], vec![n]];
    }
    vec![vec![n], vec![1, n], vec![n, 1], vec![1, 1, n], vec![1, n, 1], vec![n, 1, 1]]
}
