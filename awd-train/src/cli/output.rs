//! Where results and messages go.

use awd_train::{Error, Result};
use std::io::Write;

/// Writes a line to stderr. A failure is ignored: there is nowhere left to report it, and the exit code stays the same.
pub fn say(line: &str) {
    let _ = std::io::stderr().lock().write_all(format!("{line}\n").as_bytes());
}

/// Writes a result to stdout.
pub fn print(text: &str) -> Result<()> {
    let mut stdout = std::io::stdout().lock();
    // Flush here, so that a write error is still reported.
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(why) if why.kind() == std::io::ErrorKind::BrokenPipe => Err(Error::Unread),
        Err(why) => Err(Error::failed("stdout", why)),
        Ok(()) => Ok(()),
    }
}
