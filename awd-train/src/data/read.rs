//! Reads data sets from files of any kind.

use super::bounds::check_finite;
use super::options::ReadOptions;
use super::whole::is_archive;
use super::{Dataset, Shards, npz, text};
use crate::Result;
use crate::cluster::Serial;
use ndarray::Array2;
use std::path::Path;

impl Dataset {
    /// Reads and checks a data set: an `.npz`, a folder or a glob of such files with parts of one set, a table, or a
    /// file of the UCR and UEA archives (docs/data.md). Files are recognised by their content, not by their names.
    ///
    /// # Errors
    /// An array or column is missing or has a wrong shape, there is a NaN or only one class, and so on. The error names
    /// the file, the array and the bound.
    pub fn read(path: &Path, options: &ReadOptions) -> Result<Self> {
        Shards::open(path, options, &Serial)?.read()
    }
}

/// Reads the first `limit` windows to score (n, N), images row by row: array `x` of an `.npz`, or `x_test` if there is
/// none; the samples of a table or of a file of the archives. No other windows are read. `samples` is the length of
/// windows, if it is known: a table without a header need not have targets then.
///
/// # Errors
/// They are missing, not of shape (windows, samples), or not finite.
pub fn read_windows(path: &Path, limit: usize, samples: Option<usize>, options: &ReadOptions) -> Result<Array2<f32>> {
    let x = if is_archive(path)? {
        npz::windows(path, limit, options)
    } else {
        text::windows(path, limit, samples, options)
    }?;
    check_finite(&path.display().to_string(), "x", x.view())?;
    Ok(x)
}
