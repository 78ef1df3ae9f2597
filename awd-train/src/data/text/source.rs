//! Opens a file of text, and finds its encoding and its syntax.

use crate::file::{self, Budget, Kind, Lines, MAX_LINE};
use crate::{Error, Result};
use flate2::read::MultiGzDecoder;
use std::borrow::Cow;
use std::io::{self, BufRead, BufReader, Cursor, Read, Seek};
use std::path::Path;

/// What the lines of a file are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syntax {
    /// A row of a table.
    Table,
    /// The form of the time series archive: `@data`, then `1,2,3:label`.
    Ts,
    /// Weka's form: `@relation`, `@attribute`, `@data`.
    Arff,
}

/// A file of text, at its first byte.
pub struct Source {
    pub file: String,
    pub syntax: Syntax,
    /// The lines of the file, in UTF-8 or another encoding of which ASCII is a part.
    pub lines: BufReader<Box<dyn Read>>,
    /// The first bytes of the text, at most [`HEAD`].
    pub head: Vec<u8>,
    /// The length of the file.
    pub bytes: u64,
    /// The number of lines that [`Source::line`] has read.
    pub line: u64,
}

/// Bytes from which encoding, delimiter and header are found. They hold at least one line.
pub const HEAD: usize = MAX_LINE + (1 << 16);

impl Source {
    pub fn open(path: &Path) -> Result<Self> {
        let name = path.display().to_string();
        let bad = |why: io::Error| Error::input(&name, "text", why);
        let opened = file::open(path, Kind::Table)?;
        let (mut file, bytes) = (opened.file, opened.bytes);
        let mut start = Vec::new();
        (&file).take(4).read_to_end(&mut start).and_then(|_| file.rewind()).map_err(bad)?;
        let mut budget = Budget::of(bytes);
        let text: Box<dyn Read> = if start.starts_with(&GZIP) {
            let mut unpacked = BufReader::new(MultiGzDecoder::new(BufReader::new(file)));
            start = unpacked.fill_buf().map_err(bad)?.iter().take(4).copied().collect();
            if start.starts_with(b"PK") {
                let bound =
                    "a text in gzip; this one contains an .npz, which is compressed already: unpack it with gunzip";
                return Err(Error::input(&name, "text", bound));
            }
            Box::new(Bounded { source: unpacked, budget: budget.clone() })
        } else {
            Box::new(BufReader::new(file))
        };
        let decoded: Box<dyn Read> = match encoding(&start) {
            Encoding::Bytes => text,
            Encoding::Utf16(order) => {
                // Decoded text takes three bytes for two.
                budget.take(bytes.saturating_mul(3)).map_err(|why| Error::input(&name, "text", why))?;
                Box::new(Cursor::new(utf16(text, order).map_err(bad)?))
            }
        };
        let mut lines = BufReader::with_capacity(HEAD, Box::new(Lines::new(decoded)) as Box<dyn Read>);
        let mut head = Vec::new();
        // Peeks: `fill_buf` returns what one read gave.
        let mut peeked = lines.by_ref().take(HEAD as u64);
        peeked.read_to_end(&mut head).map_err(bad)?;
        if head.starts_with(BOM) {
            head.drain(..BOM.len());
        }
        if head.contains(&0) {
            let bound = "a text; it contains bytes of value 0, so it is of another kind: save the data as .csv or with np.savez";
            return Err(Error::input(&name, "text", bound));
        }
        let syntax = syntax(&head);
        let again: Box<dyn Read> = Box::new(Cursor::new(head.clone()).chain(lines));
        Ok(Self { file: name, syntax, lines: BufReader::new(again), head, bytes, line: 0 })
    }

    /// Reads the next line that is neither blank nor a comment, without blanks around it.
    pub fn line(&mut self) -> Result<Option<String>> {
        let mut bytes = Vec::new();
        loop {
            bytes.clear();
            let count = self.lines.read_until(b'\n', &mut bytes);
            if count.map_err(|why| Error::input(&self.file, "text", why))? == 0 {
                return Ok(None);
            }
            self.line += 1;
            let line = bytes.trim_ascii();
            if !line.is_empty() && !is_comment(line) {
                return Ok(Some(text(line).into_owned()));
            }
        }
    }
}

/// The first bytes of gzip.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// The mark with which some programs begin UTF-8.
const BOM: &[u8] = b"\xef\xbb\xbf";

enum Encoding {
    /// UTF-8, or another one of which ASCII is a part.
    Bytes,
    Utf16(fn([u8; 2]) -> u16),
}

/// The encoding, from the first bytes. Text in UTF-16 begins with a mark, or with a letter of ASCII.
const fn encoding(start: &[u8]) -> Encoding {
    match start {
        [0xff, 0xfe, ..] | [1..=127, 0, 1..=127, 0, ..] => Encoding::Utf16(u16::from_le_bytes),
        [0xfe, 0xff, ..] | [0, 1..=127, 0, 1..=127, ..] => Encoding::Utf16(u16::from_be_bytes),
        _ => Encoding::Bytes,
    }
}

fn utf16(mut text: impl Read, order: fn([u8; 2]) -> u16) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    text.read_to_end(&mut bytes)?;
    let (units, odd) = bytes.as_chunks();
    if !odd.is_empty() {
        return Err(io::Error::other("UTF-16 with whole characters; the last one is cut off: copy the file again"));
    }
    let decoded = char::decode_utf16(units.iter().map(|unit| order(*unit)));
    let text: String = decoded.map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    Ok(text.into_bytes())
}

/// The syntax, from the first line that is not empty and no comment.
fn syntax(head: &[u8]) -> Syntax {
    let lines = head.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let first = lines.into_iter().find(|line| !line.is_empty() && !is_comment(line));
    match first {
        Some(line) if begins(&text(line), "@relation") => Syntax::Arff,
        Some([b'@', ..]) => Syntax::Ts,
        _ => Syntax::Table,
    }
}

const fn is_comment(line: &[u8]) -> bool {
    matches!(line, [b'#' | b'%', ..])
}

/// Decodes bytes as UTF-8, or if they are not, as Latin-1.
pub fn text(bytes: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(bytes).map_or_else(|_| bytes.iter().map(|byte| char::from(*byte)).collect(), Cow::Borrowed)
}

/// Whether a line begins with this word, in capitals or not.
pub fn begins(line: &str, word: &str) -> bool {
    line.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
}

/// A source that fails once it has given more bytes than its budget.
struct Bounded<R> {
    source: R,
    budget: Budget,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(buffer)?;
        self.budget.take(count as u64).map_err(|why| io::Error::other(format!("{why}: unpack it with gunzip")))?;
        Ok(count)
    }
}
