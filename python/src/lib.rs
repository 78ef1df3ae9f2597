//! The extension module of the Python package `awd`. It converts arrays and errors; the trainer's library computes. The classes that
//! users see are in `python/awd`.

mod compute;
mod device;
mod distil;
mod errors;
mod model;
mod network;
mod options;
mod tracks;

use pyo3::prelude::*;

/// The library of `awd` for Python.
#[pymodule]
mod _awd {
    #[pymodule_export]
    use super::command;
    #[pymodule_export]
    use super::device::Device;
    #[pymodule_export]
    use super::distil::distil;
    #[pymodule_export]
    use super::model::Model;
    #[pymodule_export]
    use super::network::attribute;
    #[pymodule_export]
    use super::tracks::Tracks;
}

/// Runs the command line with these arguments, the first of which is the name of the program, and returns its exit code.
#[pyfunction]
fn command(py: Python<'_>, args: Vec<std::ffi::OsString>) -> PyResult<u8> {
    py.detach(|| errors::caught(|| awd_train::cli::run(args)))
}
