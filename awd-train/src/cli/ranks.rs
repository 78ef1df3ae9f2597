//! The ranks that this process is one of: those that `mpirun` launched, in a build with MPI.

use super::next::words;
use super::output::say;
use awd_train::Error;
#[cfg(feature = "mpi")]
use awd_train::cluster::Mpi;
use awd_train::cluster::{Ranks, Serial};
#[cfg(feature = "mpi")]
use awd_train::interrupt;
use std::process::ExitCode;

/// They, once they are joined.
#[derive(Default)]
pub struct Joined {
    #[cfg(feature = "mpi")]
    mpi: Option<Mpi>,
    /// What is said when the launcher ends them.
    #[cfg(feature = "mpi")]
    _ended: Option<interrupt::Begun>,
}

impl Joined {
    /// Joins them.
    pub fn join() -> Self {
        #[cfg(feature = "mpi")]
        {
            let mpi = Mpi::join();
            let _ended = mpi.as_ref().and_then(mpi::heed);
            Self { mpi, _ended }
        }
        #[cfg(not(feature = "mpi"))]
        Self::default()
    }

    /// All of them, or this process alone.
    pub fn all(&self) -> &dyn Ranks {
        #[cfg(feature = "mpi")]
        if let Some(mpi) = &self.mpi {
            return mpi;
        }
        &Serial
    }

    /// Is this the one that draws and writes?
    pub fn leads(&self) -> bool {
        self.all().rank() == 0
    }

    /// Says what went wrong and ends all ranks.
    pub fn fail(&self, error: &Error) -> ExitCode {
        #[cfg(feature = "mpi")]
        if let Some(mpi) = &self.mpi
            && mpi.size() > 1
        {
            mpi::fail(mpi, error);
        }
        say(&format!("awd: {}", error.text(words)));
        ExitCode::from(error.exit_code())
    }
}

#[cfg(feature = "mpi")]
mod mpi {
    use super::{Error, Mpi, Ranks, say, words};
    use awd_train::interrupt::{Begun, pause};
    use std::time::Duration;

    /// How long a rank waits for the first one to say what all of them may have found.
    const PATIENCE: Duration = Duration::from_secs(1);

    /// Says why all ends when the launcher ends it.
    pub fn heed(mpi: &Mpi) -> Option<Begun> {
        let size = mpi.size();
        let ended = move || {
            say(&format!(
                "awd: ranks: all {size} have to be there; the launcher ends them, as one has died or failed (which, it says), or the \
                 job is cancelled. No result was written; what --checkpoint kept is there"
            ));
        };
        (size > 1 && mpi.rank() == 0).then(|| pause().begin(ended))
    }

    /// What all ranks have found is said by the first of them alone.
    pub fn fail(mpi: &Mpi, error: &Error) {
        if mpi.rank() > 0 {
            std::thread::sleep(PATIENCE);
        }
        let of_rank = error.to_string().contains("rank ");
        let error = if of_rank || mpi.rank() == 0 { error.clone() } else { error.clone().of_rank(mpi.rank()) };
        say(&format!("awd: {}", error.text(words)));
        mpi.abort(error.exit_code());
    }
}
