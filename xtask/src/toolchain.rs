//! The compiler's targets that the boards need, and the toolchain that has each.

use crate::run::{Outcome, output, root, step};
use std::path::Path;
use std::process::Command;

/// The target of the emulated board.
pub const FIRMWARE: &str = "thumbv7em-none-eabihf";

/// Every target that awd-core is linked for.
pub const TARGETS: [&str; 5] =
    ["thumbv6m-none-eabi", "thumbv7m-none-eabi", FIRMWARE, "thumbv8m.main-none-eabihf", "riscv32imac-unknown-none-elf"];

/// The toolchain that has the target, `None` for the one in use.
pub fn of(target: &str) -> Outcome<Option<String>> {
    let has = |sysroot: &str| Path::new(sysroot).join("lib/rustlib").join(target).join("lib").is_dir();
    let in_use = output(Command::new("rustc").args(["--print", "sysroot"]));
    if in_use.is_some_and(|sysroot| has(&sysroot)) {
        return Ok(None);
    }
    // Where rustup could not download: a distribution's compiler with the target built from its library sources.
    let debian = output(Command::new("rustup").args(["run", "debian", "rustc", "--print", "sysroot"]));
    if debian.is_some_and(|sysroot| has(&sysroot)) {
        return Ok(Some("debian".into()));
    }
    Err(format!("{target} is not installed: rustup target add {target}"))
}

/// Installs what is missing. What cannot be installed is one line that says how to.
pub fn install() -> Outcome<()> {
    let missing = || TARGETS.into_iter().filter(|target| of(target).is_err());
    if missing().next().is_some() {
        let added = output(Command::new("rustup").args(["target", "add"]).args(missing()));
        let script = root().join("../shared/toolchain/setup-targets.sh");
        if added.is_none() && script.is_file() {
            step("targets without rustup", Command::new("bash").arg(script).args(missing()))?;
        }
    }
    let missing: Vec<&str> = missing().collect();
    let names = missing.join(" ");
    if missing.is_empty() { Ok(()) } else { Err(format!("not installed: rustup target add {names}")) }
}
