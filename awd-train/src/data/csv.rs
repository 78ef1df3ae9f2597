//! Reads windows from a `.csv`: a header, columns `x0`, `x1`, …, `y`, and optionally `split` (`train` or `test`) and
//! `group`.
//!
//! Targets that are all written as whole numbers are classes. Without `split`, a fifth of the rows is the test split.
//! It is drawn with a fixed seed and shares no group with the training split, unless there is only one group.

use super::bounds::check_length;
use super::{Dataset, Samples, Target, folds, npz};
use crate::file::{self, Kind, Lines};
use crate::suggest::did_you_mean;
use crate::{Error, Result};
use csv::{Reader, StringRecord};
use ndarray::Array2;
use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::path::Path;

/// Whether a file is a `.csv`, by its name.
pub fn is_csv(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv"))
}

/// Without a column `split`, one of this many folds is the test split.
const FOLDS: usize = 5;

/// An open table, after its header.
struct Table {
    file: String,
    header: StringRecord,
    /// The indices of the columns x0, x1, … without a gap.
    samples: Vec<usize>,
    reader: Reader<Lines<File>>,
    row: StringRecord,
    /// The number of rows that were read.
    rows: usize,
}

impl Table {
    fn open(path: &Path) -> Result<Self> {
        let opened = file::open(path, Kind::Table)?;
        let file = path.display().to_string();
        let mut reader = Reader::from_reader(Lines::new(opened.file));
        let header = reader.headers().map_err(|why| Error::input(&file, "csv", why))?.clone();
        let samples = samples(&header);
        let table = Self { file, header, samples, reader, row: StringRecord::new(), rows: 0 };
        if table.samples.is_empty() {
            return Err(table.missing("x0"));
        }
        check_length(&table.file, "x_train", table.samples.len())?;
        Ok(table)
    }

    /// Reads the next row, if there is one.
    fn next(&mut self) -> Result<bool> {
        let there = self.reader.read_record(&mut self.row).map_err(|why| Error::input(&self.file, "csv", why))?;
        self.rows += usize::from(there);
        Ok(there)
    }

    fn column(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|column| column.trim() == name)
    }

    /// The text of a column in this row.
    fn text(&self, column: usize) -> &str {
        self.row[column].trim()
    }

    /// The error for a missing column.
    fn missing(&self, name: &str) -> Error {
        let there = self.header.iter().collect::<Vec<_>>().join(", ");
        let bound = format_args!("missing: columns are x0, x1, …, y; the header is {there}");
        Error::input(&self.file, name, bound)
    }

    /// The number in a column of this row.
    fn number(&self, name: impl Fn() -> String, column: usize) -> Result<f64> {
        let text = self.text(column);
        text.parse().map_err(|_| {
            let name = name();
            // The header is line 1.
            let line = self.rows + 1;
            let next = if name == "y" { "number the classes 0, 1, 2, …" } else { "correct the line, or delete it" };
            Error::input(&self.file, name, format_args!("a number in every line; line {line} has {text}: {next}"))
        })
    }

    /// Appends the window of this row to `x`.
    fn window(&self, x: &mut Vec<f32>) -> Result<()> {
        for (k, &column) in self.samples.iter().enumerate() {
            #[expect(clippy::cast_possible_truncation, reason = "samples are f32 on the instrument")]
            x.push(self.number(|| format!("x{k}"), column)? as f32);
        }
        Ok(())
    }

    /// The windows of all rows that were read.
    fn windows(&self, x: Vec<f32>) -> Array2<f32> {
        Array2::from_shape_vec((self.rows, self.samples.len()), x).expect("one window per row")
    }
}

/// The indices of the columns x0, x1, … without a gap. Of two columns with the same name the first is taken.
fn samples(header: &StringRecord) -> Vec<usize> {
    let numbered = |(column, name): (usize, &str)| {
        let number = name.trim().strip_prefix('x')?;
        let sample: usize = number.parse().ok()?;
        (number == sample.to_string()).then_some((sample, column))
    };
    let mut columns: Vec<(usize, usize)> = header.iter().enumerate().filter_map(numbered).collect();
    columns.sort_unstable();
    columns.dedup_by_key(|(sample, _)| *sample);
    (0..).zip(columns).map_while(|(k, (sample, column))| (k == sample).then_some(column)).collect()
}

/// Targets in the order of rows. They are classes as long as all are whole numbers.
struct Targets {
    classes: Option<Vec<i64>>,
    values: Vec<f64>,
}

impl Targets {
    fn push(&mut self, table: &Table, column: usize) -> Result<()> {
        self.values.push(table.number(|| "y".into(), column)?);
        match (&mut self.classes, table.text(column).parse()) {
            (Some(classes), Ok(class)) => classes.push(class),
            (classes, _) => *classes = None,
        }
        Ok(())
    }

    fn finish(self, file: &str) -> Result<Target> {
        match self.classes {
            Some(classes) => npz::classes(file, "y", &classes),
            None => Ok(Target::Values(self.values)),
        }
    }
}

