//! The ranks of this run: those that `mpirun` launched, in a build with MPI, or this process alone.

use super::next::words;
use super::output::say;
use awd_train::Error;
#[cfg(feature = "mpi")]
use awd_train::cluster::Mpi;
use awd_train::cluster::{Ranks, Serial};
#[cfg(feature = "mpi")]
use awd_train::interrupt;

/// The ranks that this process has joined.
#[derive(Default)]
pub struct Joined {
    #[cfg(feature = "mpi")]
    mpi: Option<Mpi>,
    /// Guard of the message that is printed when the launcher ends the ranks.
    #[cfg(feature = "mpi")]
    _on_end: Option<interrupt::Begun>,
}

impl Joined {
    /// Joins the ranks that the launcher started.
    pub fn join() -> Self {
        #[cfg(feature = "mpi")]
        {
            let mpi = Mpi::join();
            let _on_end = mpi.as_ref().and_then(mpi::report_end);
            Self { mpi, _on_end }
        }
        #[cfg(not(feature = "mpi"))]
        Self::default()
    }

    /// All ranks, or this process alone.
    pub fn all(&self) -> &dyn Ranks {
        #[cfg(feature = "mpi")]
        if let Some(mpi) = &self.mpi {
            return mpi;
        }
        &Serial
    }

    /// Whether this rank draws progress and writes results.
    pub fn leads(&self) -> bool {
        self.all().rank() == 0
    }

    /// Prints the error and ends all ranks.
    pub fn fail(&self, error: &Error) -> u8 {
        #[cfg(feature = "mpi")]
        if let Some(mpi) = &self.mpi
            && mpi.size() > 1
        {
            mpi::fail(mpi, error);
        }
        say(&format!("awd: {}", error.text(words)));
        error.exit_code()
    }
}

#[cfg(feature = "mpi")]
mod mpi {
    use super::{Error, Mpi, Ranks, say, words};
    use awd_train::interrupt::{Begun, pause};
    use std::time::Duration;

    /// How long the other ranks wait, so that the first one reports an error that all of them may have found.
    const REPORT_DELAY: Duration = Duration::from_secs(1);

    /// Prints why the run ends, if the launcher ends it.
    pub fn report_end(mpi: &Mpi) -> Option<Begun> {
        let size = mpi.size();
        let ended = move || {
            say(&format!(
                "awd: ranks: all {size} must run to the end; the launcher ends them, because one died or failed (see its message) or \
                 the job was cancelled. No result was written; the file of --checkpoint is kept"
            ));
        };
        (size > 1 && mpi.rank() == 0).then(|| pause().begin(ended))
    }

    /// Prints the error and ends all ranks. Only the first rank reports an error that all ranks have found.
    pub fn fail(mpi: &Mpi, error: &Error) {
        if mpi.rank() > 0 {
            std::thread::sleep(REPORT_DELAY);
        }
        let of_rank = error.to_string().contains("rank ");
        let error = if of_rank || mpi.rank() == 0 { error.clone() } else { error.clone().of_rank(mpi.rank()) };
        say(&format!("awd: {}", error.text(words)));
        mpi.abort(error.exit_code());
    }
}
