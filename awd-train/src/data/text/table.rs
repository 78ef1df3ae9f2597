//! Reads tables: a row for each window, with its samples, its target, and optionally its split and its group.

use super::columns::{Columns, refuse_long};
use super::dialect::{number, split};
use super::rows::Rows;
use super::source::Source;
use crate::data::bounds::check_length;
use crate::data::classes::RawTargets;
use crate::data::label::Label;
use crate::data::options::ReadOptions;
use crate::data::unsplit::{Split, Unsplit};
use crate::{Error, Result};
use ndarray::Array2;

/// Of a table without a header, the rows by which the column of targets is found.
const SAMPLED: usize = 1000;

struct Table {
    rows: Rows,
    columns: Columns,
}

impl Table {
    fn open(source: Source, options: &ReadOptions, samples: Option<usize>) -> Result<Self> {
        let head = source.head.clone();
        let rows = Rows::new(source, false)?;
        let dialect = &rows.dialect;
        let columns = match &dialect.header {
            Some(header) => {
                if header.len() != dialect.columns {
                    let bound = format_args!("{} names, one for each column; it has {}", dialect.columns, header.len());
                    return Err(Error::input(&rows.file, "header", bound));
                }
                Columns::named(&rows.file, header, options)?
            }
            None => {
                let lines = String::from_utf8_lossy(&head);
                let lines =
                    lines.lines().filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with(['#', '%']));
                let cells: Vec<Vec<String>> = lines
                    .map(|line| split(dialect.delimiter, line))
                    .filter(|cells| cells.len() == dialect.columns)
                    .take(SAMPLED)
                    .collect();
                // TrackMate writes three rows of names.
                cells.first().map_or(Ok(()), |first| refuse_long(&rows.file, first))?;
                Columns::unnamed(&rows.file, dialect, &cells, options, samples)?
            }
        };
        check_length(&rows.file, "x_train", columns.samples.len())?;
        Ok(Self { rows, columns })
    }

    /// Appends the window of this row to `x`.
    fn window(&self, x: &mut Vec<f32>) -> Result<()> {
        for (&column, name) in self.columns.samples.iter().zip(&self.columns.names) {
            #[expect(clippy::cast_possible_truncation, reason = "samples are f32 on the instrument")]
            x.push(self.rows.number(|| name.clone(), column)? as f32);
        }
        Ok(())
    }

    /// The windows of all rows that were read.
    fn windows(&self, x: Vec<f32>) -> Array2<f32> {
        Array2::from_shape_vec((self.rows.count, self.columns.samples.len()), x).expect("one window per row")
    }
}

/// Targets in the order of rows: texts and numbers until all rows are read.
#[derive(Default)]
struct Targets {
    texts: Vec<String>,
    lines: Vec<u64>,
}

impl Targets {
    fn push(&mut self, rows: &Rows, column: usize) {
        self.texts.push(rows.text(column).into_owned());
        self.lines.push(rows.line);
    }

    /// Numbers if all are; texts if most are no numbers.
    fn finish(self, file: &str, decimal_comma: bool) -> Result<RawTargets> {
        let Self { texts, lines } = self;
        let numbers: Vec<Option<f64>> = texts.iter().map(|text| number(text, decimal_comma)).collect();
        let missing = numbers.iter().position(Option::is_none);
        let is_missing =
            |at: &usize| matches!(&*texts[*at].to_ascii_lowercase(), "" | "na" | "n/a" | "null" | "none" | "?");
        let bad = |at: usize| {
            let found = if texts[at].is_empty() { "an empty cell" } else { &texts[at] };
            let bound =
                format_args!("a target in every row; line {} has {found}: correct the line, or delete it", lines[at]);
            Error::input(file, "y", bound)
        };
        if let Some(at) = (0..texts.len()).find(is_missing) {
            return Err(bad(at));
        }
        match missing {
            // A few texts among numbers are mistakes.
            Some(at) if 2 * numbers.iter().flatten().count() > texts.len() => Err(bad(at)),
            Some(_) => Ok(RawTargets::Labels(texts.iter().map(|text| Label::of_text(text)).collect())),
            None => {
                let integers =
                    texts.iter().map(|text| text.parse().ok().map(Label::Number)).collect::<Option<Vec<_>>>();
                let floats = || RawTargets::Floats(numbers.into_iter().flatten().collect());
                Ok(integers.map_or_else(floats, RawTargets::Labels))
            }
        }
    }
}

/// Reads windows and targets.
pub fn read(source: Source, options: &ReadOptions) -> Result<Unsplit> {
    let mut table = Table::open(source, options, None)?;
    let Some(y) = table.columns.target else {
        let there = table.rows.dialect.header.iter().flatten().cloned().collect::<Vec<_>>().join(", ");
        let bound = format_args!("missing: a column of targets (y, label, target or class); the header is {there}");
        return Err(Error::input(&table.rows.file, "y", bound));
    };
    let (mut x, mut targets) = (Vec::new(), Targets::default());
    let (mut test, mut groups) = (Vec::new(), Vec::new());
    while table.rows.next()? {
        table.window(&mut x)?;
        targets.push(&table.rows, y);
        if let Some(column) = table.columns.split {
            let text = table.rows.text(column);
            match text.to_ascii_lowercase().as_str() {
                "train" | "training" => test.push(false),
                "test" | "testing" => test.push(true),
                _ => {
                    let bound = format_args!("train or test; line {} has {text}", table.rows.line);
                    return Err(Error::input(&table.rows.file, "split", bound));
                }
            }
        }
        if let Some(column) = table.columns.group {
            groups.push(Label::of_text(&table.rows.text(column)));
        }
    }
    Ok(Unsplit {
        x: table.windows(x),
        rows: 1,
        names: ["x", "y"],
        targets: targets.finish(&table.rows.file, table.rows.dialect.decimal_comma)?,
        split: if table.columns.split.is_some() { Split::Given(test) } else { Split::Draw },
        groups: table.columns.group.map(|_| groups),
        notes: table.columns.note.into_iter().collect(),
        file: table.rows.file,
    })
}

/// Reads the first `limit` windows, and ignores the other columns. `samples` is the length of windows, if it is known.
pub fn windows(source: Source, limit: usize, options: &ReadOptions, samples: Option<usize>) -> Result<Array2<f32>> {
    let mut table = Table::open(source, options, samples)?;
    let mut x = Vec::new();
    while table.rows.count < limit && table.rows.next()? {
        table.window(&mut x)?;
    }
    Ok(table.windows(x))
}
