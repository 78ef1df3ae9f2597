//! Which columns of a table are samples, targets, splits and groups.

use super::dialect::{Dialect, number};
use crate::data::classes::MAX_CLASSES;
use crate::data::label::Label;
use crate::data::options::ReadOptions;
use crate::suggest::did_you_mean;
use crate::{Error, Result};
use std::collections::{BTreeMap, BTreeSet};

/// The indices of columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    /// The samples, in their order.
    pub samples: Vec<usize>,
    /// The names of the samples, for errors.
    pub names: Vec<String>,
    pub target: Option<usize>,
    pub split: Option<usize>,
    pub group: Option<usize>,
    /// What a reader of the data should know.
    pub note: Option<String>,
}

/// Names of the column of targets.
const TARGETS: [&str; 7] = ["y", "label", "labels", "target", "targets", "class", "classes"];

/// Columns of tables that have a sample in a row.
const TIMES: [&str; 9] = ["frame", "slice", "time", "timestamp", "t", "position_t", "track_id", "particle", "trackid"];

impl Columns {
    /// The columns of a table with a header.
    pub fn named(file: &str, header: &[String], options: &ReadOptions) -> Result<Self> {
        let bad = |field: &str, bound: String| Err(Error::input(file, field, bound));
        let find = |name: &str| header.iter().position(|column| column.eq_ignore_ascii_case(name));
        let asked = |name: &Option<String>| match name {
            None => Ok(None),
            Some(name) => match header.iter().position(|column| column == name).or_else(|| find(name)) {
                Some(column) => Ok(Some(column)),
                None => {
                    let bound = format_args!("missing{}", did_you_mean(name, header));
                    Err(Error::input(file, name, bound))
                }
            },
        };
        let target = asked(&options.target)?.or_else(|| TARGETS.into_iter().find_map(find));
        let group = asked(&options.groups)?.or_else(|| find("group"));
        let split = find("split");
        let others: Vec<usize> =
            (0..header.len()).filter(|&column| ![target, group, split].contains(&Some(column))).collect();
        let numbered = numbered(header, &others);
        let Some((prefix, columns)) = numbered else {
            refuse_long(file, header)?;
            let there = header.join(", ");
            return bad("x0", format!("missing: columns are x0, x1, …, y; the header is {there}"));
        };
        let from = columns[0].0;
        for (pair, expected) in columns.iter().zip(from..) {
            let (number, _) = *pair;
            let name = |number: usize| format!("{prefix}{number}");
            if number < expected {
                return bad(&name(number), "one column of each name; there are two: rename or delete one".into());
            }
            if number > expected {
                let last = name(columns[columns.len() - 1].0);
                let bound = format!(
                    "missing, but the columns go on to {last}: restore it, or number the columns without a gap"
                );
                return bad(&name(expected), bound);
            }
        }
        if from > 1 {
            return bad(
                &format!("{prefix}0"),
                format!("missing; the first sample is {prefix}{from}: number samples from 0"),
            );
        }
        let samples: Vec<usize> = columns.iter().map(|(_, column)| *column).collect();
        let names: Vec<String> = samples.iter().map(|&column| header[column].clone()).collect();
        let note = (prefix != "x")
            .then(|| format!("Samples are the {} columns {} to {}.", samples.len(), names[0], names[names.len() - 1]));
        Ok(Self { samples, names, target, split, group, note })
    }

