//! The ranks that this process is one of: those that `mpirun` launched, in a build with MPI.

use awd_train::Error;
#[cfg(feature = "mpi")]
use awd_train::ranks::Mpi;
use awd_train::ranks::{Alone, Ranks};
use std::process::ExitCode;

/// They, once they are joined.
#[derive(Default)]
pub struct Joined {
    #[cfg(feature = "mpi")]
    mpi: Option<Mpi>,
}

impl Joined {
    /// Joins them.
    pub fn join() -> Self {
        Self {
            #[cfg(feature = "mpi")]
            mpi: Mpi::join().inspect(mpi::heed),
        }
    }

    /// All of them, or this process alone.
    pub fn all(&self) -> &dyn Ranks {
        #[cfg(feature = "mpi")]
        if let Some(mpi) = &self.mpi {
            return mpi;
        }
        &Alone
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
        eprintln!("awd: {error}");
        ExitCode::from(error.exit_code())
    }
}

#[cfg(feature = "mpi")]
mod mpi {
    use super::{Error, Mpi, Ranks};
    use signal_hook::consts::SIGTERM;
    use signal_hook::iterator::Signals;
    use signal_hook::low_level::exit;
    use std::time::Duration;

    /// How long a rank waits for the first one to say what all of them may have found.
    const PATIENCE: Duration = Duration::from_secs(1);

    /// Says why all ends when the launcher ends it.
    pub fn heed(mpi: &Mpi) {
        let (leads, size) = (mpi.rank() == 0, mpi.size());
        if size == 1 {
            return;
        }
        let Ok(mut signals) = Signals::new([SIGTERM]) else { return };
        std::thread::spawn(move || {
            if signals.forever().next().is_some() {
                if leads {
                    eprintln!(
                        "awd: ranks: all {size} have to be there; the launcher ends them, as one has died or failed (which, it \
                         says), or the job is cancelled. No result was written; what --checkpoint kept is there"
                    );
                }
                exit(1);
            }
        });
    }

    /// What all ranks have found is said by the first of them alone.
    pub fn fail(mpi: &Mpi, error: &Error) {
        if mpi.rank() > 0 {
            std::thread::sleep(PATIENCE);
        }
        let of_rank = error.to_string().contains("rank ");
        let error = if of_rank || mpi.rank() == 0 { error.clone() } else { error.clone().of_rank(mpi.rank()) };
        eprintln!("awd: {error}");
        mpi.abort(error.exit_code());
    }
}
