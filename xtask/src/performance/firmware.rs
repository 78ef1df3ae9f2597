//! The section of docs/performance.md about complete firmware: its flash and RAM on each emulated board, measured after every
//! operation of `awd device`.

use super::memory::segments;
use crate::awd::Awd;
use crate::board::{self, EMULATED};
use crate::run::{Outcome, root};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The section's title.
pub const TITLE: &str = "Firmware";

/// Start address and length of the RAM of a board, as in its memory map.
fn ram(board: &str) -> (u32, u32) {
    match board {
        "microbit" => (0x2000_0000, 16 << 10),
        "mps2-an505" => (0x3800_0000, 128 << 10),
        _ => (0x2000_0000, 128 << 10),
    }
}

/// Bytes that the server keeps of a signal besides its samples.
const SIGNAL: u32 = 24;

/// The number of windows that are timed.
const WINDOWS: u32 = 4000;

/// The memory that the firmware of a board takes, in bytes.
pub struct Usage {
    pub board: &'static str,
    flash: u32,
    /// All RAM that was ever written.
    ram: u32,
    /// The part of it for windows, signals and work space.
    windows: u32,
}

impl Usage {
    /// The columns of the table: flash, RAM, RAM for windows, RAM without windows.
    pub fn columns(&self) -> [u32; 4] {
        [self.flash, self.ram, self.windows, self.ram - self.windows]
    }
}

/// The section.
pub fn section() -> Outcome<String> {
    let mut section = format!(
        "{TITLE}\nComplete programs with protocol, slots and scorer (`awd-embedded/boards`, opt-level `s` or `z`), in bytes. RAM is every byte that \
         was\nwritten (stack and server) while models were pushed, verified and rolled back, and windows and a signal were scored (`awd device`). \
         The\nfirmware chooses the size of the buffers for windows, signals and work space; the last column is RAM without them. `cargo xtask test` \
         fails if\nflash or the last column, or instructions or stack on the Cortex-M4F, grow by more than 5%.\n\n| board | flash | RAM | windows, signals and work space | RAM \
         without them |\n|---|--:|--:|--:|--:|\n"
    );
    for usage in measure()? {
        let columns = usage.columns().map(|bytes| bytes.to_string());
        section += &format!("| {} | {} |\n", usage.board, columns.join(" | "));
    }
    let [host, board] = microseconds()?;
    section += &format!(
        "\n`awd score` takes {host:.0} µs per window of 140 samples on the host, and {board:.0} µs with `--device qemu`, including serial line \
         and emulator\n(the difference between {WINDOWS} windows and one, per window).\n"
    );
    Ok(section)
}

/// Microseconds that `awd score` takes per window, on the host and on the default emulated board.
fn microseconds() -> Outcome<[f64; 2]> {
    let awd = Awd::new(1)?;
    let heartbeats = root().join("data/ecg5000.npz").display().to_string();
    let seconds = |device: &[&str], limit: &str| -> Outcome<f64> {
        let started = Instant::now();
        awd.run(&[&["score", "a.awd", &heartbeats, "--limit", limit], device].concat())?;
        Ok(started.elapsed().as_secs_f64())
    };
    let per_window = |device: &[&str]| -> Outcome<f64> {
        let (one, all) = (seconds(device, "1")?, seconds(device, &WINDOWS.to_string())?);
        Ok((all - one) * 1e6 / f64::from(WINDOWS - 1))
    };
    Ok([per_window(&[])?, per_window(&["--device", "qemu"])?])
}

/// Runs every operation on each board and measures its memory.
pub fn measure() -> Outcome<Vec<Usage>> {
    let firmware = board::firmware()?;
    Awd::build()?;
    let awd = Awd::new(1)?;
    let heartbeats = root().join("data/ecg5000.npz").display().to_string();
    for (model, shape) in [("a.awd", ["--taps", "6", "--levels", "4"]), ("b.awd", ["--taps", "4", "--levels", "3"])] {
        awd.run(
            &[&["distil", &heartbeats, "--gamma", "0", "--max-parameters", "20", "--out", model][..], &shape].concat(),
        )?;
    }
    // Program and data of `virt` are in one RAM, of which its program reserves all that is left for the stack.
    let built = |board: &&str| *board != "virt" && firmware.with_file_name(format!("awd-{board}")).is_file();
    EMULATED
        .iter()
        .map(|(board, ..)| *board)
        .filter(built)
        .map(|board| measure_board(&awd, &firmware, board, &heartbeats))
        .collect()
}

