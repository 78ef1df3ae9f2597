//! A board at a serial port, or an emulated one.

use crate::compute::compute;
use crate::errors::{caught, raised};
use crate::model::{Model, array};
use awd_core::score::Timing;
use awd_train::device::signing::{Key, number_now};
use awd_train::device::{Device as Connected, Trigger, verify_golden, verify_windows};
use awd_train::progress::silent;
use awd_train::{Error, Result};
use numpy::{PyArray2, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// A connected board.
#[pyclass(frozen, module = "awd._awd")]
pub struct Device {
    port: String,
    /// `None` once it is closed.
    connected: Mutex<Option<Connected>>,
}

/// Scored windows of a signal: the number of samples taken since it began, that up to the end of the first window, the outputs (n,
/// outputs), and a bit for each window whose score is an event.
type Taken = (u32, u32, Py<PyArray2<f32>>, u32);

/// The number of samples taken; of each scored window the index of the sample that ends it, the outputs (n, outputs), and whether it is an
/// event.
type Swept = (usize, Vec<usize>, Py<PyArray2<f32>>, Vec<bool>);

impl Device {
    /// Talks to the board without Python's global lock.
    fn ask<T: Send>(&self, py: Python<'_>, work: impl FnOnce(&mut Connected) -> Result<T> + Send) -> PyResult<T> {
        compute(py, Some(1), |_| {
            let mut connected = self.connected.lock().unwrap_or_else(PoisonError::into_inner);
            let closed = || Error::input(&self.port, "board", "open; it was closed: open it again");
            work(connected.as_mut().ok_or_else(closed)?)
        })
    }
}

fn json(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|why| Error::failed("board", why))
}

#[pymethods]
impl Device {
    /// Opens the board at a port: the name of a serial port, or `qemu` for an emulated one.
    #[new]
    fn new(py: Python<'_>, port: String) -> PyResult<Self> {
        let connected = compute(py, Some(1), |_| Connected::open(&port))?;
        Ok(Self { port, connected: Mutex::new(Some(connected)) })
    }

    /// Closes the port; ends an emulated board.
    fn close(&self) {
        drop(self.connected.lock().unwrap_or_else(PoisonError::into_inner).take());
    }

    /// What the board is and holds, as JSON.
    fn info(&self, py: Python<'_>) -> PyResult<String> {
        self.ask(py, |device| json(&device.info()?))
    }

    /// Its health, as JSON.
    fn health(&self, py: Python<'_>) -> PyResult<String> {
        self.ask(py, |device| json(&device.health()?))
    }

    /// Puts a model into service and returns what the board holds, as JSON. `key` names the file of a private key that signs the model.
    fn push(&self, py: Python<'_>, model: &Model, key: Option<PathBuf>) -> PyResult<String> {
        let model = model.shared();
        self.ask(py, |device| {
            let key = key.map(|path| Key::read(&path)).transpose()?;
            let signature = key.map(|key| key.sign(model.file(), number_now()));
            json(&device.push(model.file(), signature.as_ref(), &silent)?.model)
        })
    }

    /// Puts the previous model into service again and returns what the board holds, as JSON.
    fn roll_back(&self, py: Python<'_>) -> PyResult<String> {
        self.ask(py, |device| json(&device.roll_back()?.model))
    }

    /// Resets the board.
    fn reset(&self, py: Python<'_>) -> PyResult<()> {
        self.ask(py, |device| device.reset().map(drop))
    }

    /// The outputs (n, outputs) of windows (n, N).
    fn outputs(&self, py: Python<'_>, x: PyReadonlyArray2<'_, f32>) -> PyResult<Py<PyArray2<f32>>> {
        let x = x.as_array().to_owned();
        let (rows, outputs) = self.ask(py, |device| {
            let rows = x.rows().into_iter().map(|window| device.score(&window.to_vec())).collect::<Result<Vec<_>>>()?;
            Ok((rows, device.info()?.model.map_or(0, |held| held.outputs.into())))
        })?;
        Ok(array(py, &rows, outputs))
    }

    /// Compares the outputs of board and computer bit for bit: of `count` generated windows, and of windows (n, N). The model must be in
    /// service.
    fn verify(&self, py: Python<'_>, model: &Model, x: PyReadonlyArray2<'_, f32>, count: u32) -> PyResult<()> {
        let (model, x) = (model.shared(), model.windows(&x)?);
        let mut connected = self.connected.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(mut device) = connected.take() else {
            return Err(PyValueError::new_err(format!("{}: board: open; it was closed: open it again", self.port)));
        };
        let work = move || match verify_golden(&mut device, &model, count, &silent) {
            Ok(()) if x.nrows() > 0 => {
                let outcome = verify_windows(&mut device, &model, x.view(), &silent);
                (Some(device), outcome)
            }
            outcome => (Some(device), outcome),
        };
        let (device, outcome) = py.detach(|| caught(work))?;
        *connected = device;
        outcome.map_err(|error| raised(&error))
    }

    /// Opens the signal with this number; a window is scored at every `hop` samples, if `growing` before it is full.
    fn open_signal(&self, py: Python<'_>, signal: u16, hop: u16, growing: bool) -> PyResult<()> {
        self.ask(py, |device| device.open_signal(signal, Timing { hop, growing }))
    }

    /// Sends the next samples of a signal, of which `offset` were sent before. The board may take fewer.
    fn push_samples(
        &self,
        py: Python<'_>,
        signal: u16,
        offset: u32,
        samples: PyReadonlyArray1<'_, f32>,
    ) -> PyResult<Taken> {
        let samples = samples.as_array().to_vec();
        let (scored, held) = self.ask(py, |device| {
            let scored = device.push_samples(signal, offset, &samples)?;
            Ok((scored, device.held()))
        })?;
        let outputs = held.map_or(1, |held| usize::from(held.outputs).max(1));
        let rows: Vec<Vec<f32>> = scored.outputs.chunks(outputs).map(<[f32]>::to_vec).collect();
        Ok((scored.next, scored.first, array(py, &rows, outputs), scored.events))
    }

    /// Sends the next sample of several signals: the number of each, its samples so far and the sample. The board may take fewer.
    fn push_sweep(&self, py: Python<'_>, samples: Vec<(u16, u32, f32)>) -> PyResult<Swept> {
        let (swept, held) = self.ask(py, |device| Ok((device.push_sweep(&samples)?, device.held())))?;
        let outputs = held.map_or(1, |held| usize::from(held.outputs).max(1));
        let records = swept.scores.iter().map(|score| score.record).collect();
        let events = swept.scores.iter().map(|score| score.event).collect();
        let rows: Vec<Vec<f32>> = swept.scores.into_iter().map(|score| score.outputs).collect();
        Ok((swept.taken, records, array(py, &rows, outputs), events))
    }

    /// Sets when a score of a signal is an event: class, upper and lower threshold of its margin, refractory time in samples.
    fn watch(&self, py: Python<'_>, trigger: Option<(u8, f32, f32, u32)>) -> PyResult<()> {
        let trigger = trigger.map(|(class, on, off, refractory)| Trigger { class, on, off, refractory });
        self.ask(py, |device| device.watch(trigger))
    }

    /// Closes a signal.
    fn close_signal(&self, py: Python<'_>, signal: u16) -> PyResult<()> {
        self.ask(py, |device| device.close_signal(signal))
    }

    /// The number of signals that the board has memory for with the model in service.
    fn signals(&self, py: Python<'_>) -> PyResult<usize> {
        self.ask(py, |device| Ok(device.info()?.signals()))
    }
}
