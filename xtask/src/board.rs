//! Builds for boards: firmware of emulated and real boards, the programs that measure, and the proof that awd-core cannot panic.

use crate::needs::{EMULATOR, RISC_V};
use crate::run::{Outcome, cargo, root, skipped, step};
use crate::toolchain::{self, FIRMWARE, TARGETS};
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

/// Folders of `awd-embedded/boards`, each a separate workspace.
pub const CRATES: [&str; 11] =
    ["parts", "mps2", "microbit", "virt", "stm32f4", "nrf52840", "rp2040", "esp32c3", "cost", "bits", "no-panic"];

/// The emulated boards, each with the folder and the target of its firmware; the default board first.
pub const EMULATED: [(&str, &str, &str); 5] = [
    ("mps2-an386", "mps2", FIRMWARE),
    ("mps2-an385", "mps2", "thumbv7m-none-eabi"),
    ("mps2-an505", "mps2", "thumbv8m.main-none-eabihf"),
    ("microbit", "microbit", "thumbv6m-none-eabi"),
    ("virt", "virt", RISC_V_TARGET),
];

/// A public key of Ed25519. The bytes of its private key are zeros, which everybody knows: it is for tests alone.
const TEST_KEY: &str = "3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29";

/// The target of the emulated board with a RISC-V core.
const RISC_V_TARGET: &str = "riscv32imac-unknown-none-elf";

/// The targets whose scores are compared bit for bit with the host's.
const BITS: [&str; 4] = [FIRMWARE, "thumbv6m-none-eabi", "thumbv8m.main-none-eabihf", RISC_V_TARGET];

/// Where a panic that only one optimisation level leaves is looked for in every run: with and without hardware for `f32` and division.
const FEW: [&str; 2] = [FIRMWARE, "thumbv6m-none-eabi"];

/// The real boards, whose firmware is only built, each with its target. See docs/boards.md.
pub const REAL: [(&str, &str); 3] = [("stm32f4", FIRMWARE), ("nrf52840", FIRMWARE), ("rp2040", "thumbv6m-none-eabi")];

/// Those whose crates take minutes to compile.
const LONG: [(&str, &str); 1] = [("esp32c3", "riscv32imc-unknown-none-elf")];

/// The real boards whose firmware is checked and built; all of them if `full`.
fn real_boards(full: bool) -> impl Iterator<Item = (&'static str, &'static str)> {
    REAL.into_iter().chain(LONG.into_iter().filter(move |_| full))
}

/// The folder of one of [`CRATES`].
pub fn folder(name: &str) -> PathBuf {
    root().join("awd-embedded/boards").join(name)
}

/// The folder where cargo puts a target's programs.
pub fn build_folder(target: &str) -> PathBuf {
    root().join("target/board").join(target).join("release")
}

/// Builds the firmware of the emulated boards and returns the ELF of the default board; the other ELFs are in the same folder.
/// A board whose target is missing is skipped, except the default board.
pub fn firmware() -> Outcome<PathBuf> {
    let copy = |board: &str| root().join(format!("target/board/awd-{board}"));
    for (board, folder, target) in EMULATED {
        match command(folder, "build", target) {
            Ok(mut build) => step(&format!("firmware of {board}"), &mut build)?,
            Err(why) if board != EMULATED[0].0 => {
                skipped(&format!("firmware of {board}"), &why);
                continue;
            }
            Err(why) => return Err(why),
        }
        let elf = build_folder(target).join(format!("awd-{folder}"));
        std::fs::copy(&elf, copy(board)).map_err(|why| format!("{}: {why}", elf.display()))?;
    }
    Ok(copy(EMULATED[0].0))
}

/// Builds firmware of the default board that takes only models signed with a key of the tests, and returns its ELF.
pub fn signed_firmware() -> Outcome<PathBuf> {
    let folder = root().join("target/board/signed");
    let key = folder.join("key.pub");
    let written = std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&key, TEST_KEY));
    written.map_err(|why| format!("{}: {why}", folder.display()))?;
    firmware_with("signed", |build| _ = build.env("AWD_PUBLIC_KEY", &key))
}

/// Builds firmware of the default board that serves in a task of Embassy's executor, and returns its ELF.
pub fn embassy_firmware() -> Outcome<PathBuf> {
    firmware_with("embassy", |_| ())
}

