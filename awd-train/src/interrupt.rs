//! What must not stay behind when the process is interrupted: files that are half written, programs that were started.
//!
//! Whoever begins such a thing says how it is undone. [`catch`] undoes all of it on Ctrl-C; a program that does not call that
//! is interrupted as any other.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

type Things = BTreeMap<u64, Box<dyn FnOnce() + Send>>;

/// What has begun and not ended, each with how it is undone.
static BEGUN: Mutex<Things> = Mutex::new(Things::new());

fn begun() -> MutexGuard<'static, Things> {
    BEGUN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// While it is there, an interruption waits: nothing gets in between a thing's beginning and the word of how it is undone.
pub struct Pause(MutexGuard<'static, Things>);

/// A thing that has begun. It has ended when this is dropped, and is not undone any more.
#[must_use = "what is dropped at once is not undone"]
#[derive(Debug)]
pub struct Begun(u64);

/// Lets an interruption wait.
#[must_use]
pub fn pause() -> Pause {
    Pause(begun())
}

impl Pause {
    /// Something has begun that is undone by this.
    pub fn begin(mut self, undo: impl FnOnce() + Send + 'static) -> Begun {
        let number = self.0.last_key_value().map_or(0, |(last, _)| last + 1);
        self.0.insert(number, Box::new(undo));
        Begun(number)
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        begun().remove(&self.0);
    }
}

/// Undoes whatever has begun. Nothing begins or ends from then on: who tries waits for the end of the process.
#[cfg(unix)]
fn undo_all() {
    let mut begun = begun();
    std::mem::take(&mut *begun).into_values().for_each(|undo| undo());
    // Never unlocked: no other thread gets as far as to say what failed because it was undone.
    std::mem::forget(begun);
}

/// From now on SIGINT, which is Ctrl-C, SIGTERM, and SIGHUP, which comes when the terminal is closed, end the process with 128 and
/// their number, as a shell has it, after all that has begun was undone. Under `nohup`, SIGHUP does nothing.
#[cfg(unix)]
pub fn catch() {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let mut caught = vec![SIGINT, SIGTERM];
    if !hangup_is_ignored() {
        caught.push(SIGHUP);
    }
    // Where signals cannot be caught they end the process all the same.
    let Ok(mut signals) = signal_hook::iterator::Signals::new(caught) else { return };
    std::thread::spawn(move || {
        if let Some(signal) = signals.forever().next() {
            undo_all();
            std::process::exit(128 + signal);
        }
    });
}

/// Whether whoever started this process has SIGHUP ignored, as `nohup` does: to catch it would undo that. A shell tells, as it cannot
/// trap what was ignored when it began.
#[cfg(unix)]
#[expect(clippy::disallowed_methods, reason = "the system writes it, and nobody names it")]
fn hangup_is_ignored() -> bool {
    use std::process::{Command, Stdio};
    if let Ok(status) = std::fs::read_to_string("/proc/self/status") {
        let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        let mask = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
        // Signal n is bit n - 1.
        return mask.is_some_and(|mask| mask >> (signal_hook::consts::SIGHUP - 1) & 1 != 0);
    }
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", "trap 'exit 1' HUP; kill -HUP $$; exit 0"]).stdin(Stdio::null());
    shell.status().is_ok_and(|status| status.success())
}

/// There are no signals here.
#[cfg(not(unix))]
pub fn catch() {}
