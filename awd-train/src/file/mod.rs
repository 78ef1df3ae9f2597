//! Reads and writes files.

mod budget;
mod claim;
mod content;
mod kind;
mod lines;
mod read;
mod write;

use crate::model::Model;
use crate::{Error, Result};
use awd_core::FormatError;
use std::path::{Path, PathBuf};

pub(crate) use budget::Budget;
pub use budget::Exceeded;
pub(crate) use claim::Claim;
pub use kind::Kind;
pub use lines::{Lines, MAX_LINE};
pub use read::read;
pub(crate) use read::{Opened, open};
#[cfg(feature = "board")]
pub(crate) use write::{Temporary, write_secret};
pub use write::{check_file, check_place, remove, write};

/// Returns the path with this ending appended to the file name.
#[must_use]
pub fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// The folder that a file is in.
pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Writes a model's file.
///
/// # Errors
/// As [`write()`].
pub fn write_model(path: &Path, model: &Model) -> Result<()> {
    write(path, model.file())
}

/// Reads and validates a model's file.
///
/// # Errors
/// It does not exist, is not a model, is damaged or newer, or breaks a bound.
pub fn read_model(path: &Path) -> Result<Model> {
    let bytes = read(path, Kind::Model)?;
    let bad = |why: FormatError| {
        let next = match why {
            FormatError::Length { .. } | FormatError::Checksum => "; copy or distil it again",
            _ => "",
        };
        Error::input(path.display(), "model", format_args!("{why}{next}"))
    };
    Model::from_bytes(&bytes).map_err(bad)
}
