//! Reads data sets from files of any kind.

use super::bounds::check_finite;
use super::csv::{self, is_csv};
use super::{Dataset, Shards, npz};
use crate::Result;
use crate::cluster::Serial;
use ndarray::Array2;
use std::path::Path;

impl Dataset {
    /// Reads and checks a data set: an `.npz` with `x_train`, `y_train`, `x_test`, `y_test`, a folder or a glob of such
    /// files with parts of one set, or a `.csv` (docs/data.md). `groups` names the array or column of groups. By
    /// default it is `group_train`, `movie_train` or `cosmology_train`, whichever exists, and in a `.csv` the column
    /// `group`.
    ///
    /// # Errors
    /// An array is missing or has a wrong shape, there is a NaN or only one class, and so on. The error names the file,
    /// the array and the bound.
    pub fn read(path: &Path, groups: Option<&str>) -> Result<Self> {
        Shards::open(path, groups, &Serial)?.read()
    }
}

/// Reads the first `limit` windows to score (n, N), images row by row: array `x` of an `.npz`, or `x_test` if there is
/// none; the columns `x0`, … of a `.csv`. No other windows are read.
///
/// # Errors
/// They are missing, not of shape (windows, samples), or not finite.
pub fn read_windows(path: &Path, limit: usize) -> Result<Array2<f32>> {
    let x = if is_csv(path) { csv::windows(path, limit) } else { npz::windows(path, limit) }?;
    check_finite(&path.display().to_string(), "x", x.view())?;
    Ok(x)
}
