//! Where the bytes go: a serial line, or the emulator's socket.

use crate::suggest::did_you_mean;
use crate::{Error, Result};
use serial2::SerialPort;
use std::fs::{File, TryLockError};
use std::io;
use std::net::UdpSocket;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The name of the usual emulated board as a port. Of another one (see [`boards`](super::firmware::boards)) the name stands behind it and a
/// colon, as in `qemu:microbit`.
pub const QEMU: &str = "qemu";

/// Bits a second of a serial line. Lines over USB pay no heed to it.
const BAUD: u32 = 115_200;

/// A line of bytes, both ways.
pub(super) trait Port: Send {
    /// Sends all of them within this time; an error of the kind `TimedOut` or `WouldBlock` if the line does not take them.
    fn send(&mut self, bytes: &[u8], within: Duration) -> io::Result<()>;

    /// What comes within this time; an error of the kind `TimedOut` or `WouldBlock` if nothing does.
    fn receive(&mut self, buffer: &mut [u8], within: Duration) -> io::Result<usize>;
}

/// The bytes are a stream; that they travel in datagrams means nothing.
impl Port for UdpSocket {
    fn send(&mut self, bytes: &[u8], within: Duration) -> io::Result<()> {
        self.set_write_timeout(Some(within))?;
        UdpSocket::send(self, bytes).map(drop)
    }

    fn receive(&mut self, buffer: &mut [u8], within: Duration) -> io::Result<usize> {
        self.set_read_timeout(Some(within))?;
        self.recv(buffer)
    }
}

/// A serial line, or a pseudo-terminal.
struct Serial {
    port: SerialPort,
    /// Locked, so that two programs do not speak at once.
    _lock: Option<File>,
}

impl Port for Serial {
    fn send(&mut self, mut bytes: &[u8], within: Duration) -> io::Result<()> {
        // Of all of them: the port's own time-out begins anew with each part that the line takes.
        let deadline = Instant::now() + within;
        while !bytes.is_empty() {
            let left = deadline.saturating_duration_since(Instant::now());
            self.port.set_write_timeout(left)?;
            match if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { self.port.write(bytes) } {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(sent) => bytes = bytes.get(sent..).unwrap_or_default(),
                Err(why) if matches!(why.kind(), io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock) => (),
                Err(why) => {
                    // To close a port waits for what it has not sent.
                    let _ = self.port.discard_output_buffer();
                    return Err(why);
                }
            }
        }
        Ok(())
    }

    fn receive(&mut self, buffer: &mut [u8], within: Duration) -> io::Result<usize> {
        self.port.set_read_timeout(within)?;
        match self.port.read(buffer) {
            Ok(0) => Err(io::ErrorKind::ConnectionAborted.into()),
            read => read,
        }
    }
}

/// The serial ports that are there.
#[must_use]
pub fn available() -> Vec<PathBuf> {
    SerialPort::available_ports().unwrap_or_default()
}

/// Whether this user may open a port. It is not opened for that: some boards start anew when it is.
#[must_use]
pub fn permitted(port: &Path) -> bool {
    #[cfg(unix)]
    {
        use rustix::fs::{Access, access};
        access(port, Access::READ_OK | Access::WRITE_OK).is_ok()
    }
    #[cfg(not(unix))]
    port.exists()
}

/// How a user comes to be permitted.
pub const PERMISSION: &str =
    "`sudo usermod -aG dialout $USER` puts you in the group that often owns it; then log in anew";

/// Opens a serial line by its name.
pub(super) fn serial(name: &str) -> Result<Box<dyn Port>> {
    let missing = |why: &dyn std::fmt::Display| {
        let mut ports: Vec<String> = available().iter().map(|port| port.display().to_string()).collect();
        let there = match ports.is_empty() {
            true => "none is there: plug the board in, or take qemu".into(),
            false => format!("there are: {}", ports.join(", ")),
        };
        ports.push(QEMU.into());
        let meant = did_you_mean(name, &ports);
        Error::input(name, "port", format_args!("a serial port, or qemu ({why}); {there}{meant}"))
    };
    let lock = if cfg!(unix) {
        let file = to_lock(Path::new(name)).map_err(|why| match why.kind() {
            io::ErrorKind::PermissionDenied => Error::failed(name, format_args!("{why}; {PERMISSION}")),
            _ => missing(&why),
        })?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => {
                return Err(Error::failed(
                    name,
                    "busy: another program has opened this port; end that, or wait for it",
                ));
            }
            // Where files cannot be locked the port is used all the same.
            _ => Some(file),
        }
    } else {
        None
    };
    let port = SerialPort::open(name, BAUD).map_err(|why| match why.kind() {
        io::ErrorKind::ResourceBusy => Error::failed(name, "busy: another program has it open; close that one"),
        _ => missing(&why),
    })?;
    // What came before anybody listened is no answer to anything.
    let _ = port.discard_buffers();
    Ok(Box::new(Serial { port, _lock: lock }))
}

/// Opens a port to lock it, without waiting for a modem's carrier, and drops what a program before left unsent: to set a port's
/// speed waits for that.
fn to_lock(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.read(true).write(true);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags((OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed());
    }
    let file = options.open(path)?;
    #[cfg(unix)]
    {
        use rustix::termios::{QueueSelector, tcflush};
        // It fails where this is no terminal, which is told when it is opened as one.
        let _ = tcflush(&file, QueueSelector::OFlush);
    }
    Ok(file)
}
