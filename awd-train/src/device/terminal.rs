//! An emulated board at a pseudo-terminal, which other programs open like a serial port.

use super::emulator::{self, Emulator};
use super::firmware;
use crate::{Error, Result};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::net::UdpSocket;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// An emulated board, which runs until the value is dropped.
pub struct Terminal {
    path: PathBuf,
    emulator: Emulator,
    /// Keeps the terminal open. Otherwise the other end would get an error whenever no program has it open.
    _kept_open: File,
}

impl Terminal {
    /// Starts the firmware of a board in QEMU (see [`firmware::locate`]). If `monitor` is given, QEMU's monitor listens
    /// at this socket.
    ///
    /// # Errors
    /// Those of [`super::Device::open`], or there is no pseudo-terminal.
    pub fn start(board: &str, monitor: Option<&Path>) -> Result<Self> {
        emulator::installed(board)?;
        let (emulator, socket) = Emulator::start(&firmware::locate(board)?, monitor)?;
        let failed = |why: &dyn std::fmt::Display| Error::failed("pseudo-terminal", why);
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).map_err(|why| failed(&why))?;
        grantpt(&master).and_then(|()| unlockpt(&master)).map_err(|why| failed(&why))?;
        let path = ptsname(&master, Vec::new()).map_err(|why| failed(&why))?;
        let path = PathBuf::from(path.into_string().map_err(|why| failed(&why))?);
        let kept_open = File::options().read(true).write(true).open(&path).map_err(|why| failed(&why))?;
        // Raw mode: no echo, no line editing.
        let mut settings = tcgetattr(&kept_open).map_err(|why| failed(&why))?;
        settings.make_raw();
        tcsetattr(&kept_open, OptionalActions::Now, &settings).map_err(|why| failed(&why))?;

        let (master, socket) = (Arc::new(File::from(master)), Arc::new(socket));
        socket.set_read_timeout(None).map_err(|why| failed(&why))?;
        let (to_board, from_board) = ((master.clone(), socket.clone()), (master, socket));
        // Both threads end with the process.
        std::thread::spawn(move || to_socket(&to_board.0, &to_board.1));
        std::thread::spawn(move || to_terminal(&from_board.1, &from_board.0));
        Ok(Self { path, emulator, _kept_open: kept_open })
    }

    /// The name of the serial port.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Waits until the emulator ends, and calls `on_line` with every line that the board logs.
    ///
    /// # Errors
    /// The emulator has ended; the error gives the reason.
    pub fn wait(&mut self, mut on_line: impl FnMut(&str)) -> Result<()> {
        loop {
            self.emulator.logs().iter().for_each(|line| on_line(line));
            self.emulator.alive()?;
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

/// Copies bytes until one end is closed.
fn to_socket(mut terminal: &File, socket: &UdpSocket) {
    let mut buffer = [0; 1024];
    while let Ok(len) = terminal.read(&mut buffer) {
        if socket.send(&buffer[..len]).is_err() {
            return;
        }
    }
}

fn to_terminal(socket: &UdpSocket, mut terminal: &File) {
    let mut buffer = [0; 1024];
    loop {
        match socket.recv(&mut buffer) {
            Ok(len) if terminal.write_all(&buffer[..len]).is_ok() => (),
            Err(why) if why.kind() == ErrorKind::Interrupted => (),
            _ => return,
        }
    }
}
