//! The rows of a table, one at a time.

use super::dialect::{Delimiter, Dialect, bare, number};
use super::source::{Source, text};
use crate::{Error, Result};
use csv::{ByteRecord, Reader, ReaderBuilder};
use std::borrow::Cow;
use std::io::{BufRead, BufReader, Read};

type Text = BufReader<Box<dyn Read>>;

enum Lines {
    Csv(Box<Reader<Text>>),
    Spaces(Text, Vec<u8>),
}

/// A table of which the rows are being read.
pub struct Rows {
    pub file: String,
    pub dialect: Dialect,
    lines: Lines,
    record: ByteRecord,
    /// The line of the row, from 1.
    pub line: u64,
    /// The number of rows that were read.
    pub count: usize,
    /// Whether the header is the next row.
    header: bool,
}

impl Rows {
    /// Starts at the first row. It is the header if it must be one, or if it looks like one.
    pub fn new(source: Source, has_header: bool) -> Result<Self> {
        let dialect = Dialect::of(&source, has_header)?;
        let lines = match dialect.delimiter {
            Delimiter::Spaces => Lines::Spaces(source.lines, Vec::new()),
            Delimiter::Byte(delimiter) => {
                let mut builder = ReaderBuilder::new();
                builder.has_headers(false).flexible(true).delimiter(delimiter);
                Lines::Csv(Box::new(builder.from_reader(source.lines)))
            }
        };
        let header = dialect.header_row;
        Ok(Self { file: source.file, dialect, lines, record: ByteRecord::new(), line: 0, count: 0, header })
    }

    /// Reads the next row, if there is one. Rows of blanks and comments are passed over.
    pub fn next(&mut self) -> Result<bool> {
        while self.read()? {
            let blank = self.record.iter().all(|cell| cell.trim_ascii().is_empty());
            if blank || self.record.get(0).is_some_and(|cell| matches!(cell.trim_ascii_start(), [b'#' | b'%', ..])) {
                continue;
            }
            if std::mem::take(&mut self.header) {
                continue;
            }
            let mut cells = self.record.len();
            while cells > self.dialect.columns && self.record[cells - 1].trim_ascii().is_empty() {
                cells -= 1;
            }
            if cells != self.dialect.columns {
                let bound = format_args!(
                    "{} cells, like the first row; it has {cells}: complete the line, or delete it",
                    self.dialect.columns
                );
                return Err(Error::input(&self.file, format_args!("line {}", self.line), bound));
            }
            self.count += 1;
            return Ok(true);
        }
        Ok(false)
    }

    /// Reads the next record, if there is one.
    fn read(&mut self) -> Result<bool> {
        let Self { lines, record, line, file, .. } = self;
        let bad = |why: &dyn std::fmt::Display| Error::input(&*file, "table", why);
        match lines {
            Lines::Csv(reader) => {
                *line = reader.position().line();
                reader.read_byte_record(record).map_err(|why| bad(&why))
            }
            Lines::Spaces(reader, buffer) => {
                buffer.clear();
                let count = reader.read_until(b'\n', buffer).map_err(|why| bad(&why))?;
                *line += 1;
                record.clear();
                let cells = buffer.split(u8::is_ascii_whitespace).filter(|cell| !cell.is_empty());
                cells.for_each(|cell| record.push_field(cell));
                Ok(count > 0)
            }
        }
    }

    /// The text of a column in this row.
    pub fn text(&self, column: usize) -> Cow<'_, str> {
        match text(self.record.get(column).unwrap_or_default()) {
            Cow::Borrowed(text) => Cow::Borrowed(bare(text)),
            Cow::Owned(text) => Cow::Owned(bare(&text).to_owned()),
        }
    }

    /// The number in a column of this row, if it has one.
    pub fn parse(&self, column: usize) -> Option<f64> {
        number(&self.text(column), self.dialect.decimal_comma)
    }

    /// The number in a column of this row.
    pub fn number(&self, name: impl Fn() -> String, column: usize) -> Result<f64> {
        let text = self.text(column);
        number(&text, self.dialect.decimal_comma).ok_or_else(|| {
            let found = if text.is_empty() { "an empty cell".into() } else { text };
            let bound =
                format_args!("a number in every row; line {} has {found}: correct the line, or delete it", self.line);
            Error::input(&self.file, name(), bound)
        })
    }
}
