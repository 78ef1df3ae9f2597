//! Reserves a file for one process at a time.

use super::beside;
use crate::interrupt::{self, Begun};
use crate::{Error, Result};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// An exclusive right to a path: while this value exists, no other process gets a claim to the same path. The claim is
/// a lock on a file in the same folder, whose name is that of the path with `.lock` appended. The lock file is removed
/// with this value. One that a killed process left is not locked.
#[derive(Debug)]
pub(crate) struct Claim {
    path: PathBuf,
    _lock: File,
    _begun: Begun,
}

impl Claim {
    /// Claims this path.
    ///
    /// # Errors
    /// Another process has a claim, or the lock file cannot be made.
    pub fn of(path: &Path) -> Result<Self> {
        let lock_path = beside(path, ".lock");
        loop {
            let pause = interrupt::pause();
            let lock = OpenOptions::new().write(true).create(true).truncate(false).open(&lock_path);
            let lock = lock.map_err(|why| Error::failed(lock_path.display(), why))?;
            // If the file system cannot lock files, every claim is granted.
            if let Err(TryLockError::WouldBlock) = lock.try_lock() {
                let why = "another process uses this file; wait until it ends, or name another file";
                return Err(Error::failed(path.display(), why));
            }
            // The last holder may have removed the lock file after it was opened here.
            if is_at(&lock, &lock_path).unwrap_or(true) {
                let lock_file = lock_path.clone();
                let begun = pause.begin(move || drop(fs::remove_file(lock_file)));
                return Ok(Self { path: lock_path, _lock: lock, _begun: begun });
            }
        }
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        // Remove the file before the lock is released; afterwards it could be another process's. A file that stays does
        // no harm.
        let _ = fs::remove_file(&self.path);
    }
}

/// Whether the open file is the one at the path.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let open = file.metadata()?;
    match fs::metadata(path) {
        Ok(there) => Ok((there.dev(), there.ino()) == (open.dev(), open.ino())),
        Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(why) => Err(why),
    }
}

/// On other systems an open file cannot be removed.
#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> io::Result<bool> {
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn only_one_claim_exists_and_its_file_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("search.part");
        let claim = Claim::of(&path).unwrap();
        let why = Claim::of(&path).unwrap_err();
        assert!(why.exit_code() == 1 && why.to_string().contains("another process"), "{why}");
        Claim::of(&folder.path().join("other.part")).unwrap();
        drop(claim);
        // A lock file that a killed process left.
        fs::write(folder.path().join("search.part.lock"), b"").unwrap();
        drop(Claim::of(&path).unwrap());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn claims_of_many_threads_do_not_overlap() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("search.part");
        let (holders, had) = (AtomicUsize::new(0), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..500 {
                        if let Ok(_claim) = Claim::of(&path) {
                            assert_eq!(holders.fetch_add(1, Ordering::SeqCst), 0);
                            had.fetch_add(1, Ordering::SeqCst);
                            std::thread::yield_now();
                            holders.fetch_sub(1, Ordering::SeqCst);
                        }
                    }
                });
            }
        });
        assert!(had.into_inner() > 0);
    }
}
