//! Reads a set in one `.npz`: its head, and rows of its arrays.

use super::arrays::{ALL, DISPLACEMENTS, Npz};
use crate::data::classes::{Classes, LabelSummary, numbered};
use crate::data::label::Label;
use crate::data::options::ReadOptions;
use crate::data::{Attributions, Samples};
use crate::{Error, Result};
use ndarray::Array2;
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::path::Path;

/// Default names of the array of groups of the training windows.
const GROUPS: [&str; 3] = ["group_train", "movie_train", "cosmology_train"];

/// What is known about a set before its arrays are read.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Head {
    /// The size of the file in bytes.
    pub bytes: u64,
    /// The number of windows of each split.
    pub windows: [usize; 2],
    /// The samples of a window, and the rows of an image (1 for a signal).
    pub shape: [usize; 2],
    /// The labels of the training and of the test windows.
    pub labels: Option<[LabelSummary; 2]>,
    /// The classes, if targets are classes. Only the head of all files knows them.
    pub classes: Option<Classes>,
    /// The name of the array of groups.
    pub groups: Option<String>,
    /// Whether there is an array of groups of the test windows, too.
    pub test_groups: bool,
    /// The number of outputs that have gradients, and whether there are displacements.
    pub outputs: Option<usize>,
    pub displacements: bool,
    /// What a reader of the data should know.
    pub note: Option<String>,
}

/// Rows of a set.
#[derive(Debug)]
pub struct Part {
    pub train: Samples,
    pub test: Samples,
    pub attributions: Option<Attributions>,
    pub keys: [Option<Vec<Label>>; 2],
}

/// The name of the array of targets of a split.
fn target_name(split: &str, options: &ReadOptions) -> String {
    match &options.target {
        Some(name) if split == "test" => test_name(name).unwrap_or_else(|| name.clone()),
        Some(name) => name.clone(),
        None => format!("y_{split}"),
    }
}

/// Reads the head of a data set.
pub fn head(path: &Path, options: &ReadOptions) -> Result<Head> {
    let mut npz = Npz::open(path)?;
    let (layout, train) = npz.layout("x_train", options)?;
    let (layout_test, test) = npz.layout("x_test", options)?;
    if layout.rows != layout_test.rows {
        let bound = format_args!("images of {} rows, as in x_train; these have {}", layout.rows, layout_test.rows);
        return Err(Error::input(&npz.file, "x_test", bound));
    }
    let rows = layout.rows;
    let [y_train, y_test] = ["train", "test"].map(|split| target_name(split, options));
    let labels = [LabelSummary::of(&npz.targets(&y_train, ALL)?), LabelSummary::of(&npz.targets(&y_test, ALL)?)];
    let groups = options.groups.as_deref();
    let there = GROUPS.into_iter().find(|name| npz.has(name));
    let groups = groups.or(there).map(str::to_owned);
    let test_groups = groups.as_deref().and_then(test_name).filter(|name| npz.has(name));
    // A longer array would be read in part, without an error.
    let named = [groups.as_deref(), test_groups.as_deref()].map(Option::unwrap_or_default);
    let train_arrays =
        [(&*y_train, "targets"), (named[0], "entries")].map(|(name, what)| (name, what, "x_train", train));
    let test_arrays = [(&*y_test, "targets"), (named[1], "entries")].map(|(name, what)| (name, what, "x_test", test));
    for (name, what, windows, n) in train_arrays.into_iter().chain(test_arrays) {
        let there = match npz.shape(name)? {
            // The rows of one-hot targets.
            Some(shape) if what == "targets" => shape.first().copied().unwrap_or(0),
            Some(shape) => shape.into_iter().product(),
            None => n,
        };
        if n == 0 && there > 0 {
            return Err(Error::input(&npz.file, windows, "at least one window; it has none"));
        }
        if there != n {
            return Err(Error::input(&npz.file, name, format_args!("{n} {what}, one per window; it has {there}")));
        }
    }
    for name in ["gradient_train", DISPLACEMENTS] {
        if let Some(there) = npz.len(name)?.filter(|there| *there != train) {
            return Err(Error::input(&npz.file, name, format_args!("{train} entries, one per window; it has {there}")));
        }
    }
    let attributions = npz.attributions(rows, 0..0)?;
    Ok(Head {
        bytes: npz.bytes,
        windows: [train, test],
        shape: [layout.window(), rows],
        labels: Some(labels),
        classes: None,
        test_groups: test_groups.is_some(),
        groups,
        outputs: attributions.as_ref().map(Attributions::outputs),
        displacements: attributions.is_some_and(|all| all.displacements.is_some()),
        note: layout.note,
    })
}

/// Reads these rows of both splits of a data set. The caller checks their contents.
pub fn read(path: &Path, head: &Head, [train, test]: [Range<usize>; 2], options: &ReadOptions) -> Result<Part> {
    let mut npz = Npz::open(path)?;
    let mut samples = |split: &str, rows: &Range<usize>| {
        let x = npz.windows(&format!("x_{split}"), rows.clone(), options)?;
        let name = target_name(split, options);
        let targets = npz.targets(&name, rows.clone())?;
        let y = numbered(&npz.file, &name, targets, head.classes.as_ref())?;
        Ok(Samples { x, y })
    };
    let (samples_train, samples_test) = (samples("train", &train)?, samples("test", &test)?);
    let attributions = npz.attributions(head.shape[1], train.clone())?;
    let keys = head.groups.as_ref().map(|name| npz.keys(name, train)).transpose()?;
    let name = head.groups.as_deref().and_then(test_name).filter(|_| head.test_groups);
    let test_keys = name.map(|name| npz.keys(&name, test)).transpose()?;
    Ok(Part { train: samples_train, test: samples_test, attributions, keys: [keys, test_keys] })
}

/// Reads the first `limit` windows to score: array `x`, or `x_test` if there is none.
pub fn windows(path: &Path, limit: usize, options: &ReadOptions) -> Result<Array2<f32>> {
    let mut npz = Npz::open(path)?;
    let name = if npz.has("x") { "x" } else { "x_test" };
    npz.windows(name, 0..limit, options)
}

/// The name of the array of groups of the test windows, from that of the training windows.
fn test_name(train: &str) -> Option<String> {
    train.strip_suffix("_train").map(|stem| format!("{stem}_test"))
}
