//! The compiler targets for boards, and the toolchain that has each.

use crate::run::{Outcome, output, root, step};
use std::fs;
use std::process::{Command, Stdio};

/// The target of the emulated board.
pub const FIRMWARE: &str = "thumbv7em-none-eabihf";

/// Every target that awd-core is linked for.
pub const TARGETS: [&str; 6] = [
    "thumbv6m-none-eabi",
    "thumbv7m-none-eabi",
    FIRMWARE,
    "thumbv8m.main-none-eabihf",
    "riscv32imac-unknown-none-elf",
    "riscv32imc-unknown-none-elf",
];

/// The toolchain that has the target; `None` for the one in use.
pub fn for_target(target: &str) -> Outcome<Option<String>> {
    if builds(Command::new("rustc").arg("--target").arg(target)) {
        return Ok(None);
    }
    // If rustup could not download: a distribution's compiler, with the target built from its library sources.
    if builds(Command::new("rustup").args(["run", "debian", "rustc", "--target"]).arg(target)) {
        return Ok(Some("debian".into()));
    }
    Err(format!("{target} is not installed: rustup target add {target}"))
}

/// Whether this compiler builds a library without `std`.
fn builds(rustc: &mut Command) -> bool {
    let folder = root().join("target/needs");
    let source = folder.join("target.rs");
    let written = fs::create_dir_all(&folder).and_then(|()| fs::write(&source, "#![no_std]\n"));
    rustc.env_remove("RUSTUP_TOOLCHAIN").args(["--crate-type", "rlib", "--edition", "2024", "--out-dir"]).arg(&folder);
    written.is_ok() && output(rustc.arg(source)).is_some()
}

/// Attempts per download: a registry that fails once usually answers the next time.
const ATTEMPTS: usize = 3;

/// Installs those of these targets that are missing.
///
/// # Errors
/// One line with the command for the targets that could not be installed.
pub fn install(targets: &[&str]) -> Outcome<()> {
    let missing = || targets.iter().copied().filter(|target| for_target(target).is_err());
    // One at a time, because rustup stops at the first target of a list that it cannot download.
    for target in missing() {
        (0..ATTEMPTS).any(|_| output(Command::new("rustup").args(["target", "add", target])).is_some());
    }
    let script = root().join("../shared/toolchain/setup-targets.sh");
    if missing().next().is_some() && script.is_file() {
        step("install targets without rustup", Command::new("bash").arg(script).args(missing()))?;
    }
    let missing: Vec<&str> = missing().collect();
    let names = missing.join(" ");
    if missing.is_empty() { Ok(()) } else { Err(format!("missing targets: rustup target add {names}")) }
}

/// Whether the toolchain that has the target also has clippy. A distribution's compiler has none.
pub fn has_clippy(target: &str) -> Outcome<bool> {
    let mut clippy = Command::new("cargo");
    clippy
        .args(["clippy", "--version"])
        .stderr(Stdio::null())
        .envs(for_target(target)?.map(|name| ("RUSTUP_TOOLCHAIN", name)));
    Ok(output(&mut clippy).is_some())
}
