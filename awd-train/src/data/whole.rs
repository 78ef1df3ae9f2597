//! Sets that are read whole: tables and other texts, and archives with all windows in one array.

use super::Dataset;
use super::classes::RawTargets;
use super::label::Label;
use super::npz::{self, Form};
use super::options::ReadOptions;
use super::pair::{joined, test_file};
use super::text;
use super::unsplit::Unsplit;
use crate::Result;
use crate::file::{self, Kind};
use std::io::Read;
use std::path::Path;

/// The first bytes of an archive.
const ARCHIVE: [u8; 2] = *b"PK";

/// Whether a file is an archive of arrays, by its first bytes.
pub fn is_archive(path: &Path) -> Result<bool> {
    let opened = file::open(path, Kind::Data)?;
    let mut start = Vec::new();
    // What cannot be read is reported by the reader.
    let _ = opened.file.take(ARCHIVE.len() as u64).read_to_end(&mut start);
    Ok(start == ARCHIVE)
}

/// Whether a set is read whole. Otherwise it is an archive with arrays of training and of test windows.
pub fn is_whole(path: &Path) -> Result<bool> {
    Ok(!is_archive(path)? || npz::form(path)? == Form::Whole)
}

/// Reads and splits a set. Of a pair `NAME_TRAIN` and `NAME_TEST` the second file has the test windows.
pub fn read(path: &Path, options: &ReadOptions) -> Result<Dataset> {
    let set = unsplit(path, options)?;
    let Some(test) = test_file(path) else { return set.dataset(options) };
    let set = classes_if_whole(set);
    if test.exists() {
        return joined(set, classes_if_whole(unsplit(&test, options)?))?.dataset(options);
    }
    let mut set = set;
    set.notes.push(format!("There is no {}: a fifth of the windows is for testing.", test.display()));
    set.dataset(options)
}

fn unsplit(path: &Path, options: &ReadOptions) -> Result<Unsplit> {
    if is_archive(path)? { npz::read_unsplit(path, options) } else { text::read(path, options) }
}

/// Old files of the archives write the number of a class as a float.
fn classes_if_whole(set: Unsplit) -> Unsplit {
    let targets = match set.targets {
        RawTargets::Floats(values) => match values.iter().map(|value| Label::of_float(*value)).collect() {
            Some(labels) => RawTargets::Labels(labels),
            None => RawTargets::Floats(values),
        },
        labels @ RawTargets::Labels(_) => labels,
    };
    Unsplit { targets, ..set }
}
