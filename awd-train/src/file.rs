//! Files are written beside their place and renamed, so that none is ever half there.

use crate::interrupt::{self, Begun};
use crate::suggest::did_you_mean;
use crate::{Error, Result};
use awd_core::format::{MAGIC, MAX_BYTES};
use awd_core::{FormatError, Model};
use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;
use tempfile::NamedTempFile;

/// A file of a name that nothing else has. It goes with this value, or with the process if that is interrupted.
pub(crate) struct Temporary {
    /// Before the other field, so that an interruption finds it until it is gone.
    pub file: NamedTempFile,
    _begun: Begun,
}

impl Temporary {
    /// An empty one.
    pub fn new_in(folder: &Path) -> io::Result<Self> {
        let pause = interrupt::pause();
        let file = NamedTempFile::new_in(folder)?;
        let path = file.path().to_owned();
        // It may have its own name by now.
        let begun = pause.begin(move || drop(fs::remove_file(path)));
        Ok(Self { file, _begun: begun })
    }
}

/// Writes a whole file, or nothing.
///
/// # Errors
/// The folder does not exist or cannot be written to.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    use std::io::Write;
    let failed = |why: &dyn std::fmt::Display| Error::failed(path.display(), format_args!("cannot be written: {why}"));
    let mut temporary = Temporary::new_in(folder_of(path)).map_err(|why| failed(&why))?;
    temporary.file.write_all(bytes).map_err(|why| failed(&why))?;
    // A temporary file is its owner's alone; the result is as readable as any other.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let readable = fs::Permissions::from_mode(0o644);
        temporary.file.as_file().set_permissions(readable).map_err(|why| failed(&why))?;
    }
    temporary.file.persist(path).map_err(|why| failed(&why.error))?;
    Ok(())
}

/// The folder that a file is in.
fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Whether a file can be written there, asked before the work that makes it.
///
/// # Errors
/// Its folder does not exist, or it is a folder itself.
pub fn check_place(path: &Path) -> Result<()> {
    let bad =
        |next: &str| Err(Error::input(path.display(), "file", format_args!("a place in a folder that exists; {next}")));
    let folder = folder_of(path);
    if !folder.is_dir() {
        return bad(&format!("make {} first", folder.display()));
    }
    if path.is_dir() { bad("this is a folder itself: name a file in it") } else { Ok(()) }
}

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

/// Writes a model's file.
///
/// # Errors
/// As [`write()`].
pub fn write_model(path: &Path, model: &Model) -> Result<()> {
    write(path, &model_bytes(model))
}

/// A model as its file.
#[must_use]
pub fn model_bytes(model: &Model) -> Vec<u8> {
    let mut buffer = [0; MAX_BYTES];
    model.to_bytes(&mut buffer).expect("the largest model fits").to_vec()
}

/// Reads and validates a model's file.
///
/// # Errors
/// It is not there, not a model, damaged, newer, or breaks a bound.
pub fn read_model(path: &Path) -> Result<Model> {
    let bytes = read(path)?;
    let bad = |why: FormatError| {
        let next = match why {
            FormatError::Truncated { .. } | FormatError::Checksum => "; copy or distil it anew",
            FormatError::NotAModel => mistaken(&bytes),
            _ => "",
        };
        Error::input(path.display(), "model", format_args!("{why}{next}"))
    };
    Model::from_bytes(&bytes).map_err(bad)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_write_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("no/such/model.awd");
        assert_eq!(write(&missing, b"x").unwrap_err().exit_code(), 1);
        assert_eq!(check_place(&missing).unwrap_err().exit_code(), 2);
        check_place(&folder.path().join("model.awd")).unwrap();
        // A folder stands where the file should go: the rename fails after the bytes were written.
        let taken = folder.path().join("taken");
        fs::create_dir(&taken).unwrap();
        assert!(write(&taken, b"x").is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
