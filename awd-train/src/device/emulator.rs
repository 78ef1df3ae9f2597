//! A board that is a process: QEMU's mps2-an386, a Cortex-M4F.

use super::log::Log;
use crate::file::{self, Kind, Temporary};
use crate::interrupt::{self, Begun};
use crate::{Error, Result};
use std::fs::File;
use std::io::{ErrorKind, Read, Seek, Write};
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

/// Bytes of what it says on stderr that are read.
const MOST: u64 = 1 << 16;

/// How long the board may take to say that it is there.
const START: Duration = Duration::from_secs(20);

/// What a shell's exit code says where there is no such program.
#[cfg(unix)]
const NO_PROGRAM: Option<i32> = Some(127);

/// Runs the program in its arguments, which ends when standard input does, that is with the process that holds its other end,
/// whatever ends that. A line that is read instead says that the program has ended already. The number of the shell is that of the
/// program, which takes its place.
#[cfg(unix)]
const TIED: &str = r#"
exec 3<&0
(
    trap "" HUP INT QUIT TERM
    exec >/dev/null 2>&1
    read -r _ || kill -KILL $$
) <&3 3<&- &
exec "$@" 3<&- </dev/null
"#;

/// The process, and what it logs. It ends with this value, and with this process, also where that is killed.
pub(super) struct Emulator {
    child: Arc<Mutex<Child>>,
    _begun: Begun,
    log: Log<File>,
    /// What `log` reads, where an open file cannot be removed; it goes when this does.
    _log_file: Option<Temporary>,
    /// What it said on stderr. A file too, as a pipe that nobody reads would stop it.
    errors: File,
}

/// Whether there is an emulator at all.
pub(super) fn installed() -> Result<()> {
    let version = Command::new(EMULATOR).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    version.map(|_| ()).map_err(|error| not_started(&error))
}

fn not_started(error: &std::io::Error) -> Error {
    if error.kind() == ErrorKind::NotFound { not_installed() } else { failed(error) }
}

fn not_installed() -> Error {
    failed(format!(
        "{EMULATOR} is not installed; `apt install qemu-system-arm` (Debian, Ubuntu) or `brew install qemu`"
    ))
}

/// A command that runs the emulator and ends it when its standard input ends.
#[cfg(unix)]
fn tied() -> Command {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", TIED, "awd", EMULATOR]).stdin(Stdio::piped());
    command
}

/// A command that runs the emulator.
#[cfg(not(unix))]
fn tied() -> Command {
    let mut command = Command::new(EMULATOR);
    command.stdin(Stdio::null());
    command
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
        let errors = tempfile::tempfile().map_err(failed)?;
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).map_err(failed)?;
        let port = socket.local_addr().map_err(failed)?.port();

        // QEMU takes one byte of a pipe or a stream socket for each round of its main loop. Of a datagram it takes all,
        // and `mux` gives the UART a buffer to take them from: six times as many windows in a second. A mux watches for
        // an escape character, which must be none that a byte can be.
        let monitor = monitor.map(|path| ["-monitor".into(), format!("unix:{},server=on,wait=off", path.display())]);
        let pause = interrupt::pause();
        let child = tied()
            .args(["-M", board, "-nodefaults", "-display", "none", "-echr", "0x100"])
            .args(["-chardev", &format!("udp,id=uart,host=127.0.0.1,port={port},mux=on"), "-serial", "chardev:uart"])
            // QEMU 7 writes semihosting's standard output to its own, whatever the chardev: so this is the same.
            .args(["-chardev", "stdio,id=log,signal=off"])
            .args(["-semihosting-config", "enable=on,target=native,chardev=log"])
            .args(monitor.into_iter().flatten())
            .arg("-kernel")
            .arg(firmware)
            .stdout(log_file.file.reopen().map_err(failed)?)
            .stderr(errors.try_clone().map_err(failed)?)
            .spawn()
            .map_err(|error| not_started(&error))?;
        let child = Arc::new(Mutex::new(child));
        let interrupted = child.clone();
        let begun = pause.begin(move || kill(&interrupted));
        // Both ends are open: without a name the file goes with them, also where this process is killed.
        let kept = (!cfg!(unix)).then_some(log_file);
        let mut emulator = Self { child, _begun: begun, log, _log_file: kept, errors };
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
        #[cfg(unix)]
        if status.code() == NO_PROGRAM {
            return Err(not_installed());
        }
        let mut why = self.log.lines();
        let mut text = String::new();
        // What can be read is better than nothing.
        let _ = self.errors.rewind().and_then(|()| (&self.errors).take(MOST).read_to_string(&mut text));
        why.extend(text.lines().map(String::from));
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
    // Each fails only when it has ended already.
    let _ = child.kill();
    let _ = child.stdin.take().map(|mut tie| tie.write_all(b"\n"));
    let _ = child.wait();
}

fn failed(why: impl std::fmt::Display) -> Error {
    Error::failed(NAME, why)
}