    /// The columns of a table without a header, from its first rows. `samples` is the length of windows, if it is
    /// known; then there need not be targets.
    pub fn unnamed(
        file: &str,
        dialect: &Dialect,
        rows: &[Vec<String>],
        options: &ReadOptions,
        samples: Option<usize>,
    ) -> Result<Self> {
        let bad = |bound: String| Err(Error::input(file, "header", bound));
        if let Some(name) = &options.groups {
            return bad(format!("a header that names {name}; the first row has numbers: add a row of names"));
        }
        let last = dialect.columns - 1;
        let is_label = |column: usize| {
            let labels: BTreeSet<Label> =
                rows.iter().map(|row| Label::of_text(row.get(column).map_or("", String::as_str))).collect();
            let texts = labels.iter().any(|label| label.number().is_none());
            let numbers = rows
                .iter()
                .all(|row| row.get(column).is_some_and(|cell| number(cell, dialect.decimal_comma).is_some()));
            labels.len() <= MAX_CLASSES && (!texts || !numbers)
        };
        let target = match &options.target {
            Some(name) => match name.parse::<usize>() {
                Ok(place) if (1..=dialect.columns).contains(&place) => Some(place - 1),
                _ => {
                    let bound =
                        format!("a column from 1 to {}, because there is no header; asked for {name}", last + 1);
                    return Err(Error::input(file, "target", bound));
                }
            },
            None if samples == Some(dialect.columns) => None,
            // The files of the UCR archive begin with the class.
            None if of_archive(file) => Some(0),
            None => match [is_label(0), is_label(last)] {
                [true, false] => Some(0),
                [false, true] => Some(last),
                _ if samples.is_some() => None,
                [both, _] => {
                    let which = if both {
                        "both the first and the last column may be"
                    } else {
                        "neither the first nor the last column can be"
                    };
                    return bad(format!(
                        "names of columns; the first row has numbers, and {which} the classes: add a row of names (x0, x1, …, y), or choose \
                         the column of targets by its place, from 1 (target)"
                    ));
                }
            },
        };
        let samples: Vec<usize> = (0..dialect.columns).filter(|&column| Some(column) != target).collect();
        let names = samples.iter().map(|column| format!("column {}", column + 1)).collect();
        let note = target.map(|column| format!("There is no header; targets are column {}.", column + 1));
        Ok(Self { samples, names, target, split: None, group: None, note })
    }
}

/// Refuses a table that has a row for each sample of a track or a signal.
///
/// # Errors
/// The first row has the names of such columns.
pub fn refuse_long(file: &str, names: &[String]) -> Result<()> {
    let is_time = |name: &&str| TIMES.iter().any(|time| name.eq_ignore_ascii_case(time));
    let times: Vec<&str> = names.iter().map(String::as_str).filter(is_time).collect();
    if times.is_empty() {
        return Ok(());
    }
    let bound = format_args!(
        "a row for each window; here a row is one sample (column {}): import it as a table of tracks, or cut it into windows (docs/data.md)",
        times.join(", ")
    );
    Err(Error::input(file, "table", bound))
}

/// Whether the name of a file is that of a set of the UCR archive.
fn of_archive(file: &str) -> bool {
    let name = std::path::Path::new(file).file_name().unwrap_or_default().to_string_lossy().to_ascii_uppercase();
    ["_TRAIN", "_TEST"].iter().any(|end| name.ends_with(end) || name.contains(&format!("{end}.")))
}

/// The largest set of columns with one prefix and a number each, ascending; `x` comes before others.
fn numbered(header: &[String], columns: &[usize]) -> Option<(String, Vec<(usize, usize)>)> {
    let mut sets: BTreeMap<String, Vec<(usize, usize)>> = BTreeMap::new();
    for &column in columns {
        let name = &header[column];
        let prefix = name.trim_end_matches(|c: char| c.is_ascii_digit());
        if let Ok(number) = name[prefix.len()..].parse() {
            sets.entry(prefix.to_ascii_lowercase()).or_default().push((number, column));
        }
    }
    let x = sets.remove_entry("x").filter(|(_, columns)| columns.len() > 1);
    let largest = || sets.into_iter().filter(|(_, columns)| columns.len() > 1).max_by_key(|(_, columns)| columns.len());
    let (prefix, mut columns) = x.or_else(largest)?;
    columns.sort_unstable();
    Some((prefix, columns))
}
