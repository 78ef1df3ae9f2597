//! The section of docs/performance.md about whole firmware: what it takes of each emulated board's memory, measured after
//! everything that `awd device` can do was done to it.

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

/// Where the RAM of a board begins, and how much its program has of it (its memory map).
fn ram(board: &str) -> (u32, u32) {
    match board {
        "microbit" => (0x2000_0000, 16 << 10),
        "mps2-an505" => (0x3800_0000, 128 << 10),
        _ => (0x2000_0000, 128 << 10),
    }
}

/// Windows that are timed.
const WINDOWS: u32 = 4000;

/// What the firmware of a board takes, in bytes.
pub struct Taken {
    pub board: &'static str,
    flash: u32,
    /// All RAM that was ever written to, and how much of that are windows and work space.
    ram: u32,
    windows: u32,
}

impl Taken {
    /// The columns of the table.
    pub fn columns(&self) -> [u32; 4] {
        [self.flash, self.ram, self.windows, self.ram - self.windows]
    }
}

/// The section.
pub fn section() -> Outcome<String> {
    let mut section = format!(
        "{TITLE}\nWhole programs with protocol, slots and scorer (`awd-embedded/boards`, opt-level `s` or `z`), in bytes. RAM is all that was \
         written to,\nstack and server, while models were pushed, verified, rolled back, windows and a signal scored (`awd device`). \
         Beside the buffers\nfor windows and work space, whose size is the firmware's to choose, it is the last column. `cargo xtask \
         test` fails where\nany of these, or of the instructions on the Cortex-M4F, grows by more than 5%.\n\n| board | flash | RAM | of that windows and work space | RAM \
         beside them |\n|---|--:|--:|--:|--:|\n"
    );
    for taken in measure()? {
        let columns = taken.columns().map(|bytes| bytes.to_string());
        section += &format!("| {} | {} |\n", taken.board, columns.join(" | "));
    }
    let [here, there] = over_the_line()?;
    section += &format!(
        "\nA window of 140 samples takes `awd score` {here:.0} µs here, and {there:.0} µs with `--device qemu`, line, emulator and all (what \
         {WINDOWS} windows\ntake more than one).\n"
    );
    Ok(section)
}

/// Microseconds that a window takes `awd score`, here and on the usual emulated board.
fn over_the_line() -> Outcome<[f64; 2]> {
    let awd = Awd::new(1)?;
    let heartbeats = root().join("data/ecg5000.npz").display().to_string();
    let seconds = |device: &[&str], limit: &str| -> Outcome<f64> {
        let started = Instant::now();
        awd.run(&[&["score", "a.awd", &heartbeats, "--limit", limit], device].concat())?;
        Ok(started.elapsed().as_secs_f64())
    };
    let each = |device: &[&str]| -> Outcome<f64> {
        let (few, many) = (seconds(device, "1")?, seconds(device, &WINDOWS.to_string())?);
        Ok((many - few) * 1e6 / f64::from(WINDOWS - 1))
    };
    Ok([each(&[])?, each(&["--device", "qemu"])?])
}

/// Puts each board through all that it can do.
pub fn measure() -> Outcome<Vec<Taken>> {
    let firmware = board::firmware()?;
    Awd::build()?;
    let awd = Awd::new(1)?;
    let heartbeats = root().join("data/ecg5000.npz").display().to_string();
    for (model, shape) in [("a.awd", ["--taps", "6", "--levels", "4"]), ("b.awd", ["--taps", "4", "--levels", "3"])] {
        awd.run(
            &[&["distil", &heartbeats, "--gamma", "0", "--max-parameters", "20", "--out", model][..], &shape].concat(),
        )?;
    }
    let built = |board: &&str| firmware.with_file_name(format!("awd-{board}")).is_file();
    EMULATED
        .iter()
        .map(|(board, ..)| *board)
        .filter(built)
        .map(|board| one(&awd, &firmware, board, &heartbeats))
        .collect()
}

fn one(awd: &Awd, firmware: &Path, board: &'static str, heartbeats: &str) -> Outcome<Taken> {
    let socket = awd.file("monitor");
    // Of an emulator before; there may be none.
    let _ = std::fs::remove_file(&socket);
    let emulated = Emulated::start(firmware, board, &socket)?;
    let port = emulated.1.as_str();
    let device = |words: &[&str]| awd.run(&[&["device"], words, &["--port", port]].concat());
    let info = awd.run(&["device", "info", "--port", port, "--json"])?;
    let info: Value = serde_json::from_str(&info).map_err(|why| format!("device info: {why}"))?;
    let samples = |key: &str| info[key].as_u64().and_then(|n| u32::try_from(n).ok()).unwrap_or(0);
    device(&["push", "a.awd"])?;
    device(&["verify", "a.awd", heartbeats, "--count", "32"])?;
    device(&["monitor", heartbeats, "--hop", "35", "--count", "40"])?;
    device(&["push", "b.awd"])?;
    device(&["verify", "b.awd", heartbeats, "--count", "32"])?;
    device(&["rollback"])?;
    device(&["reset"])?;
    device(&["monitor", "--count", "1"])?;
    let elf = firmware.with_file_name(format!("awd-{board}"));
    let [flash, fixed] = segments(&elf).ok_or_else(|| format!("{}: not the program that was built", elf.display()))?;
    let ram = fixed + stack(awd, &socket, board, fixed)?;
    Ok(Taken { board, flash, ram, windows: 4 * (samples("max_window") + samples("max_work")) })
}

/// Bytes from the lowest that the stack ever reached to the end of RAM, which the emulator begins with zeros.
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
        // It echoes; what it says does not matter.
        let _ = monitor.read(&mut [0; 1024]);
        match std::fs::read(&dump) {
            Ok(bytes) if bytes.len() == len as usize => {
                let free = bytes.iter().skip(fixed as usize).take_while(|byte| **byte == 0).count();
                return u32::try_from(bytes.len() - fixed as usize - free).map_err(|why| why.to_string());
            }
            _ if Instant::now() > deadline => return Err(format!("monitor of {board}: no memory within 10 s")),
            _ => (),
        }
    }
}

/// `awd device emulate`, and the port that it said.
struct Emulated(Child, String);

impl Emulated {
    fn start(firmware: &Path, board: &str, socket: &Path) -> Outcome<Self> {
        let mut command = Command::new(root().join("target/release/awd"));
        command.args(["device", "emulate", "--quiet", "--board", board, "--monitor"]).arg(socket);
        let mut child = { command.env("AWD_FIRMWARE", firmware).stdout(Stdio::piped()) }
            .spawn()
            .map_err(|why| format!("awd device emulate: {why}"))?;
        let mut port = String::new();
        let said = child.stdout.as_mut().map(|said| BufReader::new(said).read_line(&mut port));
        match said {
            Some(Ok(1..)) => Ok(Self(child, port.trim().to_owned())),
            _ => Err(format!("awd device emulate --board {board} did not start")),
        }
    }
}

impl Drop for Emulated {
    fn drop(&mut self) {
        // As a user ends it, so that it leaves nothing behind. Either fails only when it has ended already.
        let _ = Command::new("kill").args(["-INT", &self.0.id().to_string()]).status();
        let _ = self.0.wait();
    }
}
