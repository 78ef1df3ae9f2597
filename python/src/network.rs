//! A network in Python as the library's function, and its attributions.

use crate::errors::{caught, raised};
use awd_train::attribution::{Baseline, Differentiable, Function, Method, attribute as attributed};
use awd_train::progress::Event;
use awd_train::{Error, Result};
use ndarray::{Array1, Array2, Array3, ArrayView2};
use numpy::{IntoPyArray, PyArray2, PyArray3, PyReadonlyArray1, PyReadonlyArray2, PyReadonlyArray3, ToPyArray};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use std::cell::RefCell;
use std::ops::ControlFlow;

/// Two functions of Python: from windows (n, N) to outputs (n, outputs), and to gradients (n, outputs, N).
struct Network<'py> {
    outputs: Bound<'py, PyAny>,
    gradients: Bound<'py, PyAny>,
    /// The exception that one of them raised.
    exception: RefCell<Option<PyErr>>,
}

impl<'py> Network<'py> {
    /// Keeps the exception for the caller, who raises it again.
    fn kept(&self, exception: PyErr) -> Error {
        let error = Error::failed("network", &exception);
        self.exception.replace(Some(exception));
        error
    }
}

impl Function for Network<'_> {
    fn outputs(&self, x: ArrayView2<'_, f32>) -> Result<Array2<f32>> {
        let outputs = self.outputs.call1((x.to_pyarray(self.outputs.py()),));
        let array =
            outputs.and_then(|outputs| Ok(outputs.extract::<PyReadonlyArray2<'_, f32>>()?.as_array().to_owned()));
        array.map_err(|exception| self.kept(exception))
    }
}

impl Differentiable for Network<'_> {
    fn gradients(&self, x: ArrayView2<'_, f32>) -> Result<Array3<f32>> {
        let gradients = self.gradients.call1((x.to_pyarray(self.gradients.py()),));
        let array = gradients.and_then(|found| Ok(found.extract::<PyReadonlyArray3<'_, f32>>()?.as_array().to_owned()));
        array.map_err(|exception| self.kept(exception))
    }
}

/// A method of attribution by its name.
fn method(name: &str, steps: usize, baseline: Option<Array1<f32>>, seed: u64) -> PyResult<Method> {
    if steps == 0 {
        return Err(PyValueError::new_err("steps: 1 at least; asked for 0"));
    }
    match name {
        "saliency" => Ok(Method::Saliency),
        "input-x-gradient" => Ok(Method::InputXGradient),
        "integrated-gradients" => {
            Ok(Method::IntegratedGradients { steps, baseline: baseline.map_or(Baseline::Zero, Baseline::Window) })
        }
        "gradient-shap" => Ok(Method::GradientShap { draws: steps, seed }),
        _ => {
            let known = "saliency, input-x-gradient, integrated-gradients, gradient-shap";
            Err(PyValueError::new_err(format!("method: {known}; asked for {name:?}")))
        }
    }
}

/// Gradients (n, outputs, N), and displacements (n, N) if the method has them.
type Attributed = (Py<PyArray3<f32>>, Option<Py<PyArray2<f32>>>);

/// The attributions of windows `x` (n, N), after the gradient check. The functions run in this thread, where Python's state is the
/// caller's, such as the settings of torch.
#[pyfunction]
#[pyo3(signature = (outputs, gradients, x, *, method, steps, baseline, seed))]
#[expect(clippy::too_many_arguments, reason = "Python names them")]
pub fn attribute(
    py: Python<'_>,
    outputs: Bound<'_, PyAny>,
    gradients: Bound<'_, PyAny>,
    x: PyReadonlyArray2<'_, f32>,
    method: &str,
    steps: usize,
    baseline: Option<PyReadonlyArray1<'_, f32>>,
    seed: u64,
) -> PyResult<Attributed> {
    let x = x.as_array().to_owned();
    let baseline = baseline.map(|baseline| baseline.as_array().to_owned());
    if let Some(baseline) = baseline.as_ref().filter(|baseline| baseline.len() != x.ncols()) {
        let bound = format!("baseline: {} samples, like the windows; it has {}", x.ncols(), baseline.len());
        return Err(PyValueError::new_err(bound));
    }
    let method = self::method(method, steps, baseline, seed)?;
    let network = Network { outputs, gradients, exception: RefCell::new(None) };
    let listener = |_: Event| ControlFlow::Continue(());
    let found = caught(|| attributed(&method, &x, &network, &listener))?;
    if let Some(exception) = network.exception.take() {
        return Err(exception);
    }
    let found = found.map_err(|error| raised(&error))?;
    let displacements = found.displacements.map(|displacements| displacements.into_pyarray(py).unbind());
    Ok((found.gradients.into_pyarray(py).unbind(), displacements))
}
