//! Writes a temporary file in the same folder, syncs it and renames it, so that no file is ever half written.

use super::folder_of;
use crate::interrupt::{self, Begun};
use crate::{Error, Result};
use std::fs::{self, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// The most symbolic links that are followed one after the other, as in Linux. More count as a cycle.
const MAX_LINKS: usize = 40;

/// A file with a unique name. It is removed with this value, or when the process is interrupted.
pub(crate) struct Temporary {
    /// Declared, and so dropped, before the other field: an interruption can remove the file until it is gone.
    pub file: NamedTempFile,
    _begun: Begun,
}

impl Temporary {
    /// Creates an empty file.
    #[cfg(feature = "board")]
    pub fn new_in(folder: &Path) -> io::Result<Self> {
        Self::create(folder, &tempfile::Builder::new())
    }

    /// Creates an empty file that becomes a result, with the permissions of other new files.
    fn result_in(folder: &Path) -> io::Result<Self> {
        let mut builder = tempfile::Builder::new();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // The system removes the bits of the umask from these.
            builder.permissions(fs::Permissions::from_mode(0o666));
        }
        Self::create(folder, &builder)
    }

    fn create(folder: &Path, builder: &tempfile::Builder<'_, '_>) -> io::Result<Self> {
        let pause = interrupt::pause();
        let file = builder.tempfile_in(folder)?;
        let path = file.path().to_owned();
        // This fails if the file already has its final name, which is fine.
        let begun = pause.begin(move || drop(fs::remove_file(path)));
        Ok(Self { file, _begun: begun })
    }
}

/// The destination of bytes that are written to a path.
enum Destination {
    /// A file, after all links were followed, and its metadata if it exists.
    File(PathBuf, Option<Metadata>),
    /// A device, a pipe or a socket.
    Stream(PathBuf),
}

impl Destination {
    fn of(path: &Path) -> io::Result<Self> {
        match fs::metadata(path) {
            // The folders of the path may be links, too. They need not be followed.
            Ok(there) if there.is_dir() => Err(ErrorKind::IsADirectory.into()),
            Ok(there) if !there.is_file() => Ok(Self::Stream(path.to_owned())),
            Ok(there) => Ok(Self::File(resolve_links(path)?, Some(there))),
            Err(why) if why.kind() == ErrorKind::NotFound => Ok(Self::File(resolve_links(path)?, None)),
            Err(why) => Err(why),
        }
    }
}

/// Follows symbolic links, also to a file that does not exist yet.
fn resolve_links(path: &Path) -> io::Result<PathBuf> {
    let mut place = path.to_owned();
    for _ in 0..MAX_LINKS {
        match fs::read_link(&place) {
            Ok(target) => place = folder_of(&place).join(target),
            // It is not a link, or does not exist.
            Err(_) => return Ok(place),
        }
    }
    Err(io::Error::other("too many symbolic links"))
}

/// Writes a whole file, or nothing. Follows symbolic links, keeps the mode of an existing file, and writes to devices,
/// pipes and sockets.
///
/// # Errors
/// The folder does not exist, it or the file cannot be written to, or the disk is full.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let written = Destination::of(path).and_then(|place| match place {
        Destination::File(file, there) => replace(&file, there.as_ref(), bytes),
        Destination::Stream(stream) => send(&stream, bytes),
    });
    written.map_err(|why| Error::failed(path.display(), format_args!("cannot be written: {why}")))
}

fn replace(file: &Path, there: Option<&Metadata>, bytes: &[u8]) -> io::Result<()> {
    let folder = folder_of(file);
    let mut temporary = Temporary::result_in(folder)?;
    temporary.file.write_all(bytes)?;
    if let Some(there) = there {
        temporary.file.as_file().set_permissions(there.permissions())?;
    }
    // Without this a renamed file may be empty after a power cut.
    temporary.file.as_file().sync_all()?;
    temporary.file.persist(file).map_err(|why| why.error)?;
    #[cfg(unix)]
    sync_folder(folder);
    Ok(())
}

/// Writes a file that only its owner can read, and never replaces one.
///
/// # Errors
/// The file exists, or its folder does not exist or cannot be written to.
#[cfg(feature = "board")]
pub(crate) fn write_secret(path: &Path, bytes: &[u8]) -> Result<()> {
    let write = || {
        // The mode of a temporary file is 0600.
        let mut temporary = Temporary::new_in(folder_of(path))?;
        temporary.file.write_all(bytes)?;
        temporary.file.as_file().sync_all()?;
        temporary.file.persist_noclobber(path).map(drop).map_err(|why| why.error)
    };
    write().map_err(|why| match why.kind() {
        ErrorKind::AlreadyExists => {
            Error::input(path.display(), "file", "a new file; this one exists and is not replaced: name another")
        }
        _ => Error::failed(path.display(), format_args!("cannot be written: {why}")),
    })
}

/// Syncs a folder, so that the name of a new file is on the disk. Errors are ignored: not every file system can sync
/// folders, and the file exists anyway.
#[cfg(unix)]
#[expect(clippy::disallowed_methods, reason = "nothing is read")]
fn sync_folder(folder: &Path) {
    let _ = fs::File::open(folder).and_then(|folder| folder.sync_all());
}

/// Removes a file, if it is there.
///
/// # Errors
/// Its folder cannot be written to.
pub fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(why) if why.kind() != ErrorKind::NotFound => {
            Err(Error::failed(path.display(), format_args!("cannot be removed: {why}")))
        }
        _ => Ok(()),
    }
}

