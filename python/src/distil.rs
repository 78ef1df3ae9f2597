//! Distils a model from arrays.

use crate::compute::compute;
use crate::model::Model;
use crate::options::Given;
use awd_train::attribution::Method;
use awd_train::cluster::Serial;
use awd_train::data::{Attributions, Dataset, Target};
use awd_train::distil::{Trial, distil as distilled};
use awd_train::progress::Context;
use awd_train::teacher::Source;
use numpy::{PyReadonlyArray1, PyReadonlyArray2, PyReadonlyArray3};
use pyo3::prelude::*;
use serde_json::json;
use std::path::PathBuf;

/// Targets: values, or the numbers of classes from 0.
#[derive(FromPyObject)]
pub enum Targets<'py> {
    Values(PyReadonlyArray1<'py, f64>),
    Classes(PyReadonlyArray1<'py, i64>),
}

impl Targets<'_> {
    fn target(&self) -> Target {
        match self {
            Self::Values(values) => values.as_array().to_vec().into(),
            // Python numbers classes from 0.
            Self::Classes(labels) => {
                let number = |&label: &i64| usize::try_from(label).unwrap_or(usize::MAX);
                labels.as_array().iter().map(number).collect::<Vec<usize>>().into()
            }
        }
    }
}

/// Gradients (n, outputs, N), and displacements (n, N) if there are any.
type Attributed<'py> = (PyReadonlyArray3<'py, f32>, Option<PyReadonlyArray2<'py, f32>>);

/// Distils a model from windows `x` (n, N) and their targets. Returns the model, and the results as JSON.
#[pyfunction]
#[pyo3(signature = (x, y, options, *, class_names, rows, groups, gradients, network, threads))]
#[expect(clippy::too_many_arguments, reason = "Python names them")]
pub fn distil(
    py: Python<'_>,
    x: PyReadonlyArray2<'_, f32>,
    y: Targets<'_>,
    options: Given,
    class_names: Vec<String>,
    rows: usize,
    groups: Option<Vec<usize>>,
    gradients: Option<Attributed<'_>>,
    network: Option<PathBuf>,
    threads: Option<usize>,
) -> PyResult<(Model, String)> {
    let options = options.options()?;
    let mut data = Dataset::builder(x.as_array().to_owned(), y.target()).class_names(class_names).images(rows);
    if let Some(groups) = groups {
        data = data.groups(groups);
    }
    let given = gradients.map(|(gradients, displacements)| Attributions {
        gradients: gradients.as_array().to_owned(),
        displacements: displacements.map(|displacements| displacements.as_array().to_owned()),
    });
    let found = compute(py, threads, |progress| {
        let data = data.build()?;
        let attributions = match &network {
            Some(path) => {
                let of_awd = path.extension().is_some_and(|extension| extension == "safetensors");
                let source = if of_awd { Source::Weights(path) } else { Source::Onnx(path, None) };
                let network = source.load(&Serial, &data)?.network;
                Some(network.attribute(&Method::Saliency, &data.train().x, progress)?.0)
            }
            None => given,
        };
        distilled(&data, attributions.as_ref(), &options, Context::of(progress))
    })?;
    let mut results = found.json();
    results["trials"] = json!(Trial::of(&found.grid));
    Ok((Model::of(found.model), results.to_string()))
}
