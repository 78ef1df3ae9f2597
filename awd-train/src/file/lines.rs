//! Limits the length of lines, so that a source without line breaks does not fill the memory.

use std::io::{self, ErrorKind, Read};

/// The most bytes of a line. A window of 4096 samples takes a tenth of them.
pub const MAX_LINE: usize = 1 << 20;

/// A source of text. Reading fails once a line is longer than [`MAX_LINE`].
#[derive(Debug)]
pub struct Lines<R> {
    source: R,
    /// Bytes since the last line break.
    since: usize,
}

impl<R: Read> Lines<R> {
    /// Reads the text of a source that is at the start of a line.
    pub const fn new(source: R) -> Self {
        Self { source, since: 0 }
    }
}

impl<R: Read> Read for Lines<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let limit = buffer.len().min(MAX_LINE);
        let count = self.source.read(&mut buffer[..limit])?;
        let ends = |byte: &u8| matches!(byte, b'\n' | b'\r');
        let read = &buffer[..count];
        let first = read.iter().position(ends);
        if self.since + first.unwrap_or(count) > MAX_LINE {
            let bound = format!("lines of at most {MAX_LINE} bytes; this one is longer: write one row per line");
            return Err(io::Error::new(ErrorKind::InvalidData, bound));
        }
        self.since = match read.iter().rposition(ends) {
            Some(last) => count - last - 1,
            None => self.since + count,
        };
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader};

    #[test]
    fn lines_have_a_bound_for_every_buffer_size() {
        for (length, count) in [(MAX_LINE, 3), (MAX_LINE + 1, 0), (7, 300_000)] {
            let text = format!("{}\n", "x".repeat(length)).repeat(count.max(1));
            for buffer in [1000, 1 << 16, 4 << 20] {
                let lines = BufReader::with_capacity(buffer, Lines::new(text.as_bytes())).lines();
                let complete = lines.map_while(Result::ok).filter(|line| line.len() == length).count();
                assert_eq!(complete, count, "{length} {buffer}");
            }
        }
        let endless = BufReader::new(Lines::new(io::repeat(b' '))).lines().next();
        assert!(endless.unwrap().unwrap_err().to_string().contains("at most 1048576 bytes"));
    }
}
