//! Pairs of files `NAME_TRAIN` and `NAME_TEST`, as the UCR and UEA archives have them.

use super::classes::RawTargets;
use super::unsplit::{Split, Unsplit};
use crate::{Error, Result};
use ndarray::{Axis, concatenate};
use std::path::{Path, PathBuf};

/// For a file `NAME_TRAIN`, the file `NAME_TEST` beside it.
pub fn test_file(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?;
    // The last one, because a name may contain the word too. Lower case is as long as upper case.
    let at = name.to_ascii_uppercase().rfind("_TRAIN")?;
    let end = at + "_TRAIN".len();
    let ends_there = name[end..].is_empty() || name[end..].starts_with('.');
    let test = if name[at..end].ends_with('n') { "_test" } else { "_TEST" };
    ends_there.then(|| path.with_file_name(format!("{}{test}{}", &name[..at], &name[end..])))
}

/// The windows of both files, those of `test` for testing.
///
/// # Errors
/// The files differ in the length of windows, in the kind of targets, or in having groups or splits.
pub fn joined(train: Unsplit, test: Unsplit) -> Result<Unsplit> {
    let bad = |field: &str, bound: String| Err(Error::input(&test.file, field, bound));
    if train.x.ncols() != test.x.ncols() || train.rows != test.rows {
        let bound =
            format!("windows of {} samples, as in {}; these have {}", train.x.ncols(), train.file, test.x.ncols());
        return bad("x", bound);
    }
    if train.split != Split::Draw || test.split != Split::Draw {
        return bad("split", format!("no column split, because {} has the training windows", train.file));
    }
    let targets = match (train.targets, test.targets) {
        (RawTargets::Floats(own), RawTargets::Floats(others)) => RawTargets::Floats([own, others].concat()),
        (RawTargets::Labels(own), RawTargets::Labels(others)) => RawTargets::Labels([own, others].concat()),
        _ => return bad("y", format!("targets of the same kind as those in {}", train.file)),
    };
    let groups = match (train.groups, test.groups) {
        (Some(own), Some(others)) => Some([own, others].concat()),
        (None, None) => None,
        _ => return bad("group", format!("groups in both files or in none; {} differs", train.file)),
    };
    let windows = [train.x.nrows(), test.x.nrows()];
    let split = [vec![false; windows[0]], vec![true; windows[1]]].concat();
    let x = concatenate(Axis(0), &[train.x.view(), test.x.view()]).expect("windows of one length");
    let note = format!("Test windows are those of {}.", test.file);
    let notes = train.notes.into_iter().chain([note]).collect();
    Ok(Unsplit {
        x,
        targets,
        groups,
        split: Split::Given(split),
        notes,
        file: train.file,
        names: train.names,
        rows: train.rows,
    })
}