/// Builds firmware of the default board that erases its flash at most once in three seconds, and returns its ELF.
pub fn limited_firmware() -> Outcome<PathBuf> {
    firmware_with("limited", |build| _ = build.env("AWD_ERASE_INTERVAL", "3"))
}

/// Builds firmware of the default board with a feature, and returns its ELF, which is in a folder of this name.
fn firmware_with(feature: &str, set: impl FnOnce(&mut Command)) -> Outcome<PathBuf> {
    let (board, crate_folder, target) = EMULATED[0];
    let folder = root().join("target/board").join(feature);
    let elf = folder.join(format!("awd-{board}"));
    let mut build = command(crate_folder, "build", target)?;
    set(build.args(["--features", feature]));
    step(&format!("firmware of {board}, {feature}"), &mut build)?;
    let copied = std::fs::create_dir_all(&folder)
        .and_then(|()| std::fs::copy(build_folder(target).join(format!("awd-{crate_folder}")), &elf));
    copied.map_err(|why| format!("{}: {why}", folder.display()))?;
    Ok(elf)
}

/// Builds the program that scores maps and returns its ELF.
pub fn maps() -> Outcome<PathBuf> {
    step("maps", command("cost", "build", FIRMWARE)?.args(["--bin", "maps"]))?;
    Ok(build_folder(FIRMWARE).join("maps"))
}

/// Builds the program that prints the bits of scores for each emulated processor, and returns the folder of the ELFs. A processor
/// whose target is missing is skipped.
pub fn bits() -> Outcome<PathBuf> {
    let folder = root().join("target/board/bits");
    std::fs::create_dir_all(&folder).map_err(|why| format!("{}: {why}", folder.display()))?;
    for (toolchain, targets) in installed("score bits", &BITS) {
        let mut build = with_toolchain("bits", "build", &targets, toolchain);
        step(&format!("score bits on {}", targets.join(", ")), &mut build)?;
        for target in targets {
            std::fs::copy(build_folder(target).join("awd-bits"), folder.join(target))
                .map_err(|why| format!("{target}: {why}"))?;
        }
    }
    Ok(folder)
}

/// Builds the library for C, for the host and for the default board, and returns the folder of both.
pub fn c_library() -> Outcome<PathBuf> {
    let folder = root().join("awd-embedded/c");
    let target = root().join("target/c");
    let build = || {
        let mut build = cargo(&folder);
        build.args(["build", "--release", "--locked", "--target-dir"]).arg(&target);
        build
    };
    step("C library", &mut build())?;
    match toolchain::for_target(FIRMWARE) {
        Ok(toolchain) => {
            let mut build = build();
            build.args(["--target", FIRMWARE]).envs(toolchain.map(|toolchain| ("RUSTUP_TOOLCHAIN", toolchain)));
            step("C library for the board", &mut build)?;
        }
        Err(why) => skipped("C library for the board", &why),
    }
    Ok(target)
}

/// Links, at every optimisation level, the program that links only if nothing in it can panic: for every target if `full`, else for
/// every target at the level of the firmware and for two targets at the others.
pub fn no_panic(full: bool) -> Outcome<()> {
    for (level, targets) in [("s", &TARGETS[..]), ("z", &FEW), ("3", &FEW)] {
        for (toolchain, targets) in installed("no panic", if full { &TARGETS } else { targets }) {
            let name = format!("no panic at opt-level {level} on {}", targets.join(", "));
            let mut link = with_toolchain("no-panic", "build", &targets, toolchain);
            step(&name, link.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", level))?;
        }
    }
    Ok(())
}

/// The targets that are installed, by the toolchain that has them. One call of cargo builds them side by side. Those that are missing
/// are skipped.
fn installed<'a>(what: &str, targets: &[&'a str]) -> Vec<(Option<String>, Vec<&'a str>)> {
    let mut groups: Vec<(Option<String>, Vec<&str>)> = Vec::new();
    for target in targets {
        match toolchain::for_target(target) {
            Ok(toolchain) => match groups.iter_mut().find(|(of, _)| *of == toolchain) {
                Some((_, group)) => group.push(target),
                None => groups.push((toolchain, vec![target])),
            },
            Err(why) => skipped(&format!("{what} on {target}"), &why),
        }
    }
    groups
}

