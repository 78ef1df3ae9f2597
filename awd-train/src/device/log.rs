//! The board's log (defmt). The board sends indices of strings that only its ELF contains.

use crate::{Error, Result};
use defmt_decoder::{DecodeError, Table};
use std::io::Read;

/// Maximum number of bytes of a log that are read at once.
const MAX_READ: u64 = 1 << 20;

/// Decodes the bytes of a log into lines.
pub(super) struct Log<R> {
    /// `None` if the firmware does not log.
    table: Option<Table>,
    bytes: R,
    /// The beginning of a log frame that is not complete yet.
    pending: Vec<u8>,
}

impl<R: Read> Log<R> {
    /// The log of this firmware. `bytes` returns the bytes that have arrived so far.
    pub fn new(elf: &[u8], bytes: R) -> Result<Self> {
        let table = Table::parse(elf).map_err(|error| Error::failed("firmware's log table", error))?;
        Ok(Self { table, bytes, pending: Vec::new() })
    }

    /// The lines that were completed since the last call. At most [`MAX_READ`] bytes are read, as a board may log
    /// faster than it is read.
    pub fn lines(&mut self) -> Vec<String> {
        // An unreadable log must not fail the caller. Bytes that were read before the error are kept.
        let _ = self.bytes.by_ref().take(MAX_READ).read_to_end(&mut self.pending);
        let Some(table) = &self.table else { return Vec::new() };
        let complete = self.pending.iter().rposition(|&byte| byte == 0).map_or(0, |zero| zero + 1);
        let mut decoder = table.new_stream_decoder();
        decoder.received(&self.pending[..complete]);
        let mut lines = Vec::new();
        loop {
            match decoder.decode() {
                Ok(frame) => lines.push(frame.display(false).to_string()),
                Err(DecodeError::Malformed) if table.encoding().can_recover() => lines.push("(a damaged line)".into()),
                Err(_) => break,
            }
        }
        drop(decoder);
        self.pending.drain(..complete);
        if self.pending.len() as u64 > MAX_READ {
            // No line is this long.
            self.pending.clear();
        }
        lines
    }
}
