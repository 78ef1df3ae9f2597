//! The dialect of a table: its delimiter, its decimal mark and its header, found from the first lines.

use super::source::{Source, text};
use crate::{Error, Result};
use std::borrow::Cow;

/// Between two cells of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delimiter {
    /// One character of ASCII.
    Byte(u8),
    /// Any number of spaces and tabs.
    Spaces,
}

/// How a table is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dialect {
    pub delimiter: Delimiter,
    /// Whether numbers are written with a comma, as 0,5.
    pub decimal_comma: bool,
    /// The names of the columns.
    pub header: Option<Vec<String>>,
    /// Whether the header is the first row, and not a comment.
    pub header_row: bool,
    /// The number of columns.
    pub columns: usize,
}

/// Delimiters in the order of preference, if several fit equally.
const DELIMITERS: [Delimiter; 5] =
    [Delimiter::Byte(b'\t'), Delimiter::Byte(b';'), Delimiter::Byte(b'|'), Delimiter::Byte(b','), Delimiter::Spaces];

/// From this many on, whole numbers that ascend by one are names of columns, and no samples. Beside a text, which names
/// the column of labels, fewer are enough.
const COUNTED: usize = 5;
const NUMBERED: usize = 3;

/// The lines that are looked at.
const LINES: usize = 40;

impl Dialect {
    /// Finds the dialect. The first row is the header if it must be one, or if it looks like one.
    ///
    /// # Errors
    /// There is no row, or one column; or commas may separate decimals as well as thousands.
    pub fn of(source: &Source, has_header: bool) -> Result<Self> {
        let bad = |place: &str, bound: String| Err(Error::input(&source.file, place, bound));
        let complete = source.head.len() < super::source::HEAD;
        let mut lines: Vec<&[u8]> = source.head.split(|byte| matches!(byte, b'\n' | b'\r')).collect();
        if !complete {
            lines.pop();
        }
        let lines: Vec<Cow<'_, str>> =
            lines.into_iter().filter(|line| !line.trim_ascii().is_empty()).take(LINES).map(text).collect();
        let is_comment = |line: &str| line.trim_start().starts_with(['#', '%']);
        let rows: Vec<&str> = lines.iter().map(|line| &**line).filter(|line| !is_comment(line)).collect();
        if rows.is_empty() {
            return bad("table", "at least one row; it is empty".into());
        }
        let fits = DELIMITERS.into_iter().filter_map(|delimiter| Some((delimiter, fit(delimiter, &rows)?)));
        // `max_by` would prefer the last of several that fit equally.
        let best = fits.reduce(|best, next| if next.1 > best.1 { next } else { best });
        let Some((delimiter, _)) = best else {
            let bound = "several columns, separated by commas, semicolons, tabs or spaces; it has one";
            return bad("table", bound.into());
        };
        let cells: Vec<Vec<String>> = rows.iter().map(|row| split(delimiter, row)).collect();
        let decimal_comma = match decimal_comma(&cells) {
            Some(comma) => comma,
            None => {
                return bad(
                    "table",
                    "numbers with a decimal point; here commas may separate decimals or thousands: write 1234.5".into(),
                );
            }
        };
        let is_number = |cell: &str| number(cell, decimal_comma).is_some();
        let header_row = has_header || is_header(&cells, &is_number);
        // A header that must be there has a name for each column, even if the last cells of the first rows are empty.
        let columns = cells[usize::from(header_row && !has_header && cells.len() > 1)].len();
        let header = if header_row {
            Some(cells[0].clone())
        } else {
            // numpy's savetxt writes the header as a comment.
            let before = lines.iter().take_while(|line| is_comment(line)).last();
            before
                .map(|line| split(delimiter, line.trim_start().trim_start_matches(['#', '%']).trim_start()))
                .filter(|names| names.len() == columns && !names.iter().any(|name| is_number(name)))
        };
        Ok(Self { delimiter, decimal_comma, header, header_row, columns })
    }
}

