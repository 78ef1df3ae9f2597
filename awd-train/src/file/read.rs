//! Every file that a user names is opened here.

use super::folder_of;
use crate::suggest::did_you_mean;
use crate::{Error, Result};
use awd_core::format::MAGIC;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

/// Reads a whole file.
///
/// # Errors
/// It is not there or cannot be read; that is bad input.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|why| unread(path, &why))
}

/// Opens a file to read it.
///
/// # Errors
/// As [`read()`].
pub(crate) fn open(path: &Path) -> Result<fs::File> {
    // A folder opens, and fails when it is read.
    let opened = if path.is_dir() { Err(ErrorKind::IsADirectory.into()) } else { fs::File::open(path) };
    opened.map_err(|why| unread(path, &why))
}

/// The error of a file that was named and cannot be read.
fn unread(path: &Path, why: &io::Error) -> Error {
    let folder = folder_of(path);
    let next = if path.is_dir() {
        "; this is a folder: name a file in it".into()
    } else if why.kind() != ErrorKind::NotFound {
        String::new()
    } else if folder.is_dir() {
        let typed = path.file_name().unwrap_or_default().to_string_lossy();
        let there = fs::read_dir(folder).into_iter().flatten().flatten();
        did_you_mean(&typed, there.map(|entry| entry.file_name().to_string_lossy().into_owned()))
    } else {
        format!("; there is no folder {}", folder.display())
    };
    Error::input(path.display(), "file", format_args!("{why}{next}"))
}

/// What a file is that was given in place of another, and where it belongs; nothing where that does not show.
pub(crate) fn mistaken(bytes: &[u8]) -> &'static str {
    match bytes {
        [b'P', b'K', 3 | 5, ..] => "; it is an .npz: data come after the model, as in `awd score MODEL DATA`",
        // The length of its header, then JSON.
        [_, _, _, _, _, _, _, _, b'{', ..] => "; it is a teacher: `awd distil DATA --teacher FILE` makes a model of it",
        _ if bytes.starts_with(&MAGIC) => "; it is a model: data come after it, as in `awd score MODEL DATA`",
        _ => "",
    }
}
