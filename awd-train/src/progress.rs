//! Progress of a computation. The library prints nothing: it calls a listener, which may also cancel.

use crate::cluster::{Ranks, Serial};
use crate::{Error, Result};
use std::ops::ControlFlow;

/// The progress of a stage.
#[derive(Debug, Clone)]
pub struct Event {
    /// The name of the stage, which is one progress bar.
    pub stage: &'static str,
    /// Units done.
    pub done: usize,
    /// Units in all.
    pub total: usize,
    /// The best result so far, as text.
    pub note: String,
}

/// A listener, called from any thread. [`ControlFlow::Break`] cancels the computation, which then returns [`Error::Cancelled`] as soon
/// as it can, and leaves no file behind but its checkpoint.
pub type Progress<'a> = &'a (dyn Fn(Event) -> ControlFlow<()> + Sync);

/// The listener that does nothing.
pub fn silent(_: Event) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// Calls the listener.
///
/// # Errors
/// The listener cancels.
pub(crate) fn tell(progress: Progress<'_>, event: Event) -> Result<()> {
    if progress(event).is_break() { Err(Error::Cancelled) } else { Ok(()) }
}

/// The ranks that run a computation, and the listener for its progress. The default is one rank and no listener.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The ranks that compute together, each with a share of the windows. A listener must cancel on all of them or on
    /// none.
    pub ranks: &'a dyn Ranks,
    /// The listener.
    pub progress: Progress<'a>,
}

impl Default for Context<'_> {
    fn default() -> Self {
        Self { ranks: &Serial, progress: &silent }
    }
}

impl<'a> Context<'a> {
    /// One rank, and a listener.
    #[must_use]
    pub fn of(progress: Progress<'a>) -> Self {
        Self { progress, ..Self::default() }
    }

    pub(crate) fn tell(&self, event: Event) -> Result<()> {
        tell(self.progress, event)
    }
}
