//! Data sets from files of any kind.

use super::bounds::finite;
use super::csv::{self, is_csv};
use super::{Dataset, Shards, npz};
use crate::Result;
use crate::cluster::Serial;
use ndarray::Array2;
use std::path::Path;

impl Dataset {
    /// Reads and checks an `.npz` with `x_train`, `y_train`, `x_test`, `y_test`, a folder or a glob of such with parts of one
    /// set, or a `.csv`; docs/data.md says more. `groups` names the groups; without it `group_train`, `movie_train` or
    /// `cosmology_train` is taken if there, of a `.csv` the column `group`.
    ///
    /// # Errors
    /// A missing array, a wrong shape, NaN, one class only: named with the file, the array and the bound.
    pub fn read(path: &Path, groups: Option<&str>) -> Result<Self> {
        Shards::open(path, groups, &Serial)?.read()
    }
}

/// The first so many windows to score (n, N), images row by row: array `x` of an `.npz`, or `x_test` where there is none; the
/// columns `x0`, … of a `.csv`. No more than those are read.
///
/// # Errors
/// They are not there, not of shape (windows, samples), or not finite.
pub fn read_windows(path: &Path, limit: usize) -> Result<Array2<f32>> {
    let x = if is_csv(path) { csv::windows(path, limit) } else { npz::windows(path, limit) }?;
    finite(&path.display().to_string(), "x", x.view())?;
    Ok(x)
}
