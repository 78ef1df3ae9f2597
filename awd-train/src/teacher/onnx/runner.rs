//! Runs a network with `rten`.

use super::advice::Producer;
use super::blame::first_failing;
use super::guard::guarded;
use super::prepare::Prepared;
use crate::{Error, Result};
use ndarray::{Array2, ArrayView2, Axis};
use rten::{Dimension, Model, ModelOptions, NodeId, RunOptions, ThreadPool, Value};
use rten_tensor::prelude::*;
use std::sync::Arc;

/// A network in memory.
pub struct Runner {
    pub file: String,
    pub model: Model,
    pub producer: Producer,
    input: NodeId,
    threads: Arc<ThreadPool>,
}

/// How windows are passed to a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    pub output: NodeId,
    /// The input's shape without the first axis, which is that of the windows.
    pub shape: Vec<usize>,
    /// The number of windows. If there are fewer, zeros are added.
    pub batch: Option<usize>,
}

/// Why a network failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// It has returned an error.
    Error(String),
    /// `rten` has panicked.
    Panic(String),
}

impl Runner {
    /// Loads a network.
    ///
    /// # Errors
    /// An operator is not supported, or loading panics.
    pub fn load(file: &str, prepared: &Prepared) -> Result<Self> {
        let Prepared { bytes, producer, .. } = prepared;
        let model = load(bytes.clone(), prepared).map_err(|failure| {
            let fails = |part: Vec<u8>, _: &str| matches!(load(part, prepared), Err(Failure::Panic(_)));
            producer.refuse(file, failure.text(|| first_failing(bytes, fails)))
        })?;
        let &[input] = model.input_ids() else {
            let name = |&id: &NodeId| model.node_info(id).and_then(|node| node.name()).unwrap_or("?").to_owned();
            let names: Vec<String> = model.input_ids().iter().map(name).collect();
            let bound = format_args!("one input, the windows; it has {}: {}", names.len(), names.join(", "));
            return Err(Error::input(file, "inputs", bound));
        };
        let threads = Arc::new(ThreadPool::with_num_threads(rayon::current_num_threads()));
        Ok(Self { file: file.into(), model, producer: *producer, input, threads })
    }

    /// The shape of the input, as far as it is fixed.
    pub fn input_shape(&self) -> Option<Vec<Dimension>> {
        self.model.input_shape(0)
    }

    /// The outputs (n, outputs) of a batch.
    pub fn run(&self, call: &Call, x: ArrayView2<'_, f32>) -> std::result::Result<Array2<f32>, Failure> {
        let error = |why: &dyn std::fmt::Display| Failure::Error(why.to_string());
        let (n, filled) = (x.nrows(), call.batch.unwrap_or(x.nrows()));
        let mut samples: Vec<f32> = x.iter().copied().collect();
        samples.resize(filled * x.ncols(), 0.0);
        let shape: Vec<usize> = [filled].iter().chain(&call.shape).copied().collect();
        let input = Value::from_shape(&shape, samples).map_err(|why| error(&why))?;
        let mut options = RunOptions::default();
        options.thread_pool = Some(self.threads.clone());
        let outputs = guarded(|| self.model.run(vec![(self.input, input.into())], &[call.output], Some(options)));
        let output = outputs.map_err(Failure::Panic)?.map_err(|why| error(&why))?.pop();
        let output = output.and_then(Value::into_tensor::<f32>).ok_or_else(|| error(&"its output is not of floats"))?;
        if output.shape().first() != Some(&filled) || output.is_empty() {
            let shape = output.shape();
            return Err(error(&format_args!("for {filled} windows its output has the shape {shape:?}")));
        }
        let output = Array2::from_shape_vec((filled, output.len() / filled), output.to_vec());
        Ok(output.map_err(|why| error(&why))?.slice_axis_move(Axis(0), (..n).into()))
    }

    /// The error for a call that has failed.
    pub fn refuse(&self, failure: &Failure) -> Error {
        self.producer.refuse(&self.file, failure.text(|| None))
    }

    /// The error for a call that has failed with these windows, with the operator at which it failed.
    pub fn refuse_at(&self, failure: &Failure, prepared: &Prepared, call: &Call, x: ArrayView2<'_, f32>) -> Error {
        let fails = |part: Vec<u8>, output: &str| {
            let Ok(model) = load(part, prepared) else { return true };
            let (Some(output), &[input]) = (model.find_node(output), model.input_ids()) else { return false };
            let part =
                Self { file: String::new(), model, input, threads: self.threads.clone(), producer: self.producer };
            match (part.run(&Call { output, ..call.clone() }, x), failure) {
                (Err(Failure::Panic(_)), _) => true,
                // Values between operators may have any type and shape, so only errors of operators count.
                (Err(Failure::Error(why)), Failure::Error(_)) => why.starts_with(OPERATOR),
                _ => false,
            }
        };
        self.producer.refuse(&self.file, failure.text(|| first_failing(&prepared.bytes, fails)))
    }
}

/// How `rten` begins the error of an operator. Its name follows.
const OPERATOR: &str = "operator \"";

impl Failure {
    /// The reason in words. The operator is asked for if it is not in them.
    fn text(&self, operator: impl FnOnce() -> Option<String>) -> String {
        let at = |name: Option<String>| name.map_or_else(String::new, |name| format!(" in {name}"));
        match self {
            Self::Panic(why) => {
                let at = at(operator());
                format!("a network that the library rten runs; it fails{at} ({why}): export it with fixed shapes")
            }
            Self::Error(why) => match why.strip_prefix(OPERATOR).and_then(|rest| rest.strip_prefix("\" failed")) {
                Some(rest) => format!("an operator{} failed{rest}", at(operator())),
                None => why.clone(),
            },
        }
    }
}

/// Loads a network from its bytes.
fn load(bytes: Vec<u8>, prepared: &Prepared) -> std::result::Result<Model, Failure> {
    let mut options = ModelOptions::with_all_ops();
    for (name, content) in &prepared.external {
        options.external_data(name, content.clone());
    }
    guarded(|| options.load(bytes)).map_err(Failure::Panic)?.map_err(|why| Failure::Error(why.to_string()))
}
