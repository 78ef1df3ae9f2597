//! A board that is a process: QEMU's mps2-an386, a Cortex-M4F.

use super::log::Log;
use crate::file::{self, Kind, Temporary};
use crate::interrupt::{self, Begun};
use crate::{Error, Result};
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::net::{Ipv4Addr, UdpSocket};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The program.
pub const EMULATOR: &str = "qemu-system-arm";

/// What errors call the board.
pub(super) const NAME: &str = "emulated board";

/// Boards that it emulates and there is firmware for, the usual one first, and the core of each.
pub(super) const BOARDS: [(&str, &str); 4] = [
    ("mps2-an386", "Cortex-M4F"),
    ("mps2-an385", "Cortex-M3"),
    ("mps2-an505", "Cortex-M33"),
    ("microbit", "Cortex-M0"),
];

/// How long the board may take to say that it is there.
const START: Duration = Duration::from_secs(20);

/// The process, and what it logs. It ends with this value, or when this process is interrupted.
pub(super) struct Emulator {
    child: Arc<Mutex<Child>>,
    _begun: Begun,
    log: Log<File>,
    /// What `log` reads; the file goes when this does.
    _log_file: Temporary,
}

/// Whether there is an emulator at all.
pub(super) fn installed() -> Result<()> {
    let version = Command::new(EMULATOR).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    version.map(|_| ()).map_err(|error| not_started(&error))
}

fn not_started(error: &std::io::Error) -> Error {
    match error.kind() {
        ErrorKind::NotFound => failed(format!(
            "{EMULATOR} is not installed; `apt install qemu-system-arm` (Debian, Ubuntu) or `brew install qemu`; awd doctor tells what else is missing"
        )),
        _ => failed(error),
    }
}

impl Emulator {
    /// Starts the board that this firmware is named after and waits until it is there; the socket is its serial line.
    ///
    /// QEMU's monitor is at the socket `monitor`, if there is to be one.
    pub fn start(firmware: &Path, monitor: Option<&Path>) -> Result<(Self, UdpSocket)> {
        let name = firmware.file_name().unwrap_or_default().to_string_lossy();
        let board = BOARDS.iter().find(|(board, _)| name.ends_with(board)).unwrap_or(&BOARDS[0]).0;
        let elf = file::read(firmware, Kind::Firmware)?;
        // A file and not a pipe: the board must not wait for somebody to read its log.
        let log_file = Temporary::new_in(&std::env::temp_dir()).map_err(failed)?;
        let log = Log::new(&elf, log_file.file.reopen().map_err(failed)?)?;
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).map_err(failed)?;
        let port = socket.local_addr().map_err(failed)?.port();

        // QEMU takes one byte of a pipe or a stream socket for each round of its main loop. Of a datagram it takes all,
        // and `mux` gives the UART a buffer to take them from: six times as many windows in a second. A mux watches for
        // an escape character, which must be none that a byte can be.
        let monitor = monitor.map(|path| ["-monitor".into(), format!("unix:{},server=on,wait=off", path.display())]);
        let pause = interrupt::pause();
        let child = Command::new(EMULATOR)
            .args(["-M", board, "-nodefaults", "-display", "none", "-echr", "0x100"])
            .args(["-chardev", &format!("udp,id=uart,host=127.0.0.1,port={port},mux=on"), "-serial", "chardev:uart"])
            // QEMU 7 writes semihosting's standard output to its own, whatever the chardev: so this is the same.
            .args(["-chardev", "stdio,id=log,signal=off"])
            .args(["-semihosting-config", "enable=on,target=native,chardev=log"])
            .args(monitor.into_iter().flatten())
            .arg("-kernel")
            .arg(firmware)
            .stdin(Stdio::null())
            .stdout(log_file.file.reopen().map_err(failed)?)
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| not_started(&error))?;
        let child = Arc::new(Mutex::new(child));
        let interrupted = child.clone();
        let begun = pause.begin(move || kill(&interrupted));
        let mut emulator = Self { child, _begun: begun, log, _log_file: log_file };
        emulator.meet(&socket)?;
        Ok((emulator, socket))
    }

    /// Waits for the board's first byte, which tells where to send what is for it.
    fn meet(&mut self, socket: &UdpSocket) -> Result<()> {
        let deadline = Instant::now() + START;
        socket.set_read_timeout(Some(Duration::from_millis(50))).map_err(failed)?;
        loop {
            match socket.recv_from(&mut [0; 16]) {
                Ok((_, from)) => return socket.connect(from).map_err(failed),
                Err(error) if !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    return Err(failed(error));
                }
                Err(_) if Instant::now() > deadline => {
                    return Err(failed(format!("no byte within {} s", START.as_secs())));
                }
                Err(_) => self.alive()?,
            }
        }
    }

    /// An error that says why, if the process has ended.
    pub fn alive(&mut self) -> Result<()> {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(status) = child.try_wait().map_err(failed)? else { return Ok(()) };
        let mut why = self.log.lines();
        if let Some(mut stderr) = child.stderr.take() {
            let mut text = String::new();
            // What can be read is better than nothing.
            let _ = stderr.read_to_string(&mut text);
            why.extend(text.lines().map(String::from));
        }
        Err(failed(format!("it ended ({status}): {}", why.last().map_or("it said nothing", String::as_str))))
    }

    /// Ends the process and waits until it is gone.
    pub fn kill(&mut self) {
        kill(&self.child);
    }

    /// The lines that it logged since the last call.
    pub fn logs(&mut self) -> Vec<String> {
        self.log.lines()
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.kill();
    }
}

fn kill(child: &Mutex<Child>) {
    let mut child = child.lock().unwrap_or_else(PoisonError::into_inner);
    // Either fails only when it has ended already.
    let _ = child.kill();
    let _ = child.wait();
}

fn failed(why: impl std::fmt::Display) -> Error {
    Error::failed(NAME, why)
}
