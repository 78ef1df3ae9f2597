//! Opens every file that a user names. It must be a regular file of the expected kind, no larger than such a file is.

use super::content::{Content, HEAD};
use super::folder_of;
use super::kind::Kind;
use crate::suggest::did_you_mean;
use crate::{Error, Result};
use std::fs;
use std::io::{self, ErrorKind, Read, Seek};
use std::path::Path;

/// An open file, at its first byte.
#[derive(Debug)]
pub(crate) struct Opened {
    pub file: fs::File,
    /// Its size in bytes.
    pub bytes: u64,
}

/// Reads a whole file of this kind.
///
/// # Errors
/// It does not exist, cannot be read, is not a regular file, is of another kind, or is larger than files of this kind.
/// All of these are bad input.
pub fn read(path: &Path, kind: Kind) -> Result<Vec<u8>> {
    let Opened { file, bytes } = open(path, kind)?;
    let mut content = Vec::new();
    let reserved =
        usize::try_from(bytes).map_err(io::Error::other).and_then(|bytes| Ok(content.try_reserve_exact(bytes)?));
    // Stop there, because the file may grow while it is read.
    let read = reserved.and_then(|()| file.take(bytes).read_to_end(&mut content));
    read.map_err(|why| unread(path, &why))?;
    Ok(content)
}

/// Opens a file of this kind to read it.
///
/// # Errors
/// As [`read()`].
#[expect(clippy::disallowed_methods, reason = "this is where files are opened")]
pub(crate) fn open(path: &Path, kind: Kind) -> Result<Opened> {
    let unread = |why: io::Error| unread(path, &why);
    let about = fs::metadata(path).map_err(unread)?;
    if about.is_dir() {
        if kind == Kind::Network && path.join("saved_model.pb").exists() {
            return Err(kind.refuse(path, Content::SavedModel));
        }
        return Err(unread(ErrorKind::IsADirectory.into()));
    }
    // A pipe or a device may have no end, and opening a pipe without a writer blocks.
    if !about.is_file() {
        let bound = "a regular file; this is a pipe or a device: write its content to a file and name that";
        return Err(Error::input(path.display(), "file", bound));
    }
    let mut file = fs::File::open(path).map_err(unread)?;
    let mut head = Vec::new();
    (&file).take(HEAD).read_to_end(&mut head).and_then(|_| file.rewind()).map_err(unread)?;
    kind.check(path, &head, about.len())?;
    Ok(Opened { file, bytes: about.len() })
}

/// The error for a file that was named and cannot be read.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_too_large_or_of_another_kind_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        let refused = |bytes: &[u8], size: u64, kind: Kind, part: &str| {
            fs::write(&path, bytes).unwrap();
            // A sparse file takes no space on the disk.
            fs::File::options().write(true).open(&path).unwrap().set_len(size).unwrap();
            let error = read(&path, kind).unwrap_err();
            assert!(error.exit_code() == 2 && error.to_string().contains(part), "{error}");
        };
        refused(b"AWDM", 4097, Kind::Model, "at most 4096 bytes");
        refused(b"PK\x03\x04", 4, Kind::Model, "it is an .npz");
        refused(b"AWDM", 64, Kind::Archive, "it is a model");
        refused(b"AWDM", 64, Kind::Weights, "safetensors");
        refused(b"\x08\0\0\0\0\0\0\0{", 3 << 30, Kind::Weights, "at most 2 GB");
        refused(b"{}", 1 << 20, Kind::Shape, "at most 64 KB");
        refused(b"", 3 << 30, Kind::Network, "at most 2 GB");
        refused(b"not ELF", 64, Kind::Firmware, "ELF");
    }

    #[cfg(unix)]
    #[test]
    fn pipes_and_devices_are_not_opened() {
        let folder = tempfile::tempdir().unwrap();
        let fifo = folder.path().join("fifo");
        assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        for path in [&fifo, Path::new("/dev/zero")] {
            let error = read(path, Kind::Table).unwrap_err();
            assert!(error.exit_code() == 2 && error.to_string().contains("a regular file"), "{error}");
        }
    }
}
