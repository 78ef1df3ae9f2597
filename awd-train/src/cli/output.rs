//! Where results and messages go.

use awd_train::{Error, Result};
use std::io::Write;

/// Writes a line to stderr. Where that fails there is nobody to tell, and the work and the exit code stay as they are.
pub fn say(line: &str) {
    let _ = std::io::stderr().lock().write_all(format!("{line}\n").as_bytes());
}

/// Writes a result to stdout.
pub fn print(text: &str) -> Result<()> {
    let mut stdout = std::io::stdout().lock();
    // Flushed, so that no error comes after the last chance to tell it.
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(why) if why.kind() == std::io::ErrorKind::BrokenPipe => Err(Error::Unread),
        Err(why) => Err(Error::failed("stdout", why)),
        Ok(()) => Ok(()),
    }
}
