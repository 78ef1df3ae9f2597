//! Cleans up when the process is interrupted: removes files that are half written, and ends programs that were started.
//!
//! Code that begins such an action also tells how to undo it. [`catch`] undoes all of them on Ctrl-C. A program that
//! does not call it is interrupted like any other.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

type UndoActions = BTreeMap<u64, Box<dyn FnOnce() + Send>>;

/// How to undo each action that has begun and not ended.
static BEGUN: Mutex<UndoActions> = Mutex::new(UndoActions::new());

fn begun() -> MutexGuard<'static, UndoActions> {
    BEGUN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// While this value exists an interruption waits. So it cannot come after an action has begun and before its undo is
/// known.
pub struct Pause(MutexGuard<'static, UndoActions>);

/// An action that has begun. It ends when this is dropped, and is not undone any more.
#[must_use = "an action whose guard is dropped is not undone"]
#[derive(Debug)]
pub struct Begun(u64);

/// Makes an interruption wait.
#[must_use]
pub fn pause() -> Pause {
    Pause(begun())
}

impl Pause {
    /// Registers how to undo an action that has begun.
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

/// Undoes all actions that have begun. From then on no action begins or ends: a thread that tries waits until the
/// process ends.
#[cfg(unix)]
fn undo_all() {
    let mut begun = begun();
    std::mem::take(&mut *begun).into_values().for_each(|undo| undo());
    // Never unlock, so that no other thread can report a failure that the undoing caused.
    std::mem::forget(begun);
}

/// Makes three signals end the process after all actions that have begun are undone: SIGINT (Ctrl-C), SIGTERM, and
/// SIGHUP, which comes when the terminal is closed. The exit code is 128 plus the signal's number, as in a shell. Under
/// `nohup`, SIGHUP does nothing.
#[cfg(unix)]
pub fn catch() {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let mut caught = vec![SIGINT, SIGTERM];
    if !hangup_is_ignored() {
        caught.push(SIGHUP);
    }
    // If signals cannot be caught, they end the process all the same.
    let Ok(mut signals) = signal_hook::iterator::Signals::new(caught) else { return };
    std::thread::spawn(move || {
        if let Some(signal) = signals.forever().next() {
            undo_all();
            std::process::exit(128 + signal);
        }
    });
}

/// Whether the program that started this process made it ignore SIGHUP, as `nohup` does. Catching the signal would undo
/// that. Without `/proc` a shell gives the answer, because it cannot trap a signal that was ignored when it began.
#[cfg(unix)]
#[expect(clippy::disallowed_methods, reason = "the system writes this file, and its path is fixed")]
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

/// Does nothing, because there are no signals here.
#[cfg(not(unix))]
pub fn catch() {}
