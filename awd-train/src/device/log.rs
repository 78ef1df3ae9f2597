//! The board's log, which it sends as numbers of strings that only its ELF holds (defmt).

use crate::{Error, Result};
use defmt_decoder::{DecodeError, Table};
use std::io::Read;

/// Bytes of a log that are read at once.
const MOST: u64 = 1 << 20;

/// Turns the bytes of a log into lines.
pub(super) struct Log<R> {
    /// Nothing where the firmware logs nothing.
    table: Option<Table>,
    bytes: R,
    /// The beginning of a log frame whose end has not come.
    pending: Vec<u8>,
}

impl<R: Read> Log<R> {
    /// The log of this firmware, whose bytes are read from `bytes` as far as they have come.
    pub fn new(elf: &[u8], bytes: R) -> Result<Self> {
        let table = Table::parse(elf).map_err(|error| Error::failed("firmware's log table", error))?;
        Ok(Self { table, bytes, pending: Vec::new() })
    }

    /// The lines that are complete since the last call; of a board that logs faster than it is read, no more than [`MOST`] bytes.
    pub fn lines(&mut self) -> Vec<String> {
        // A log that cannot be read is no reason to fail what is logged; what was read before an error is kept.
        let _ = self.bytes.by_ref().take(MOST).read_to_end(&mut self.pending);
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
        if self.pending.len() as u64 > MOST {
            // No line is so long.
            self.pending.clear();
        }
        lines
    }
}
