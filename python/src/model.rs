//! A model: its file, its scores, its description and its source code.

use crate::compute::compute;
use crate::errors::{caught, invalid, raised};
use awd_core::{Kind, Scores};
use awd_train::attribution::{Baseline, Method, attribute};
use awd_train::describe::{input, json, text};
use awd_train::explain::ByTerms;
use awd_train::export::code;
use awd_train::readout::{Candidates, Slopes};
use awd_train::score::on_host;
use awd_train::wavelet::Shape;
use awd_train::{Error, file};
use ndarray::{Array2, ArrayView2, Axis};
use numpy::{IntoPyArray, PyArray1, PyArray2, PyReadonlyArray2};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use rayon::prelude::*;
use std::path::PathBuf;
use std::sync::Arc;

/// Windows that a thread scores at a time.
const CHUNK: usize = 64;

/// Points on the path from the mean window, as in the report.
const STEPS: usize = 32;

/// A model.
#[pyclass(frozen, module = "awd._awd")]
pub struct Model(Arc<awd_train::Model>);

impl Model {
    pub fn of(model: awd_train::Model) -> Self {
        Self(Arc::new(model))
    }

    /// The model, shared.
    pub fn shared(&self) -> Arc<awd_train::Model> {
        Arc::clone(&self.0)
    }

    /// Checks the length of windows (n, N) and copies them.
    pub fn windows(&self, x: &PyReadonlyArray2<'_, f32>) -> PyResult<Array2<f32>> {
        let x = x.as_array();
        if x.ncols() == self.0.window() {
            return Ok(x.to_owned());
        }
        let bound = format_args!("windows of {} samples, like the model's; these have {}", self.0.window(), x.ncols());
        Err(raised(&Error::input("X", "shape", bound)))
    }

    /// The scores of windows, by the code that boards run.
    fn scores(&self, py: Python<'_>, x: &PyReadonlyArray2<'_, f32>, threads: Option<usize>) -> PyResult<Vec<Scores>> {
        let x = self.windows(x)?;
        let score = |chunk: ArrayView2<'_, f32>| {
            let mut scorer = on_host(&self.0);
            chunk.rows().into_iter().map(|window| scorer.score(&window.to_vec())).collect::<Result<Vec<_>, _>>()
        };
        // Few windows are scored faster than a thread wakes up.
        if x.nrows() <= CHUNK {
            return caught(|| score(x.view()))?.map_err(|error| raised(&error));
        }
        let scored = compute(py, threads, |_| {
            x.axis_chunks_iter(Axis(0), CHUNK).into_par_iter().map(score).collect::<Result<Vec<_>, _>>()
        })?;
        Ok(scored.into_iter().flatten().collect())
    }
}

/// Contributions of the inputs of a readout (n, inputs) and of samples (n, N).
type Contributions = (Py<PyArray2<f64>>, Py<PyArray2<f32>>);

/// Rows of the same length as an array.
pub fn array(py: Python<'_>, rows: &[Vec<f32>], columns: usize) -> Py<PyArray2<f32>> {
    Array2::from_shape_fn((rows.len(), columns), |(i, k)| rows[i][k]).into_pyarray(py).unbind()
}

#[pymethods]
impl Model {
    /// Reads the bytes of a model's file.
    #[staticmethod]
    fn from_bytes(bytes: &[u8]) -> PyResult<Self> {
        let read = caught(|| awd_train::Model::from_bytes(bytes))?;
        read.map(Self::of).map_err(|why| PyValueError::new_err(format!("model: {why}")))
    }

    /// Reads a model's file.
    #[staticmethod]
    fn load(path: PathBuf) -> PyResult<Self> {
        caught(|| file::read_model(&path))?.map(Self::of).map_err(|error| raised(&error))
    }

    /// Writes the model's file, whole or not at all.
    fn save(&self, path: PathBuf) -> PyResult<()> {
        caught(|| file::write_model(&path, &self.0))?.map_err(|error| raised(&error))
    }

