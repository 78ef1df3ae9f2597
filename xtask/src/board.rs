//! The emulated board: its compiler's target, its emulator, its firmware.

use crate::run::{Outcome, cargo, output, root, step};
use std::path::{Path, PathBuf};
use std::process::Command;

const TARGET: &str = "thumbv7em-none-eabihf";
const EMULATOR: &str = "qemu-system-arm";
const BOARD: &str = "mps2-an386";

/// The board's own workspace.
pub fn folder() -> PathBuf {
    root().join("awd-embedded/boards").join(BOARD)
}

/// Installs target and emulator where they are missing. What cannot be installed is one line that says how to.
pub fn setup() -> Outcome<()> {
    let missing: Vec<String> = [target(true).map(|_| ()), emulator()].into_iter().filter_map(Result::err).collect();
    if missing.is_empty() { Ok(()) } else { Err(missing.join("; ")) }
}

/// Builds the firmware and gives its ELF.
pub fn firmware() -> Outcome<PathBuf> {
    let toolchain = target(false)?;
    let into = root().join("target/board");
    let mut build = cargo(&folder());
    // In the board's folder, so that cargo reads the board's own configuration.
    build.args(["build", "--release", "--locked", "--target", TARGET, "--target-dir"]).arg(&into);
    if let Some(toolchain) = toolchain {
        build.env("RUSTUP_TOOLCHAIN", toolchain);
    }
    step("firmware", &mut build)?;
    Ok(into.join(TARGET).join("release").join(format!("awd-{BOARD}")))
}

/// The toolchain that has the target, `None` for the one in use.
fn target(install: bool) -> Outcome<Option<String>> {
    let has = |sysroot: &str| Path::new(sysroot).join("lib/rustlib").join(TARGET).join("lib").is_dir();
    let in_use = output(Command::new("rustc").args(["--print", "sysroot"]));
    if in_use.is_some_and(|sysroot| has(&sysroot)) {
        return Ok(None);
    }
    // Where rustup could not download: a distribution's compiler with the target built from its library sources.
    let debian = || output(Command::new("rustup").args(["run", "debian", "rustc", "--print", "sysroot"]));
    if debian().is_some_and(|sysroot| has(&sysroot)) {
        return Ok(Some("debian".into()));
    }
    let script = root().join("../shared/toolchain/setup-targets.sh");
    if install && output(Command::new("rustup").args(["target", "add", TARGET])).is_some() {
        return Ok(None);
    }
    if install && script.is_file() {
        step("target without rustup", Command::new("bash").arg(script).arg(TARGET))?;
        return target(false);
    }
    Err(format!("{TARGET} is not installed: rustup target add {TARGET}"))
}

/// Installs the emulator through apt where it is missing and that may be.
fn emulator() -> Outcome<()> {
    if output(Command::new(EMULATOR).arg("--version")).is_some() {
        return Ok(());
    }
    let apt =
        |words: &[&str]| step("emulator", Command::new("apt-get").env("DEBIAN_FRONTEND", "noninteractive").args(words));
    let installed =
        apt(&["update", "-qq"]).and_then(|()| apt(&["install", "-y", "-qq", "--no-install-recommends", EMULATOR]));
    installed.map_err(|_| format!("{EMULATOR} is not installed: sudo apt-get install {EMULATOR}"))
}
