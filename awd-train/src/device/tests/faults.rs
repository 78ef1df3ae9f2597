//! Faults and hangs of the emulated boards, which QEMU's interface for debuggers causes.

use super::*;
use crate::device::emulator::NAME;
use std::io::Read;
use std::os::unix::net::UnixStream;

/// What causes a fault and a hang on a board.
struct Case {
    board: &'static str,
    /// An address in the emulator's RAM beyond the RAM that the firmware uses.
    code: u32,
    /// The debugger's numbers of the program counter and of the register with the return address.
    registers: [u8; 2],
    /// An instruction that the processor refuses, and the number of the exception.
    refused: (&'static str, u32),
    /// The address of the watchdog.
    watchdog: Option<u32>,
}

const CASES: [Case; 3] = [
    Case {
        board: "mps2-an386",
        code: 0x2010_0000,
        registers: [15, 14],
        refused: ("00de", 3),
        watchdog: Some(0x4000_8000),
    },
    Case {
        board: "mps2-an505",
        code: 0x3810_0000,
        registers: [15, 14],
        refused: ("00de", 3),
        watchdog: Some(0x5008_1000),
    },
    Case { board: "virt", code: 0x8020_0000, registers: [32, 1], refused: ("0000", 2), watchdog: None },
];

/// Writes the first argument to the address in the second, and repeats the next instruction for ever (Thumb).
const STORE_AND_HANG: &str = "0160fee7";

/// A few hundredths of a second of the boards' clocks.
const SOON: u32 = 1_000_000;

/// QEMU's interface for debuggers (GDB's remote serial protocol). The board is halted until [`Debugger::go`].
struct Debugger(UnixStream);

impl Debugger {
    fn connect(monitor: &Path, socket: &Path) -> Self {
        let mut monitor = UnixStream::connect(monitor).unwrap();
        writeln!(monitor, "gdbserver unix:{},server=on,wait=off", socket.display()).unwrap();
        let deadline = Instant::now() + Duration::from_secs(10);
        monitor.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        let stream = loop {
            // The monitor echoes the command, and waits until the echo is read.
            let _ = monitor.read(&mut [0; 4096]);
            match UnixStream::connect(socket) {
                Err(_) if Instant::now() < deadline => (),
                stream => break stream.unwrap(),
            }
        };
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let mut debugger = Self(stream);
        // QEMU takes single registers only from a debugger that has read their description.
        debugger.ask("qXfer:features:read:target.xml:0,1");
        debugger
    }

    fn send(&mut self, command: &str) {
        let sum = command.bytes().fold(0_u8, u8::wrapping_add);
        write!(self.0, "${command}#{sum:02x}").unwrap();
    }

    /// Sends a command and returns its answer. Reports that the board has halted are no answers.
    fn ask(&mut self, command: &str) -> String {
        self.send(command);
        loop {
            let (mut answer, mut byte) = (Vec::new(), [0]);
            while byte != *b"#" {
                self.0.read_exact(&mut byte).unwrap();
                answer.push(byte[0]);
            }
            // The checksum; the line is reliable.
            self.0.read_exact(&mut [0; 2]).unwrap();
            self.0.write_all(b"+").unwrap();
            let answer = String::from_utf8_lossy(&answer);
            let answer = answer.trim_start_matches('+').trim_start_matches('$').trim_end_matches('#');
            if !answer.starts_with('T') {
                return answer.into();
            }
        }
    }

    fn set(&mut self, register: u8, value: u32) {
        assert_eq!(self.ask(&format!("P{register:x}={:08x}", value.swap_bytes())), "OK");
    }

    /// Halts the board.
    fn halt(&mut self) {
        self.0.write_all(&[3]).unwrap();
    }

    /// Continues with this code.
    fn go(&mut self, case: &Case, code: &str) {
        assert_eq!(self.ask(&format!("M{:x},{:x}:{code}", case.code, code.len() / 2)), "OK");
        self.set(case.registers[0], case.code);
        self.set(case.registers[1], 0x12344);
        self.send("c");
    }
}

#[test]
fn faults_and_hangs_restart_the_emulated_boards_and_are_logged() {
    if emulated::emulated().is_none() {
        return;
    }
    for case in &CASES {
        let Ok(firmware) = firmware::locate(case.board) else {
            let _ = std::io::stderr().write_all(format!("SKIPPED, NOT PASSED: no {}\n", case.board).as_bytes());
            continue;
        };
        let folder = tempfile::tempdir().unwrap();
        let (monitor, socket) = (folder.path().join("monitor"), folder.path().join("debugger"));
        let (emulator, line) = Emulator::start(&firmware, Some(&monitor)).unwrap();
        let mut device = Device::connect(Link::new(Box::new(line), TIMEOUT), NAME.into(), Some(emulator)).unwrap();
        device.load(&model(140)).unwrap();
        device.logs();

        let mut debugger = Debugger::connect(&monitor, &socket);
        debugger.go(case, case.refused.0);
        let (exception, at) = (case.refused.1, case.code);
        let expected = format!("ERROR restarted after exception {exception} at {at:#010x}, called from 0x00012344");
        restarts(&mut device, &expected);
        let Some(watchdog) = case.watchdog else { continue };
        debugger.halt();
        debugger.set(0, watchdog);
        debugger.set(1, SOON);
        debugger.go(case, STORE_AND_HANG);
        restarts(
            &mut device,
            &format!("ERROR restarted after exception 2 at {:#010x}, called from 0x00012344", at + 2),
        );
    }
}

/// Checks that the board restarts, logs why, and has its model in service again.
fn restarts(device: &mut Device, why: &str) {
    // A board that sleeps takes its new program counter when it wakes.
    device.link.send(&[0]).unwrap();
    let (mut logs, deadline) = (Vec::new(), Instant::now() + Duration::from_secs(10));
    while !logs.iter().any(|line: &String| line.contains("in service: window 140")) {
        assert!(Instant::now() < deadline, "{why}: {logs:?}");
        std::thread::sleep(Duration::from_millis(20));
        logs.extend(device.logs());
    }
    assert!(logs.iter().any(|line| line == why), "{why}: {logs:?}");
    assert_eq!(device.info().unwrap().model.unwrap().number, 1);
}