/// Reads a data set. The caller checks its contents.
pub fn read(path: &Path, groups: Option<&str>) -> Result<Dataset> {
    let mut table = Table::open(path)?;
    let y = table.column("y").ok_or_else(|| table.missing("y"))?;
    let split = table.column("split");
    let group = table.column(groups.unwrap_or("group"));
    if let (Some(name), None) = (groups, group) {
        let bound = format_args!("missing{}", did_you_mean(name, &table.header));
        return Err(Error::input(&table.file, name, bound));
    }
    let mut x = Vec::new();
    let mut targets = Targets { classes: Some(Vec::new()), values: Vec::new() };
    let [mut train, mut test] = [Vec::new(), Vec::new()];
    // Groups are numbered in the order of their first appearance.
    let (mut known, mut own) = (HashMap::new(), Vec::new());
    while table.next()? {
        table.window(&mut x)?;
        targets.push(&table, y)?;
        let row = table.rows - 1;
        match split.map(|column| table.text(column)) {
            Some("train") => train.push(row),
            Some("test") => test.push(row),
            Some(text) => {
                let bound = format_args!("train or test; line {} has {text}", table.rows + 1);
                return Err(Error::input(&table.file, "split", bound));
            }
            None => {}
        }
        if let Some(text) = group.map(|column| table.text(column)) {
            let number = known.get(text).copied().unwrap_or_else(|| {
                known.insert(text.to_owned(), known.len());
                known.len() - 1
            });
            own.push(number);
        }
    }
    let all = Samples { x: table.windows(x), y: targets.finish(&table.file)? };
    let groups = group.map(|_| own);
    let drawn = || folds(&all, groups.as_deref(), FOLDS, 0).into_iter().next().map(|fold| [fold.train, fold.valid]);
    let [train, test] = (split.map(|_| [train, test]))
        .or_else(drawn)
        .ok_or_else(|| Error::input(&table.file, "y", "at least two lines"))?;
    let [groups, test_groups] =
        [&train, &test].map(|rows| groups.as_ref().map(|groups| rows.iter().map(|&i| groups[i]).collect()));
    let distinct = |groups: &Option<Vec<usize>>| groups.iter().flatten().copied().collect::<BTreeSet<usize>>();
    let both: BTreeSet<usize> = distinct(&groups).intersection(&distinct(&test_groups)).copied().collect();
    let groups_in_both = known.into_iter().filter(|(_, number)| both.contains(number)).map(|(name, _)| name);
    let groups_in_both = groups_in_both.collect::<BTreeSet<String>>().into_iter().collect();
    let (train, test) = (all.select(&train), all.select(&test));
    Ok(Dataset { file: table.file, train, test, rows: 1, groups, test_groups, groups_in_both, attributions: None })
}

/// Reads the first `limit` windows of a table, and ignores its other columns.
pub fn windows(path: &Path, limit: usize) -> Result<Array2<f32>> {
    let mut table = Table::open(path)?;
    let mut x = Vec::new();
    while table.rows < limit && table.next()? {
        table.window(&mut x)?;
    }
    Ok(table.windows(x))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn table(text: &str) -> Result<Dataset> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("d.csv");
        std::fs::write(&path, text).unwrap();
        Dataset::read(&path, None)
    }

    #[test]
    fn columns_are_found_by_name() {
        let data = table("y,split,x1,x0,note\n0,train,2,1,a\n1, train ,4,3,b\n1,test,6,5,c\n").unwrap();
        assert_eq!((data.train.x, data.test.x), (array![[1.0, 2.0], [3.0, 4.0]], array![[5.0, 6.0]]));
        assert_eq!(data.train.y, Target::Classes { labels: vec![0, 1], classes: 2 });
    }

    #[test]
    fn without_a_split_whole_groups_are_for_testing() {
        let rows: String = (0..30).map(|i| format!("{i},0,{i}.5,{}\n", i / 3)).collect();
        let data = table(&format!("x0,x1,y,group\n{rows}")).unwrap();
        let groups = |x: &Array2<f32>| x.column(0).iter().map(|x| (x / 3.0).floor()).collect::<Vec<_>>();
        let (train, test) = (groups(&data.train.x), groups(&data.test.x));
        assert_eq!((train.len(), test.len(), data.groups.unwrap().len()), (24, 6, 24));
        assert!(test.iter().all(|group| !train.contains(group)));
        assert_eq!(table("x0,x1,y\n").unwrap_err().exit_code(), 2);
    }

    #[test]
    fn errors_name_the_column() {
        for (text, parts) in [
            ("a,y\n1,2\n", ["x0", "missing"]),
            ("x0,x1\n1,2\n", ["y", "missing"]),
            ("x0,x1,y\n1,2,0\n1,b,1\n", ["x1", "line 3 has b"]),
            ("x0,x1,y,split\n1,2,0,no\n", ["split", "line 2 has no"]),
            ("x0,x1,y\n1,2\n", ["csv", "2 fields"]),
            ("x0,x1,y,split\n1,2,0,train\n2,NaN,1,train\n1,1,1,test\n", ["x_train", "NaN"]),
        ] {
            let why = table(text).unwrap_err().to_string();
            assert!(parts.iter().all(|part| why.contains(part)), "{why}");
        }
    }
}
