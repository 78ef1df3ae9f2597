//! Transports: a serial line, or the emulator's socket.

use crate::suggest::did_you_mean;
use crate::{Error, Result};
use serial2::SerialPort;
use std::fs::{File, TryLockError};
use std::io;
use std::net::UdpSocket;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The port name of the default emulated board. Another board ([`boards`](super::firmware::boards)) is named after a
/// colon, as in `qemu:microbit`.
pub const QEMU: &str = "qemu";

/// Baud rate of a serial line. USB serial ports ignore it.
const BAUD: u32 = 115_200;

/// A bidirectional byte stream.
pub(super) trait Port: Send {
    /// Sends all bytes within this time. The error has the kind `TimedOut` or `WouldBlock` if the line does not take
    /// them.
    fn send(&mut self, bytes: &[u8], within: Duration) -> io::Result<()>;

    /// Receives bytes within this time. The error has the kind `TimedOut` or `WouldBlock` if none arrive.
    fn receive(&mut self, buffer: &mut [u8], within: Duration) -> io::Result<usize>;
}

/// The bytes are a stream; the boundaries of the datagrams have no meaning.
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

/// A serial line or a pseudo-terminal.
struct Serial {
    port: SerialPort,
    /// Locked, so that no other program uses the port at the same time.
    _lock: Option<File>,
}

impl Port for Serial {
    fn send(&mut self, mut bytes: &[u8], within: Duration) -> io::Result<()> {
        // One deadline for all bytes: the port's own time-out restarts with each part that the line takes.
        let deadline = Instant::now() + within;
        while !bytes.is_empty() {
            let left = deadline.saturating_duration_since(Instant::now());
            self.port.set_write_timeout(left)?;
            match if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { self.port.write(bytes) } {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(sent) => bytes = bytes.get(sent..).unwrap_or_default(),
                Err(why) if matches!(why.kind(), io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock) => (),
                Err(why) => {
                    // Otherwise closing the port would wait until these bytes are sent.
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

/// The serial ports of this computer.
#[must_use]
pub fn available() -> Vec<PathBuf> {
    SerialPort::available_ports().unwrap_or_default()
}

/// Whether this user may open a port. The port is not opened, as some boards reset when it is.
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

/// How to get permission to open a port.
pub const PERMISSION: &str =
    "`sudo usermod -aG dialout $USER` adds you to the group that usually owns it; then log in again";

/// Opens a serial line by its name.
pub(super) fn serial(name: &str) -> Result<Box<dyn Port>> {
    let missing = |why: &dyn std::fmt::Display| {
        let mut ports: Vec<String> = available().iter().map(|port| port.display().to_string()).collect();
        let there = match ports.is_empty() {
            true => "there is no port: plug the board in, or use qemu".into(),
            false => format!("the ports are {}", ports.join(", ")),
        };
        ports.push(QEMU.into());
        let meant = did_you_mean(name, &ports);
        Error::input(name, "port", format_args!("a serial port, or qemu ({why}); {there}{meant}"))
    };
    let lock = if cfg!(unix) {
        let file = open_for_lock(Path::new(name)).map_err(|why| match why.kind() {
            io::ErrorKind::PermissionDenied => Error::failed(name, format_args!("{why}; {PERMISSION}")),
            _ => missing(&why),
        })?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => {
                return Err(Error::failed(name, "busy: another program has opened this port; close it, or wait"));
            }
            // Where files cannot be locked, the port is used without a lock.
            _ => Some(file),
        }
    } else {
        None
    };
    let port = SerialPort::open(name, BAUD).map_err(|why| match why.kind() {
        io::ErrorKind::ResourceBusy => {
            Error::failed(name, "busy: another program has opened this port; close it, or wait")
        }
        _ => missing(&why),
    })?;
    // Bytes that arrived before the first request are not answers.
    let _ = port.discard_buffers();
    Ok(Box::new(Serial { port, _lock: lock }))
}

/// Opens a port for its lock, without waiting for a modem's carrier. Discards what an earlier program left unsent, as
/// setting a port's speed would wait for it.
fn open_for_lock(path: &Path) -> io::Result<File> {
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
        // This fails if the file is not a terminal. Opening it as a serial port then reports the error.
        let _ = tcflush(&file, QueueSelector::OFlush);
    }
    Ok(file)
}