fn send(stream: &Path, bytes: &[u8]) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if fs::metadata(stream)?.file_type().is_socket() {
            return std::os::unix::net::UnixStream::connect(stream)?.write_all(bytes);
        }
    }
    OpenOptions::new().write(true).open(stream)?.write_all(bytes)
}

/// Checks whether a result can be written to a path, before the work that makes the result.
///
/// # Errors
/// Its folder does not exist, it is a folder itself, or it or its folder cannot be written to.
pub fn check_place(path: &Path) -> Result<()> {
    let bad = |next: &str| {
        Err(Error::input(path.display(), "file", format_args!("a path in a folder that can be written to; {next}")))
    };
    if path.is_dir() {
        return bad("this is a folder: name a file in it");
    }
    let place = match Destination::of(path) {
        Ok(place) => place,
        Err(why) => return bad(&format!("{why}: name another path")),
    };
    // Opening a pipe would wait for its reader, and connecting to a socket would disturb its listener.
    let Destination::File(file, there) = place else { return Ok(()) };
    let folder = folder_of(&file);
    if !folder.is_dir() {
        return bad(&format!("create {} first", folder.display()));
    }
    if let Err(why) = Temporary::result_in(folder) {
        return bad(&format!("{}: {why}: name another path", folder.display()));
    }
    match there.map(|_| OpenOptions::new().write(true).open(&file)) {
        Some(Err(why)) => bad(&format!("{why}: make it writable, or name another path")),
        _ => Ok(()),
    }
}

/// Checks whether a result that is read again can be written to a path. This needs a file.
///
/// # Errors
/// As [`check_place`], or it is a device, a pipe or a socket.
pub fn check_file(path: &Path) -> Result<()> {
    match Destination::of(path) {
        Ok(Destination::Stream(_)) => {
            Err(Error::input(path.display(), "file", "a file; this is a device, a pipe or a socket: name a file"))
        }
        _ => check_place(path),
    }
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
        let taken = folder.path().join("taken");
        fs::create_dir(&taken).unwrap();
        assert!(write(&taken, b"x").is_err());
        assert_eq!(check_place(&taken).unwrap_err().exit_code(), 2);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    mod unix {
        use super::*;
        use std::io::Read;
        use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
        use std::os::unix::net::UnixListener;
        use std::process::Command;

        fn mode(path: &Path) -> u32 {
            fs::metadata(path).unwrap().permissions().mode() & 0o7777
        }

        #[test]
        fn links_are_followed_and_stay_links() {
            let folder = tempfile::tempdir().unwrap();
            let at = |name: &str| folder.path().join(name);
            fs::create_dir(at("deep")).unwrap();
            fs::write(at("deep/real"), b"old").unwrap();
            symlink("deep/real", at("one")).unwrap();
            symlink("one", at("two")).unwrap();
            symlink("deep/new", at("dangling")).unwrap();
            symlink("round", at("round")).unwrap();
            for (link, file) in [("two", "deep/real"), ("dangling", "deep/new")] {
                check_place(&at(link)).unwrap();
                write(&at(link), link.as_bytes()).unwrap();
                assert!(fs::symlink_metadata(at(link)).unwrap().is_symlink());
                assert_eq!(fs::read(at(file)).unwrap(), link.as_bytes());
            }
            assert_eq!(check_place(&at("round")).unwrap_err().exit_code(), 2);
            assert!(write(&at("round"), b"x").is_err());
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 5);
        }

        #[test]
        fn an_existing_file_keeps_its_mode_and_a_new_one_has_the_default() {
            let folder = tempfile::tempdir().unwrap();
            let [kept, made, like] = ["kept", "made", "like"].map(|name| folder.path().join(name));
            fs::write(&like, b"").unwrap();
            write(&made, b"x").unwrap();
            assert_eq!(mode(&made), mode(&like));
            for expected in [0o600, 0o640, 0o777] {
                fs::write(&kept, b"old").unwrap();
                fs::set_permissions(&kept, fs::Permissions::from_mode(expected)).unwrap();
                write(&kept, b"x").unwrap();
                assert_eq!((mode(&kept), fs::read(&kept).unwrap()), (expected, b"x".to_vec()));
            }
        }

        #[test]
        fn pipes_and_sockets_are_written_to() {
            let folder = tempfile::tempdir().unwrap();
            let [pipe, socket] = ["pipe", "socket"].map(|name| folder.path().join(name));
            assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
            let bytes = vec![7; 1 << 18];
            let listener = UnixListener::bind(&socket).unwrap();
            std::thread::scope(|scope| {
                let from_pipe = scope.spawn(|| fs::read(&pipe).unwrap());
                let from_socket = scope.spawn(|| {
                    let mut read = Vec::new();
                    listener.accept().unwrap().0.read_to_end(&mut read).unwrap();
                    read
                });
                for place in [&pipe, &socket] {
                    check_place(place).unwrap();
                    write(place, &bytes).unwrap();
                }
                assert!(from_pipe.join().unwrap() == bytes && from_socket.join().unwrap() == bytes);
            });
            let kind = |path: &Path| fs::symlink_metadata(path).unwrap().file_type();
            assert!([&pipe, &socket].iter().all(|place| check_file(place).unwrap_err().exit_code() == 2));
            assert!(kind(&pipe).is_fifo() && kind(&socket).is_socket());
            write(Path::new("/dev/null"), &bytes).unwrap();
            assert!(kind(Path::new("/dev/null")).is_char_device());
            assert!(write(Path::new("/dev/full"), &bytes).unwrap_err().to_string().contains("cannot be written"));
        }
    }
}
