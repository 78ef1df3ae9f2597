//! The library's errors as Python's exceptions.

use awd_core::Invalid;
use awd_train::Error;
use pyo3::PyErr;
use pyo3::exceptions::{PyKeyboardInterrupt, PyRuntimeError, PyValueError};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// `ValueError` for bad input, `RuntimeError` for what failed although the input was right.
pub fn raised(error: &Error) -> PyErr {
    match error {
        Error::Input { .. } => PyValueError::new_err(error.to_string()),
        Error::Cancelled => PyKeyboardInterrupt::new_err(()),
        Error::Failed { .. } | Error::Unread => PyRuntimeError::new_err(error.to_string()),
    }
}

/// `ValueError` that names the field and its bound.
pub fn invalid(invalid: Invalid) -> PyErr {
    PyValueError::new_err(format!("{}: {}", invalid.field(), invalid.bound()))
}

/// Runs code of the library. A panic, which would be a defect of the library, becomes `RuntimeError`.
pub fn caught<T>(work: impl FnOnce() -> T) -> Result<T, PyErr> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| {
        let message = text(&*panic).unwrap_or("no message");
        let report = "please report it at https://github.com/awd-wavelets/awd/issues";
        PyRuntimeError::new_err(format!("awd has a defect: {message}: {report}"))
    })
}

/// The message of a panic.
fn text(panic: &(dyn Any + Send)) -> Option<&str> {
    panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied())
}
