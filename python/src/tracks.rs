//! Many signals that one model scores sample by sample.

use crate::errors::{caught, invalid};
use crate::model::Model;
use awd_core::score::{Timing, Track, Tracks as Core};
use awd_core::{Kind, Scores};
use ndarray::Array2;
use numpy::{IntoPyArray, PyArray2, PyReadonlyArray1};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use self_cell::{MutBorrow, self_cell};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What the core's tracks borrow.
struct Memory {
    model: Arc<awd_train::Model>,
    space: MutBorrow<Space>,
}

struct Space {
    tracks: Vec<Track>,
    samples: Vec<f32>,
    work: Vec<f32>,
}

type Borrowing<'a> = Core<'a, 'a, f32>;

self_cell! {
    /// The core's tracks with their memory.
    struct Owned {
        owner: Memory,
        #[covariant]
        dependent: Borrowing,
    }
}

/// Signals by number.
#[pyclass(frozen, module = "awd._awd")]
pub struct Tracks {
    owned: Mutex<Owned>,
    capacity: usize,
    /// Length of a row of scores.
    columns: usize,
}

impl Tracks {
    fn lock(&self) -> MutexGuard<'_, Owned> {
        self.owned.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A row of scores: a value, or the probabilities of the classes.
fn row(scores: &Scores) -> Vec<f32> {
    let probabilities = scores.probabilities();
    if probabilities.is_empty() { scores.outputs().to_vec() } else { probabilities.to_vec() }
}

#[pymethods]
impl Tracks {
    /// No signals yet, and memory for `capacity` of them.
    #[new]
    fn new(model: &Model, capacity: usize, hop: u16, growing: bool) -> PyResult<Self> {
        let model = model.shared();
        let readout = &model.spec().readout;
        let columns = readout.bias.len() + usize::from(readout.kind == Kind::Softmax);
        let len = model.view().state_len().checked_mul(capacity).filter(|len| *len <= MAX_SAMPLES);
        let len = len.ok_or_else(|| {
            let most = MAX_SAMPLES / model.view().state_len().max(1);
            PyValueError::new_err(format!("capacity: at most {most} signals of this model; asked for {capacity}"))
        })?;
        let space = Space {
            tracks: vec![Track::default(); capacity],
            samples: vec![0.0; len],
            work: vec![0.0; model.work_len()],
        };
        let memory = Memory { model, space: MutBorrow::new(space) };
        let owned = Owned::try_new(memory, |Memory { model, space }| {
            let Space { tracks, samples, work } = space.borrow_mut();
            Core::new(model.view(), Timing { hop, growing }, tracks, samples, work)
        });
        Ok(Self { owned: Mutex::new(owned.map_err(invalid)?), capacity, columns })
    }

    /// Takes the next sample of each of these signals. Returns the scores (n, columns), NaN where none is due.
    fn update(
        &self,
        py: Python<'_>,
        ids: PyReadonlyArray1<'_, u32>,
        samples: PyReadonlyArray1<'_, f32>,
    ) -> PyResult<Py<PyArray2<f32>>> {
        let (ids, samples) = (ids.as_array(), samples.as_array());
        if ids.len() != samples.len() {
            let bound = format!("samples: {}, one for each id; there are {}", ids.len(), samples.len());
            return Err(PyValueError::new_err(bound));
        }
        if let Some((id, sample)) = ids.iter().zip(samples).find(|(_, sample)| !sample.is_finite()) {
            return Err(PyValueError::new_err(format!("samples: finite numbers; that of signal {id} is {sample}")));
        }
        let mut owned = self.lock();
        // Checked before anything changes.
        let known: BTreeSet<u32> = owned.borrow_dependent().ids().collect();
        let (held, all) = (known.len(), known.into_iter().chain(ids.iter().copied()).collect::<BTreeSet<_>>().len());
        if all > self.capacity {
            return Err(PyValueError::new_err(format!(
                "ids: {} signals at most; there are {held} and {} new ones: end or evict some, or ask for more capacity",
                self.capacity,
                all - held
            )));
        }
        let mut scored = Array2::from_elem((ids.len(), self.columns), f32::NAN);
        caught(|| {
            for ((&id, &sample), mut line) in ids.iter().zip(samples).zip(scored.rows_mut()) {
                let scores = owned.with_dependent_mut(|_, tracks| tracks.push(id, sample)).map_err(invalid)?;
                if let Some(scores) = scores {
                    line.iter_mut().zip(row(&scores)).for_each(|(place, score)| *place = score);
                }
            }
            Ok::<(), PyErr>(())
        })??;
        Ok(scored.into_pyarray(py).unbind())
    }

    /// Ends a signal; returns whether there was one.
    fn end(&self, id: u32) -> bool {
        self.lock().with_dependent_mut(|_, tracks| tracks.end(id))
    }

    /// Ends the signal that has waited longest for a sample and returns its number.
    fn evict(&self) -> Option<u32> {
        self.lock().with_dependent_mut(|_, tracks| tracks.evict())
    }

    /// The numbers of the signals.
    fn ids(&self) -> Vec<u32> {
        self.lock().borrow_dependent().ids().collect()
    }
}

/// Maximum number of samples in memory: 1 GB.
const MAX_SAMPLES: usize = 1 << 28;
