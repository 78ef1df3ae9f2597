//! Files are written beside their place and renamed, so that none is ever half there.

use crate::{Error, Result};
use awd_core::Model;
use awd_core::format::MAX_BYTES;
use std::fs;
use std::path::Path;

/// Writes a whole file, or nothing.
///
/// # Errors
/// The folder does not exist or cannot be written to.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    use std::io::Write;
    let failed = |why: &dyn std::fmt::Display| Error::failed(path.display(), format_args!("cannot be written: {why}"));
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(|why| failed(&why))?;
    file.write_all(bytes).map_err(|why| failed(&why))?;
    // A temporary file is its owner's alone; the result is as readable as any other.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        file.as_file().set_permissions(fs::Permissions::from_mode(0o644)).map_err(|why| failed(&why))?;
    }
    file.persist(path).map_err(|why| failed(&why.error))?;
    Ok(())
}

/// Whether a file can be written there, asked before the work that makes it.
///
/// # Errors
/// Its folder does not exist, or it is a folder itself.
pub fn check_place(path: &Path) -> Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() || path.is_dir() {
        return Err(Error::input(path.display(), "file", "a place in a folder that exists"));
    }
    Ok(())
}

/// Reads a whole file.
///
/// # Errors
/// It is not there or cannot be read; that is bad input.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|why| Error::input(path.display(), "file", why))
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
    Model::from_bytes(&read(path)?).map_err(|why| Error::input(path.display(), "model", why))
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
