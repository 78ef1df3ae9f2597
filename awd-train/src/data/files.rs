//! Finds the files of a set, and checks that they belong together.

use super::npz::Head;
use crate::cluster::{Ranks, allgather};
use crate::file::Budget;
use crate::{Error, Result};
use std::path::{Path, PathBuf};

/// Returns the files at a path, as the first rank sees them. Those of a folder or a glob are in the order of their
/// names.
///
/// # Errors
/// The folder cannot be read, or there are none.
pub fn listed(path: &Path, ranks: &dyn Ranks) -> Result<Vec<PathBuf>> {
    let own = if ranks.rank() == 0 { files(path) } else { Ok(Vec::new()) };
    allgather(ranks, own).swap_remove(0)
}

fn files(path: &Path) -> Result<Vec<PathBuf>> {
    let bad = |why: &dyn std::fmt::Display| Error::input(path.display(), "shards", why);
    let pattern = path.to_string_lossy();
    let mut files: Vec<PathBuf> = if path.is_dir() {
        let entries = std::fs::read_dir(path).and_then(Iterator::collect::<std::io::Result<Vec<_>>>);
        let files = entries.map_err(|why| bad(&why))?.into_iter().map(|entry| entry.path());
        files.filter(|file| file.extension().is_some_and(|extension| extension == "npz")).collect()
    } else if !path.exists() && pattern.contains(['*', '?', '[']) {
        let found = glob::glob(&pattern).map_err(|why| bad(&why))?;
        found.collect::<std::result::Result<_, _>>().map_err(|why| bad(&why))?
    } else {
        return Ok(vec![path.to_owned()]);
    };
    files.sort();
    if files.is_empty() { Err(bad(&"at least one .npz; there is none")) } else { Ok(files) }
}

/// A property of a file, in words.
type Property = fn(&Head) -> String;

/// The properties that all files must share, and the array of each.
const PROPERTIES: [(&str, Property); 5] = [
    ("x_train", |head| match head.shape {
        [samples, 1] => format!("windows of {samples} samples"),
        [samples, rows] => format!("images of {rows} by {}", samples / rows.max(1)),
    }),
    ("y_train", |head| match &head.labels {
        Some([labels, _]) if labels.floats() => "floats".into(),
        _ => "integers or texts".into(),
    }),
    ("group_train", |head| head.groups.clone().unwrap_or_else(|| "no groups".into())),
    ("group_test", |head| if head.test_groups { "groups" } else { "no groups" }.into()),
    ("gradient_train", |head| {
        let with = if head.displacements { " and displacements" } else { "" };
        head.outputs.map_or("no gradients".into(), |outputs| format!("gradients of {outputs} outputs{with}"))
    }),
];

/// Checks that files share their properties, and returns the head of all of them together.
pub fn common_head(files: &[PathBuf], heads: &[Head]) -> Result<Head> {
    let first = &heads[0];
    for (file, head) in files.iter().zip(heads) {
        for (field, property) in PROPERTIES {
            if property(head) != property(first) {
                let bound =
                    format_args!("{}, as in {}; it has {}", property(first), files[0].display(), property(head));
                return Err(Error::input(file.display(), field, bound));
            }
        }
    }
    let labels = heads.iter().filter_map(|head| head.labels.clone()).reduce(|own, others| {
        let ([train, test], [more_train, more_test]) = (own, others);
        [train.plus(more_train), test.plus(more_test)]
    });
    let windows = [0, 1].map(|split| heads.iter().map(|head| head.windows[split]).sum());
    Ok(Head { labels, windows, ..first.clone() })
}

/// Checks that all windows fit in the memory budget, which is in proportion to the size of the files.
pub fn check_memory(place: &str, heads: &[Head]) -> Result<()> {
    let mut budget = Budget::of(heads.iter().fold(0, |bytes, head| bytes.saturating_add(head.bytes)));
    for Head { windows, shape, .. } in heads {
        let samples = windows[0].saturating_add(windows[1]).saturating_mul(shape[0]);
        let taken = budget.take((samples as u64).saturating_mul(size_of::<f32>() as u64));
        let bad = |why| Error::input(place, "x_train", format_args!("{why}: save it with np.savez, not compressed"));
        taken.map_err(bad)?;
    }
    Ok(())
}
