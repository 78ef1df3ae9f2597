//! Files are written beside their place and renamed, so that none is ever half there.

use super::folder_of;
use crate::interrupt::{self, Begun};
use crate::{Error, Result};
use std::fs;
use std::io;
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
