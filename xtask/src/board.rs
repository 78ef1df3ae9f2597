//! What is built for boards: the firmware of emulated and of real ones, the programs that measure, and the one that proves.

use crate::needs::EMULATOR;
use crate::run::{Outcome, cargo, root, skipped, step};
use crate::toolchain::{self, FIRMWARE, TARGETS};
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

/// Folders of `awd-embedded/boards`, each a workspace of its own.
pub const CRATES: [&str; 9] =
    ["parts", "mps2", "microbit", "stm32f4", "nrf52840", "rp2040", "cost", "bits", "no-panic"];

/// The emulated boards, each with the folder and the target of its firmware; the usual one first.
pub const EMULATED: [(&str, &str, &str); 4] = [
    ("mps2-an386", "mps2", FIRMWARE),
    ("mps2-an385", "mps2", "thumbv7m-none-eabi"),
    ("mps2-an505", "mps2", "thumbv8m.main-none-eabihf"),
    ("microbit", "microbit", "thumbv6m-none-eabi"),
];

/// The targets whose bits are compared with the host's.
const BITS: [&str; 4] = [FIRMWARE, "thumbv6m-none-eabi", "thumbv8m.main-none-eabihf", "riscv32imac-unknown-none-elf"];

/// The boards that no test runs, each with the target of its firmware. docs/boards.md tells of them.
pub const REAL: [(&str, &str); 3] = [("stm32f4", FIRMWARE), ("nrf52840", FIRMWARE), ("rp2040", "thumbv6m-none-eabi")];

/// The folder of one of [`CRATES`].
pub fn folder(name: &str) -> PathBuf {
    root().join("awd-embedded/boards").join(name)
}

/// Where cargo puts a target's programs.
pub fn built(target: &str) -> PathBuf {
    root().join("target/board").join(target).join("release")
}

/// Builds the firmware of the emulated boards and gives the ELF of the usual one; those of the others lie beside it. One whose
/// target is missing is left out, but for the usual one.
pub fn firmware() -> Outcome<PathBuf> {
    let place = |board: &str| root().join(format!("target/board/awd-{board}"));
    for (board, folder, target) in EMULATED {
        match command(folder, "build", target) {
            Ok(mut build) => step(&format!("firmware of {board}"), &mut build)?,
            Err(why) if board != EMULATED[0].0 => {
                skipped(&format!("firmware of {board}"), &why);
                continue;
            }
            Err(why) => return Err(why),
        }
        let elf = built(target).join(format!("awd-{folder}"));
        std::fs::copy(&elf, place(board)).map_err(|why| format!("{}: {why}", elf.display()))?;
    }
    Ok(place(EMULATED[0].0))
}

/// Builds the program that scores maps and gives its ELF.
pub fn maps() -> Outcome<PathBuf> {
    step("maps", command("cost", "build", FIRMWARE)?.args(["--bin", "maps"]))?;
    Ok(built(FIRMWARE).join("maps"))
}

/// Builds the program that prints the bits of scores, for each processor that is emulated, and gives the folder of the ELFs. One whose target
/// is missing is left out.
pub fn bits() -> Outcome<PathBuf> {
    let place = root().join("target/board/bits");
    std::fs::create_dir_all(&place).map_err(|why| format!("{}: {why}", place.display()))?;
    for target in BITS {
        match command("bits", "build", target) {
            Ok(mut build) => step(&format!("bits on {target}"), &mut build)?,
            Err(why) => {
                skipped(&format!("bits on {target}"), &why);
                continue;
            }
        }
        std::fs::copy(built(target).join("awd-bits"), place.join(target)).map_err(|why| format!("{target}: {why}"))?;
    }
    Ok(place)
}

/// Builds the library for C, for the host and for the usual board, and gives the folder of both.
pub fn c() -> Outcome<PathBuf> {
    let folder = root().join("awd-embedded/c");
    let target = root().join("target/c");
    let build = || {
        let mut build = cargo(&folder);
        build.args(["build", "--release", "--locked", "--target-dir"]).arg(&target);
        build
    };
    step("library for C", &mut build())?;
    match toolchain::of(FIRMWARE) {
        Ok(toolchain) => {
            let mut build = build();
            build.args(["--target", FIRMWARE]).envs(toolchain.map(|toolchain| ("RUSTUP_TOOLCHAIN", toolchain)));
            step("library for C on the board", &mut build)?;
        }
        Err(why) => skipped("library for C on the board", &why),
    }
    Ok(target)
}

/// Links the program that only links if nothing in it can panic, for every target and as boards may be built.
pub fn no_panic() -> Outcome<()> {
    for (target, level) in TARGETS.into_iter().flat_map(|target| ["s", "z", "3"].map(|level| (target, level))) {
        let name = format!("no panic on {target} at opt-level {level}");
        match command("no-panic", "build", target) {
            Ok(mut link) => step(&name, link.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", level))?,
            Err(why) => skipped(&name, &why),
        }
    }
    Ok(())
}

/// Looks through the firmware of all boards, and what they have in common. One whose target is missing is left out.
pub fn clippy() -> Outcome<()> {
    let emulated = EMULATED.map(|(_, folder, target)| (folder, target));
    let others = [("parts", FIRMWARE), ("bits", FIRMWARE)];
    for (folder, target) in emulated.into_iter().chain(REAL).chain(others) {
        let name = format!("clippy of {folder} for {target}");
        match toolchain::has_clippy(target).and_then(|has| Ok((has, command(folder, "clippy", target)?))) {
            Ok((true, mut clippy)) => step(&name, clippy.args(["--", "-D", "warnings"]))?,
            Ok((false, _)) => skipped(&name, &format!("rustup target add {target}")),
            Err(why) => skipped(&name, &why),
        }
    }
    Ok(())
}

/// Builds the firmware of the real boards, which is all that can be tested here. One whose target is missing is left out.
pub fn real() -> Outcome<()> {
    for (folder, target) in REAL {
        match command(folder, "build", target) {
            Ok(mut build) => step(&format!("firmware of {folder}"), &mut build)?,
            Err(why) => skipped(&format!("firmware of {folder}"), &why),
        }
    }
    Ok(())
}

/// Fails where an emulator still runs a program of this repository, a moment after all that needs one has ended. Where there is no
/// `/proc` nothing is known.
pub fn none_runs() -> Outcome<()> {
    let deadline = Instant::now() + Duration::from_secs(5);
    loop {
        match running() {
            left if left.is_empty() => return Ok(()),
            left if Instant::now() > deadline => {
                return Err(format!("emulators were left running: {}", left.join("; ")));
            }
            _ => std::thread::sleep(Duration::from_millis(100)),
        }
    }
}

/// The command lines of emulators that run a program of this repository.
fn running() -> Vec<String> {
    let ours = root().join("target");
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let words = processes.filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
    let words = words.map(|words| String::from_utf8_lossy(&words).replace('\0', " "));
    words.filter(|words| words.starts_with(EMULATOR) && words.contains(&*ours.to_string_lossy())).collect()
}

/// `cargo build` or `cargo run` of one of [`CRATES`], with the toolchain that has the target.
pub fn command(name: &str, verb: &str, target: &str) -> Outcome<Command> {
    // In the crate's folder, so that cargo reads the board's own configuration.
    let mut command = cargo(&folder(name));
    command.args([verb, "--release", "--locked", "--target", target, "--target-dir"]).arg(root().join("target/board"));
    if let Some(toolchain) = toolchain::of(target)? {
        command.env("RUSTUP_TOOLCHAIN", toolchain);
    }
    Ok(command)
}