    /// The bytes of the model's file.
    fn to_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.file())
    }

    /// Samples of a window.
    #[getter]
    fn window(&self) -> usize {
        self.0.window()
    }

    /// Rows of an image; 1 for signals.
    #[getter]
    fn rows(&self) -> usize {
        self.0.spec().image.as_ref().map_or(1, |image| image.height.into())
    }

    /// The number of classes; 0 for a model of values.
    #[getter]
    fn classes(&self) -> usize {
        match self.0.spec().readout.kind {
            Kind::Linear => 0,
            Kind::Softmax => self.0.spec().readout.bias.len() + 1,
        }
    }

    /// The number of parameters that the device needs.
    #[getter]
    fn parameters(&self) -> usize {
        self.0.parameters()
    }

    /// The logit above which class 1 is decided, for two classes.
    #[getter]
    fn threshold(&self) -> f32 {
        self.0.spec().readout.threshold
    }

    /// The outputs (n, outputs): values, or the logits of all classes but the first, whose logit is 0.
    fn outputs(
        &self,
        py: Python<'_>,
        x: PyReadonlyArray2<'_, f32>,
        threads: Option<usize>,
    ) -> PyResult<Py<PyArray2<f32>>> {
        let rows: Vec<_> = self.scores(py, &x, threads)?.iter().map(|scores| scores.outputs().to_vec()).collect();
        Ok(array(py, &rows, self.0.spec().readout.bias.len()))
    }

    /// The probabilities of the classes (n, classes).
    fn probabilities(
        &self,
        py: Python<'_>,
        x: PyReadonlyArray2<'_, f32>,
        threads: Option<usize>,
    ) -> PyResult<Py<PyArray2<f32>>> {
        let rows: Vec<_> = self.scores(py, &x, threads)?.iter().map(|scores| scores.probabilities().to_vec()).collect();
        Ok(array(py, &rows, self.classes()))
    }

    /// The decided classes (n); -1 where an output is not finite.
    fn decisions(
        &self,
        py: Python<'_>,
        x: PyReadonlyArray2<'_, f32>,
        threads: Option<usize>,
    ) -> PyResult<Py<PyArray1<i64>>> {
        let class = |scores: &Scores| scores.class().and_then(|class| i64::try_from(class).ok()).unwrap_or(-1);
        let classes: Vec<i64> = self.scores(py, &x, threads)?.iter().map(class).collect();
        Ok(classes.into_pyarray(py).unbind())
    }

    /// The inputs of the readout (n, inputs): features, then products of two of them.
    fn features(
        &self,
        py: Python<'_>,
        x: PyReadonlyArray2<'_, f32>,
        threads: Option<usize>,
    ) -> PyResult<Py<PyArray2<f64>>> {
        let x = self.windows(&x)?;
        let features = compute(py, threads, |_| Ok(Candidates::of_model(&self.0).features(&x)))?;
        Ok(features.into_pyarray(py).unbind())
    }

    /// The names of these inputs.
    fn feature_names(&self) -> PyResult<Vec<String>> {
        let spec = self.0.spec();
        caught(|| (0..spec.terms.len() + spec.products.len()).map(|i| input(spec, i)).collect())
    }

    /// What each input of the readout (n, inputs) and each sample (n, N) contributes to an output for windows `x`, compared with the
    /// mean of the windows `reference`.
    fn contributions(
        &self,
        py: Python<'_>,
        x: PyReadonlyArray2<'_, f32>,
        reference: PyReadonlyArray2<'_, f32>,
        output: usize,
        threads: Option<usize>,
    ) -> PyResult<Contributions> {
        let outputs = self.classes().max(1);
        if output >= outputs {
            let bound = format!("output: below {outputs}, the number of outputs; asked for {output}");
            return Err(PyValueError::new_err(bound));
        }
        let (x, reference) = (self.windows(&x)?, self.windows(&reference)?);
        let Some(mean) = reference.mean_axis(Axis(0)) else {
            return Err(PyValueError::new_err("reference: at least one window; it has none"));
        };
        let (inputs, samples) = compute(py, threads, |progress| {
            let inputs = ByTerms::new(&self.0, &reference).added(output, &x);
            let method = Method::IntegratedGradients { steps: STEPS, baseline: Baseline::Window(mean) };
            let found = attribute(&method, &x, &Slopes::new(&self.0)?, progress)?.output(output)?;
            let gradients = found.gradients.index_axis_move(Axis(1), 0);
            Ok((inputs, found.displacements.map_or(gradients.clone(), |displacements| gradients * displacements)))
        })?;
        Ok((inputs.into_pyarray(py).unbind(), samples.into_pyarray(py).unbind()))
    }

    /// Every field of the model, as JSON.
    fn json(&self) -> PyResult<String> {
        caught(|| json(&self.0).to_string())
    }

    /// The description of the model, for people.
    fn text(&self) -> PyResult<String> {
        caught(|| text(&self.0))
    }

    /// The source of a scorer in `c` or `rust`.
    fn source(&self, language: &str, name: &str) -> PyResult<String> {
        let print = match language {
            "c" => code::c,
            "rust" => code::rust,
            _ => return Err(PyValueError::new_err(format!("language: c or rust; asked for {language:?}"))),
        };
        let printed = caught(|| code::Program::new(&self.0, name).map(|program| print(&program)))?;
        printed.map_err(|error| raised(&error))
    }

    /// The files of an Arduino library: paths and texts.
    fn arduino(&self, name: &str, library: &str) -> PyResult<Vec<(&'static str, String)>> {
        let files = caught(|| code::Program::new(&self.0, name).map(|program| code::arduino(&program, library)))?;
        files.map(Into::into).map_err(|error| raised(&error))
    }

    /// The functions of a wavelet and its filters' gains: φ and ψ, each as start, step and values, and the gains of the low-pass and
    /// the high-pass filter from 0 to half a cycle per sample.
    #[expect(clippy::type_complexity, reason = "Python unpacks it")]
    fn shape(&self, wavelet: usize) -> PyResult<([(f64, f64, Vec<f64>); 2], [Vec<f64>; 2])> {
        let wavelets = &self.0.spec().wavelets;
        let dwt = wavelets.get(wavelet).ok_or_else(|| {
            PyValueError::new_err(format!(
                "wavelet: below {}, the number of wavelets; asked for {wavelet}",
                wavelets.len()
            ))
        })?;
        let Shape { scaling, wavelet, gains } = caught(|| Shape::of(dwt.scheme(0)))?.map_err(invalid)?;
        Ok(([scaling, wavelet].map(|f| (f.start, f.step, f.values)), gains))
    }
}
