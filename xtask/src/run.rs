//! Commands, and what is said of them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// What a chore comes to; an error is one line.
pub type Outcome<T> = Result<T, String>;

/// The project's root.
pub fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    root.canonicalize().unwrap_or(root)
}

/// Cargo in a folder, of the toolchain that the user chose.
pub fn cargo(folder: &Path) -> Command {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(folder);
    // What cargo tells the programs that it runs is not meant for another cargo.
    cargo.env_remove("CARGO").env_remove("RUSTC");
    cargo
}

/// Runs a command that must succeed, and says how long it took.
pub fn step(name: &str, command: &mut Command) -> Outcome<()> {
    eprintln!("xtask: {name}");
    let started = Instant::now();
    let status = command.status().map_err(|why| format!("{name}: {why}"))?;
    eprintln!("xtask: {name}: {:.0} s", started.elapsed().as_secs_f64());
    if status.success() { Ok(()) } else { Err(format!("{name} failed")) }
}

/// What a command printed, if it succeeded.
pub fn output(command: &mut Command) -> Option<String> {
    let output = command.output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// What a command prints in the project's root, for a page that says how it was made.
pub fn said(program: &str, words: &[&str]) -> String {
    output(Command::new(program).current_dir(root()).args(words)).unwrap_or_else(|| "unknown".into())
}