/// The cells of a row, without the quotes around them and without an empty one at the end.
pub fn split(delimiter: Delimiter, row: &str) -> Vec<String> {
    let mut cells: Vec<String> = match delimiter {
        Delimiter::Spaces => row.split_ascii_whitespace().map(str::to_owned).collect(),
        Delimiter::Byte(delimiter) => {
            let mut reader = csv::ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .delimiter(delimiter)
                .from_reader(row.as_bytes());
            let record = reader.records().next().and_then(std::result::Result::ok).unwrap_or_default();
            record.iter().map(|cell| bare(cell).to_owned()).collect()
        }
    };
    if cells.len() > 1 && cells.last().is_some_and(String::is_empty) {
        cells.pop();
    }
    cells
}

/// A cell without blanks around it, and without quotes that follow such blanks.
pub fn bare(cell: &str) -> &str {
    let cell = cell.trim();
    cell.strip_prefix('"').and_then(|cell| cell.strip_suffix('"')).unwrap_or(cell)
}

/// How well a delimiter fits: the share of rows of the most frequent length, then the share of cells that are numbers.
fn fit(delimiter: Delimiter, rows: &[&str]) -> Option<[f64; 2]> {
    let cells: Vec<Vec<String>> = rows.iter().map(|row| split(delimiter, row)).collect();
    let lengths: Vec<usize> = cells.iter().map(Vec::len).collect();
    let count = |length: usize| lengths.iter().filter(|other| **other == length).count();
    let usual = lengths.iter().copied().max_by_key(|&length| (count(length), length))?;
    if usual < 2 {
        return None;
    }
    let data: Vec<&String> = cells.iter().skip(usize::from(cells.len() > 1)).flatten().collect();
    let numbers = data.iter().filter(|cell| [false, true].iter().any(|comma| number(cell, *comma).is_some())).count();
    Some([numbers as f64 / data.len().max(1) as f64, count(usual) as f64 / lengths.len() as f64])
}

/// Whether commas in cells are decimal marks; `None` if they may as well separate thousands. Where commas separate
/// columns, a cell with a comma is in quotes.
fn decimal_comma(cells: &[Vec<String>]) -> Option<bool> {
    let with_comma: Vec<&str> = cells
        .iter()
        .flatten()
        .map(String::as_str)
        .filter(|cell| cell.contains(',') && number(cell, true).is_some())
        .collect();
    if with_comma.is_empty() {
        return Some(false);
    }
    let points = cells.iter().flatten().any(|cell| cell.contains('.') && number(cell, false).is_some());
    // 1,234 may be a thousand; 0,234 and 1,2 are not.
    let thousands = |cell: &&str| {
        let (whole, digits) = cell.split_once(',').unwrap_or((cell, ""));
        let whole = whole.trim_start_matches(['-', '+']);
        digits.len() == 3 && !whole.starts_with('0') && digits.bytes().all(|digit| digit.is_ascii_digit())
    };
    if points || with_comma.iter().all(thousands) { None } else { Some(true) }
}

/// The number that a cell has.
pub fn number(cell: &str, decimal_comma: bool) -> Option<f64> {
    let cell = cell.trim();
    if decimal_comma && cell.contains(',') {
        return if cell.contains('.') { None } else { cell.replacen(',', ".", 1).parse().ok() };
    }
    cell.parse().ok()
}

/// Whether the first row has names: a column of numbers has a name that is none, or the numbers count the columns.
fn is_header(cells: &[Vec<String>], is_number: &impl Fn(&str) -> bool) -> bool {
    let first = &cells[0];
    let Some(second) = cells.get(1) else { return first.iter().any(|cell| !cell.is_empty() && !is_number(cell)) };
    let named = first.iter().zip(second).any(|(first, second)| !is_number(first) && is_number(second));
    let numbers: Vec<usize> = first.iter().filter_map(|cell| cell.parse().ok()).collect();
    let counts = numbers.len() + 1 >= first.len()
        && numbers.len() >= if numbers.len() < first.len() { NUMBERED } else { COUNTED }
        && numbers.first().is_some_and(|first| *first < 2)
        && numbers.windows(2).all(|pair| pair[1] == pair[0] + 1);
    named || counts
}
