//! Computes without Python's global lock, on the requested number of threads, until it is interrupted.

use crate::errors::{caught, raised};
use awd_train::Result;
use awd_train::progress::{Event, Progress};
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::ops::ControlFlow;
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long a computation may run before Python's signal handlers run again, such as that of Ctrl-C.
const POLL: Duration = Duration::from_millis(50);

/// Maximum number of threads, as on the command line.
const MAX_THREADS: usize = 1024;

/// A pool, with the process that made it. After a fork, the child has the pool but not its threads.
struct Cached {
    process: u32,
    threads: usize,
    pool: Arc<ThreadPool>,
}

/// The pool of the last computation.
static CACHED: Mutex<Option<Cached>> = Mutex::new(None);

/// A pool of so many threads; `None` is one for each processor.
fn pool(threads: Option<usize>) -> PyResult<Arc<ThreadPool>> {
    let processors = || std::thread::available_parallelism().map_or(1, Into::into);
    let threads = threads.unwrap_or_else(processors);
    if !(1..=MAX_THREADS).contains(&threads) {
        return Err(PyValueError::new_err(format!("n_jobs: 1 to {MAX_THREADS} threads; asked for {threads}")));
    }
    let process = process::id();
    let mut cached = CACHED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(cached) = cached.as_ref().filter(|cached| cached.process == process && cached.threads == threads) {
        return Ok(Arc::clone(&cached.pool));
    }
    let pool = ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = Arc::new(pool.map_err(|why| PyRuntimeError::new_err(format!("threads: {why}")))?);
    let before = cached.replace(Cached { process, threads, pool: Arc::clone(&pool) });
    if let Some(before) = before.filter(|before| before.process != process) {
        // Dropping it would wake threads that this process does not have.
        std::mem::forget(before);
    }
    Ok(pool)
}

/// Runs a computation, which gets a listener for its progress. While it runs, other threads of Python run, and the handlers of signals
/// when this is the main thread. If one raises, as that of Ctrl-C does, the computation is cancelled.
pub fn compute<T: Send>(
    py: Python<'_>,
    threads: Option<usize>,
    work: impl FnOnce(Progress<'_>) -> Result<T> + Send,
) -> PyResult<T> {
    let pool = pool(threads)?;
    let cancelled = AtomicBool::new(false);
    let listener = |_: Event| {
        if cancelled.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let listener = &listener;
    let mut interrupted = None;
    let outcome = py.detach(|| {
        let (sender, receiver) = sync_channel(1);
        pool.in_place_scope(|scope| {
            scope.spawn(move |_| {
                // The receiver waits until something is sent.
                let _ = sender.send(caught(|| work(listener)));
            });
            loop {
                match receiver.recv_timeout(POLL) {
                    Ok(outcome) => return outcome,
                    Err(RecvTimeoutError::Timeout) if interrupted.is_none() => {
                        interrupted = Python::attach(|py| py.check_signals()).err();
                        cancelled.store(interrupted.is_some(), Ordering::Relaxed);
                    }
                    Err(RecvTimeoutError::Timeout) => (),
                    Err(RecvTimeoutError::Disconnected) => {
                        return Err(PyRuntimeError::new_err("a thread ended without a result"));
                    }
                }
            }
        })
    });
    match interrupted {
        Some(interrupted) => Err(interrupted),
        None => outcome?.map_err(|error| raised(&error)),
    }
}
