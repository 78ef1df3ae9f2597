//! Windows in a `.csv`: a header, columns `x0`, `x1`, …, `y`, and if need be `split` (`train` or `test`) and `group`.
//!
//! Targets that are all written as whole numbers are classes. Without `split` a fifth of the rows, drawn once and for
//! all and never of a group that is trained on, is for testing.

use super::keys::{Key, in_both, numbered};
use super::{Dataset, Samples, Target, folds, npz};
use crate::ranks::Alone;
use crate::suggest::did_you_mean;
use crate::{Error, Result, file};
use csv::{Reader, StringRecord};
use ndarray::Array2;
use std::path::Path;

/// One of so many folds is for testing where no column says which.
const FOLDS: usize = 5;

/// An open table.
struct Table {
    file: String,
    header: StringRecord,
    rows: Vec<StringRecord>,
}

impl Table {
    fn open(path: &Path) -> Result<Self> {
        let opened = file::open(path)?;
        let file = path.display().to_string();
        let mut reader = Reader::from_reader(opened);
        let bad = |why: csv::Error| Error::input(&file, "csv", why);
        let header = reader.headers().map_err(bad)?.clone();
        let rows = reader.records().collect::<std::result::Result<_, _>>().map_err(bad)?;
        Ok(Self { file, header, rows })
    }

    fn column(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|column| column.trim() == name)
    }

    /// The texts of a column.
    fn texts(&self, name: &str) -> Option<Vec<&str>> {
        let column = self.column(name)?;
        Some(self.rows.iter().map(|row| row[column].trim()).collect())
    }

    /// There is no column that must be there.
    fn missing(&self, name: &str) -> Error {
        let there = self.header.iter().collect::<Vec<_>>().join(", ");
        let bound = format_args!("must be there: columns are x0, x1, …, y; the header is {there}");
        Error::input(&self.file, name, bound)
    }

    fn number(&self, name: &str, row: usize, text: &str) -> Result<f64> {
        text.parse().map_err(|_| {
            // The header is line 1.
            let next = if name == "y" { "number classes 0, 1, 2, …" } else { "mend the line, or leave it out" };
            Error::input(&self.file, name, format_args!("a number in every line; line {} has {text}: {next}", row + 2))
        })
    }

    /// Columns x0, x1, … as far as they go.
    fn windows(&self) -> Result<Array2<f32>> {
        let columns: Vec<usize> = (0..).map_while(|k| self.column(&format!("x{k}"))).collect();
        if columns.is_empty() {
            return Err(self.missing("x0"));
        }
        let mut x = Array2::zeros((self.rows.len(), columns.len()));
        for (i, row) in self.rows.iter().enumerate() {
            for (k, &column) in columns.iter().enumerate() {
                #[expect(clippy::cast_possible_truncation, reason = "samples are f32 on the instrument")]
                let sample = self.number(&format!("x{k}"), i, row[column].trim())? as f32;
                x[[i, k]] = sample;
            }
        }
        Ok(x)
    }

    fn target(&self) -> Result<Target> {
        let texts = self.texts("y").ok_or_else(|| self.missing("y"))?;
        let whole: Option<Vec<i64>> = texts.iter().map(|text| text.parse().ok()).collect();
        match whole {
            Some(labels) => npz::classes(&self.file, "y", &labels),
            None => {
                let values = texts.iter().enumerate().map(|(i, text)| self.number("y", i, text));
                values.collect::<Result<_>>().map(Target::Values)
            }
        }
    }

    /// Rows to train with and rows to test with, where a column says so.
    fn split(&self) -> Result<Option<[Vec<usize>; 2]>> {
        let Some(texts) = self.texts("split") else { return Ok(None) };
        let [mut train, mut test] = [Vec::new(), Vec::new()];
        for (i, text) in texts.into_iter().enumerate() {
            match text {
                "train" => train.push(i),
                "test" => test.push(i),
                _ => {
                    let bound = format_args!("train or test; line {} has {text}", i + 2);
                    return Err(Error::input(&self.file, "split", bound));
                }
            }
        }
        Ok(Some([train, test]))
    }
}

/// Reads a data set; its contents are checked by the caller.
pub fn read(path: &Path, groups: Option<&str>) -> Result<Dataset> {
    let table = Table::open(path)?;
    let all = Samples { x: table.windows()?, y: table.target()? };
    let keys = table.texts(groups.unwrap_or("group"));
    if let (Some(name), None) = (groups, &keys) {
        let bound = format_args!("must be there{}", did_you_mean(name, &table.header));
        return Err(Error::input(&table.file, name, bound));
    }
    let keys = keys.map(|keys| keys.into_iter().map(|key| Key::Text(key.into())).collect::<Vec<_>>());
    let groups = keys.as_ref().map(|keys| numbered(&Alone, keys));
    let drawn = || folds(&all, groups.as_deref(), FOLDS, 0).into_iter().next().map(|fold| [fold.train, fold.valid]);
    let [train, test] =
        table.split()?.or_else(drawn).ok_or_else(|| Error::input(&table.file, "y", "at least two lines"))?;
    let [groups, test_groups] =
        [&train, &test].map(|rows| groups.as_ref().map(|groups| rows.iter().map(|&i| groups[i]).collect()));
    let of = |rows: &[usize]| keys.as_ref().map(|keys| rows.iter().map(|&i| keys[i].clone()).collect());
    let groups_in_both = in_both(&Alone, &[of(&train), of(&test)]);
    let (train, test) = (all.select(&train), all.select(&test));
    Ok(Dataset { file: table.file, train, test, rows: 1, groups, test_groups, groups_in_both, attributions: None })
}

/// The windows of a table, whatever else is in it.
pub fn windows(path: &Path) -> Result<Array2<f32>> {
    Table::open(path)?.windows()
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
    fn what_is_wrong_is_named() {
        for (text, parts) in [
            ("a,y\n1,2\n", ["x0", "must be there"]),
            ("x0,x1\n1,2\n", ["y", "must be there"]),
            ("x0,x1,y\n1,2,0\n1,b,1\n", ["x1", "line 3 has b"]),
            ("x0,x1,y,split\n1,2,0,no\n", ["split", "line 2 has no"]),
            ("x0,x1,y\n1,2\n", ["csv", "2 fields"]),
            ("x0,x1,y,split\n1,2,0,train\n2,NaN,1,train\n1,1,1,test\n", ["x_train", "NaN"]),
        ] {
            let said = table(text).unwrap_err().to_string();
            assert!(parts.iter().all(|part| said.contains(part)), "{said}");
        }
    }
}
