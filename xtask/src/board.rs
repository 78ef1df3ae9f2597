//! What is built for boards: the emulated board's firmware, the programs that measure, and the one that proves.

use crate::run::{Outcome, cargo, output, root, step};
use crate::toolchain::{self, FIRMWARE, TARGETS};
use std::path::PathBuf;
use std::process::Command;

const EMULATOR: &str = "qemu-system-arm";
const BOARD: &str = "mps2-an386";

/// Folders of `awd-embedded/boards`, each a workspace of its own.
pub const CRATES: [&str; 3] = [BOARD, "cost", "no-panic"];

/// The folder of one of [`CRATES`].
pub fn folder(name: &str) -> PathBuf {
    root().join("awd-embedded/boards").join(name)
}

/// Where cargo puts a target's programs.
pub fn built(target: &str) -> PathBuf {
    root().join("target/board").join(target).join("release")
}

/// Installs targets and emulator where they are missing. What cannot be installed is one line that says how to.
pub fn setup() -> Outcome<()> {
    let missing: Vec<String> = [toolchain::install(), emulator()].into_iter().filter_map(Result::err).collect();
    if missing.is_empty() { Ok(()) } else { Err(missing.join("; ")) }
}

/// Builds the firmware and gives its ELF.
pub fn firmware() -> Outcome<PathBuf> {
    step("firmware", &mut command(BOARD, "build", FIRMWARE)?)?;
    Ok(built(FIRMWARE).join(format!("awd-{BOARD}")))
}

/// Builds the program that scores maps and gives its ELF.
pub fn maps() -> Outcome<PathBuf> {
    step("maps", command("cost", "build", FIRMWARE)?.args(["--bin", "maps"]))?;
    Ok(built(FIRMWARE).join("maps"))
}

/// Links the program that only links if awd-core cannot panic, for every target that there is.
pub fn no_panic() -> Outcome<()> {
    for target in TARGETS {
        match command("no-panic", "build", target) {
            Ok(mut link) => step(&format!("no panic on {target}"), &mut link)?,
            Err(why) => eprintln!("xtask: whether awd-core can panic there is not tested: {why}"),
        }
    }
    Ok(())
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
