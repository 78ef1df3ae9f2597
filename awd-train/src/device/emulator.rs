//! Emulated boards: each is a QEMU process.

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

/// The emulator's program for the default board and all others with an Arm core.
const ARM: &str = "qemu-system-arm";

/// The emulator's program for the board with a RISC-V core.
const RISC_V: &str = "qemu-system-riscv32";

/// The emulator's programs, the package of Debian that each is in, and the cores that it emulates.
pub const EMULATORS: [(&str, &str, &str); 2] =
    [(ARM, "qemu-system-arm", "Arm"), (RISC_V, "qemu-system-misc", "RISC-V")];

/// The name of the board in errors.
pub(super) const NAME: &str = "emulated board";

/// The emulated boards that have firmware, the default one first, and their cores.
pub(super) const BOARDS: [(&str, &str); 5] = [
    ("mps2-an386", "Cortex-M4F"),
    ("mps2-an385", "Cortex-M3"),
    ("mps2-an505", "Cortex-M33"),
    ("microbit", "Cortex-M0"),
    (VIRT, "RV32IMAC"),
];

/// The board with a RISC-V core.
const VIRT: &str = "virt";

/// Maximum number of bytes that are read from the emulator's stderr.
const MAX_STDERR: u64 = 1 << 16;

/// Time limit for the board's first byte.
const START: Duration = Duration::from_secs(20);

/// A shell's exit code if a program does not exist.
#[cfg(unix)]
const NO_PROGRAM: Option<i32> = Some(127);

/// Runs the program in its arguments and kills it when standard input ends. This process holds the other end, so the
/// program ends with it, however that ends. A line on standard input means that the program has already ended. `exec`
/// keeps the shell's process id, so `$$` is the program's.
#[cfg(unix)]
const RUN_UNTIL_EOF: &str = r#"
exec 3<&0
(
    trap "" HUP INT QUIT TERM
    exec >/dev/null 2>&1
    read -r _ || kill -KILL $$
) <&3 3<&- &
exec "$@" 3<&- </dev/null
"#;

/// The process and its log. The process ends with this value, and with this program even if that is killed.
pub(super) struct Emulator {
    child: Arc<Mutex<Child>>,
    program: &'static str,
    _begun: Begun,
    log: Log<File>,
    /// The file that `log` reads, where an open file cannot be removed. It is removed with this value.
    _log_file: Option<Temporary>,
    /// The emulator's stderr. It is a file, as a full pipe that nobody reads would block the emulator.
    errors: File,
}

/// The emulator's program for a board.
fn program(board: &str) -> &'static str {
    if board == VIRT { RISC_V } else { ARM }
}

/// Checks that the emulator for a board is installed.
pub(super) fn installed(board: &str) -> Result<()> {
    let program = program(board);
    let version = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    version.map(|_| ()).map_err(|error| not_started(program, &error))
}

fn not_started(program: &str, error: &std::io::Error) -> Error {
    if error.kind() == ErrorKind::NotFound { not_installed(program) } else { failed(error) }
}

fn not_installed(program: &str) -> Error {
    let package = EMULATORS.iter().find(|(name, ..)| *name == program).map_or(program, |(_, package, _)| package);
    failed(format!(
        "{program} is not installed; install it with `apt install {package}` (Debian, Ubuntu) or `brew install qemu`"
    ))
}

/// A command that runs the emulator and kills it when its standard input ends.
#[cfg(unix)]
fn emulator_command(program: &str) -> Command {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", RUN_UNTIL_EOF, "awd", program]).stdin(Stdio::piped());
    command
}

/// A command that runs the emulator.
#[cfg(not(unix))]
fn emulator_command(program: &str) -> Command {
    let mut command = Command::new(program);
    command.stdin(Stdio::null());
    command
}

