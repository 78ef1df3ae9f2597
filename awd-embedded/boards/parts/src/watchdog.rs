//! The watchdog: it restarts the board if the server loop hangs.
//!
//! Every board that has one gives it at least 8 s, because a request may take long: the host waits for 5 s and repeats
//! its request twice. Sending an answer takes at most a few hundredths of a second, so that nothing feeds it there, and a
//! line that cannot send restarts the board too.

/// A watchdog that runs already.
pub trait Watchdog {
    /// Whether it also counts while the processor sleeps. A timer then ends each sleep, so that the loop can feed it.
    const COUNTS_IN_SLEEP: bool;

    /// Starts its time again.
    fn feed();
}

/// That of a board without one.
#[derive(Debug)]
pub struct Absent;

impl Watchdog for Absent {
    const COUNTS_IN_SLEEP: bool = false;

    fn feed() {}
}