/// Runs clippy on the firmware of the boards and on their shared crates; without `full` not where that takes minutes. A crate
/// whose target is missing is skipped.
pub fn clippy(full: bool) -> Outcome<()> {
    let emulated = EMULATED.map(|(_, folder, target)| (folder, target, ""));
    let real = real_boards(full).map(|(folder, target)| (folder, target, ""));
    let others = [
        (EMULATED[0].1, EMULATED[0].2, "embassy"),
        ("parts", FIRMWARE, "async"),
        ("parts", RISC_V_TARGET, "async"),
        ("bits", FIRMWARE, ""),
    ];
    for (folder, target, features) in emulated.into_iter().chain(real).chain(others) {
        let name = format!("clippy of {folder} for {target}");
        match toolchain::has_clippy(target).and_then(|has| Ok((has, command(folder, "clippy", target)?))) {
            Ok((true, mut clippy)) => step(&name, clippy.args(["--features", features, "--", "-D", "warnings"]))?,
            Ok((false, _)) => skipped(&name, &format!("rustup target add {target}")),
            Err(why) => skipped(&name, &why),
        }
    }
    Ok(())
}

/// Builds awd-embedded for a core without atomic instructions. It is skipped if the target is missing.
pub fn without_atomics() -> Outcome<()> {
    let (name, target) = ("awd-embedded without atomic instructions", LONG[0].1);
    match toolchain::for_target(target) {
        Ok(toolchain) => {
            let mut build = cargo(&root());
            build.args(["build", "--release", "--locked", "--package", "awd-embedded", "--target", target]);
            build
                .args(["--features", "portable-atomic-critical-section", "--target-dir"])
                .arg(root().join("target/board"));
            step(name, build.envs(toolchain.map(|toolchain| ("RUSTUP_TOOLCHAIN", toolchain))))
        }
        Err(why) => {
            skipped(name, &why);
            Ok(())
        }
    }
}

/// Builds the firmware of the real boards, without `full` not where that takes minutes; nothing more can be tested without them.
/// A board whose target is missing is skipped.
pub fn real(full: bool) -> Outcome<()> {
    for (folder, target) in real_boards(full) {
        match command(folder, "build", target) {
            Ok(mut build) => step(&format!("firmware of {folder}"), &mut build)?,
            Err(why) => skipped(&format!("firmware of {folder}"), &why),
        }
    }
    Ok(())
}

/// Fails if an emulator still runs a program of this repository 5 s after the tests have ended. Without `/proc` it checks nothing.
pub fn no_emulator_runs() -> Outcome<()> {
    let deadline = Instant::now() + Duration::from_secs(5);
    loop {
        match running_emulators() {
            left if left.is_empty() => return Ok(()),
            left if Instant::now() > deadline => {
                return Err(format!("these emulators still run after the tests: {}", left.join("; ")));
            }
            _ => std::thread::sleep(Duration::from_millis(100)),
        }
    }
}

/// The command lines of emulators that run a program of this repository.
fn running_emulators() -> Vec<String> {
    let ours = root().join("target");
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let lines = processes.filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
    let lines = lines.map(|line| String::from_utf8_lossy(&line).replace('\0', " "));
    let emulates = |line: &String| [EMULATOR, RISC_V].iter().any(|program| line.starts_with(program));
    lines.filter(|line| emulates(line) && line.contains(&*ours.to_string_lossy())).collect()
}

/// `cargo build` or `cargo run` of one of [`CRATES`], with the toolchain that has the target.
pub fn command(name: &str, verb: &str, target: &str) -> Outcome<Command> {
    Ok(with_toolchain(name, verb, &[target], toolchain::for_target(target)?))
}

/// The same for several targets of one toolchain; `None` is the toolchain in use.
fn with_toolchain(name: &str, verb: &str, targets: &[&str], toolchain: Option<String>) -> Command {
    // Run in the crate's folder, so that cargo reads the configuration of the board.
    let mut command = cargo(&folder(name));
    command.args([verb, "--release", "--locked", "--target-dir"]).arg(root().join("target/board"));
    command.args(targets.iter().flat_map(|target| ["--target", target]));
    command.envs(toolchain.map(|name| ("RUSTUP_TOOLCHAIN", name)));
    command
}