impl Emulator {
    /// Starts the board that this firmware is named after and waits for its first byte. The socket is the board's
    /// serial line.
    ///
    /// If `monitor` is given, QEMU's monitor listens at this socket.
    pub fn start(firmware: &Path, monitor: Option<&Path>) -> Result<(Self, UdpSocket)> {
        let name = firmware.file_name().unwrap_or_default().to_string_lossy();
        let board = BOARDS.iter().find(|(board, _)| name.ends_with(board)).unwrap_or(&BOARDS[0]).0;
        let elf = file::read(firmware, Kind::Firmware)?;
        // A file and not a pipe: the board must not wait for a reader of its log.
        let log_file = Temporary::new_in(&std::env::temp_dir()).map_err(failed)?;
        let log = Log::new(&elf, log_file.file.reopen().map_err(failed)?)?;
        let errors = tempfile::tempfile().map_err(failed)?;
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).map_err(failed)?;
        let port = socket.local_addr().map_err(failed)?.port();

        // QEMU takes one byte of a pipe or a stream socket in each round of its main loop, but all bytes of a datagram,
        // and `mux` gives the UART a buffer for them: six times as many windows per second. A mux reacts to an escape
        // character, which must not be a possible byte.
        let monitor = monitor.map(|path| ["-monitor".into(), format!("unix:{},server=on,wait=off", path.display())]);
        let program = program(board);
        let pause = interrupt::pause();
        let child = emulator_command(program)
            .args(["-M", board, "-nodefaults", "-display", "none", "-echr", "0x100"])
            .args(["-chardev", &format!("udp,id=uart,host=127.0.0.1,port={port},mux=on"), "-serial", "chardev:uart"])
            // QEMU 7 writes semihosting's standard output to its own, whatever the chardev. So this chardev is the
            // standard output.
            .args(["-chardev", "stdio,id=log,signal=off"])
            .args(["-semihosting-config", "enable=on,target=native,chardev=log"])
            .args(monitor.into_iter().flatten())
            // Without this, the RISC-V board starts a monitor program of its own. The others have none.
            .args(["-bios", "none"].iter().filter(|_| board == VIRT))
            .arg("-kernel")
            .arg(firmware)
            .stdout(log_file.file.reopen().map_err(failed)?)
            .stderr(errors.try_clone().map_err(failed)?)
            .spawn()
            .map_err(|error| not_started(program, &error))?;
        let child = Arc::new(Mutex::new(child));
        let interrupted = child.clone();
        let begun = pause.begin(move || kill(&interrupted));
        // Both ends are open. Where the name can be removed now, the file disappears even if this process is killed.
        let kept = (!cfg!(unix)).then_some(log_file);
        let mut emulator = Self { child, program, _begun: begun, log, _log_file: kept, errors };
        emulator.wait_for_board(&socket)?;
        Ok((emulator, socket))
    }

    /// Waits for the board's first byte, which has the address to which the socket then sends.
    fn wait_for_board(&mut self, socket: &UdpSocket) -> Result<()> {
        let deadline = Instant::now() + START;
        socket.set_read_timeout(Some(Duration::from_millis(50))).map_err(failed)?;
        loop {
            match socket.recv_from(&mut [0; 16]) {
                Ok((_, from)) => return socket.connect(from).map_err(failed),
                Err(error) if !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    return Err(failed(error));
                }
                Err(_) if Instant::now() > deadline => {
                    return Err(failed(format!("it sent nothing within {} s", START.as_secs())));
                }
                Err(_) => self.alive()?,
            }
        }
    }

    /// Returns an error with the reason if the process has ended.
    pub fn alive(&mut self) -> Result<()> {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(status) = child.try_wait().map_err(failed)? else { return Ok(()) };
        #[cfg(unix)]
        if status.code() == NO_PROGRAM {
            return Err(not_installed(self.program));
        }
        let mut why = self.log.lines();
        let mut text = String::new();
        // Partial text is better than none.
        let _ = self.errors.rewind().and_then(|()| (&self.errors).take(MAX_STDERR).read_to_string(&mut text));
        why.extend(text.lines().map(String::from));
        Err(failed(format!("it ended ({status}): {}", why.last().map_or("it printed nothing", String::as_str))))
    }

    /// Ends the process and waits until it is gone.
    pub fn kill(&mut self) {
        kill(&self.child);
    }

    /// The lines that the board has logged since the last call.
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
    // Each of these fails only if the process has already ended.
    let _ = child.kill();
    let _ = child.stdin.take().map(|mut stdin| stdin.write_all(b"\n"));
    let _ = child.wait();
}

fn failed(why: impl std::fmt::Display) -> Error {
    Error::failed(NAME, why)
}