fn measure_board(awd: &Awd, firmware: &Path, board: &'static str, heartbeats: &str) -> Outcome<Usage> {
    let socket = awd.file("monitor");
    // Remove a socket that an earlier emulator may have left behind.
    let _ = std::fs::remove_file(&socket);
    let emulated = Emulated::start(firmware, board, &socket)?;
    let port = emulated.1.as_str();
    let device = |args: &[&str]| awd.run(&[&["device"], args, &["--port", port]].concat());
    let info = awd.run(&["device", "info", "--port", port, "--json"])?;
    let info: Value = serde_json::from_str(&info).map_err(|why| format!("device info: {why}"))?;
    let number = |key: &str| info[key].as_u64().and_then(|n| u32::try_from(n).ok()).unwrap_or(0);
    device(&["push", "a.awd"])?;
    device(&["verify", "a.awd", heartbeats, "--count", "32"])?;
    device(&["monitor", heartbeats, "--hop", "35", "--count", "40"])?;
    device(&["push", "b.awd"])?;
    device(&["verify", "b.awd", heartbeats, "--count", "32"])?;
    device(&["rollback"])?;
    device(&["reset"])?;
    device(&["monitor", "--count", "1"])?;
    let elf = firmware.with_file_name(format!("awd-{board}"));
    let [flash, fixed] = segments(&elf).ok_or_else(|| format!("{}: not a readable ELF file", elf.display()))?;
    let ram = fixed + stack(awd, &socket, board, fixed)?;
    Ok(Usage {
        board,
        flash,
        ram,
        windows: 4 * (number("max_samples") + number("max_work")) + SIGNAL * number("max_signals"),
    })
}

/// Bytes from the lowest address that the stack ever reached to the end of RAM. The emulator starts with RAM filled with zeros.
fn stack(awd: &Awd, socket: &Path, board: &str, fixed: u32) -> Outcome<u32> {
    let failed = |why: std::io::Error| format!("monitor of {board}: {why}");
    let (start, len) = ram(board);
    let dump = awd.file("ram");
    let _ = std::fs::remove_file(&dump);
    let mut monitor = UnixStream::connect(socket).map_err(failed)?;
    monitor.set_read_timeout(Some(Duration::from_millis(100))).map_err(failed)?;
    writeln!(monitor, "memsave {start} {len} \"{}\"", dump.display()).map_err(failed)?;
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        // The monitor echoes the command; discard it so that its socket does not block.
        let _ = monitor.read(&mut [0; 1024]);
        match std::fs::read(&dump) {
            Ok(bytes) if bytes.len() == len as usize => {
                let free = bytes.iter().skip(fixed as usize).take_while(|byte| **byte == 0).count();
                return u32::try_from(bytes.len() - fixed as usize - free).map_err(|why| why.to_string());
            }
            _ if Instant::now() > deadline => return Err(format!("monitor of {board}: no memory dump within 10 s")),
            _ => (),
        }
    }
}

/// A running `awd device emulate`, and the port that it printed.
struct Emulated(Child, String);

impl Emulated {
    fn start(firmware: &Path, board: &str, socket: &Path) -> Outcome<Self> {
        let mut command = Command::new(root().join("target/release/awd"));
        command.args(["device", "emulate", "--quiet", "--board", board, "--monitor"]).arg(socket);
        let mut child = { command.env("AWD_FIRMWARE", firmware).stdout(Stdio::piped()) }
            .spawn()
            .map_err(|why| format!("awd device emulate: {why}"))?;
        let mut port = String::new();
        let read = child.stdout.as_mut().map(|stdout| BufReader::new(stdout).read_line(&mut port));
        match read {
            Some(Ok(1..)) => Ok(Self(child, port.trim().to_owned())),
            _ => Err(format!("awd device emulate --board {board} did not start")),
        }
    }
}

impl Drop for Emulated {
    fn drop(&mut self) {
        // Interrupt it as a user would, so that it cleans up. Both calls fail only if it has already ended.
        let _ = Command::new("kill").args(["-INT", &self.0.id().to_string()]).status();
        let _ = self.0.wait();
    }
}
