//! Reads a set of one piece from an `.npz`: arrays `x` and `y`, or only `x_train` and `y_train`.

use super::arrays::{ALL, Npz};
use crate::data::options::ReadOptions;
use crate::data::unsplit::{Split, Unsplit};
use crate::{Error, Result};
use std::path::Path;

/// How an archive holds a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Training and test windows in arrays of their own.
    Split,
    /// All windows in one array.
    Whole,
}

/// The form of the set in an archive.
///
/// # Errors
/// There are no windows under a name that is known.
pub fn form(path: &Path) -> Result<Form> {
    let npz = Npz::open(path)?;
    match ["x_train", "x_test", "x"].map(|name| npz.has(name)) {
        [true, true, _] => Ok(Form::Split),
        [true, false, _] | [false, false, true] => Ok(Form::Whole),
        _ => Err(npz.missing("x_train")),
    }
}

/// Reads all windows.
pub fn read(path: &Path, options: &ReadOptions) -> Result<Unsplit> {
    let mut npz = Npz::open(path)?;
    let [x_name, y_name, group] =
        if npz.has("x_train") { ["x_train", "y_train", "group_train"] } else { ["x", "y", "group"] };
    let (layout, n) = npz.layout(x_name, options)?;
    let x = npz.windows(x_name, ALL, options)?;
    let targets = npz.targets(options.target.as_deref().unwrap_or(y_name), ALL)?;
    if targets.len() != n {
        return Err(Error::input(
            &npz.file,
            y_name,
            format_args!("{n} targets, one per window; it has {}", targets.len()),
        ));
    }
    let name = options.groups.as_deref().or_else(|| npz.has(group).then_some(group));
    let groups = name.map(|name| npz.keys(name, ALL)).transpose()?;
    if let (Some(name), Some(groups)) = (name, &groups)
        && groups.len() != n
    {
        return Err(Error::input(
            &npz.file,
            name,
            format_args!("{n} entries, one per window; it has {}", groups.len()),
        ));
    }
    let note = format!("{x_name} has all windows: a fifth of them is for testing.");
    Ok(Unsplit {
        file: npz.file,
        names: [x_name, y_name],
        x,
        rows: layout.rows,
        targets,
        split: Split::Draw,
        groups,
        notes: layout.note.into_iter().chain([note]).collect(),
    })
}
