//! Runs commands and reports on them.

use crate::table::{self, Counter};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// The result of a task; an error is one line.
pub type Outcome<T> = Result<T, String>;

/// The project's root.
pub fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    root.canonicalize().unwrap_or(root)
}

/// Cargo in a folder, with the user's toolchain.
pub fn cargo(folder: &Path) -> Command {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(folder);
    // The cargo that runs xtask sets these variables; they may not fit the one that is started here.
    cargo.env_remove("CARGO").env_remove("RUSTC");
    cargo
}

/// Runs a command that must succeed, and prints how long it took.
pub fn step(name: &str, command: &mut Command) -> Outcome<()> {
    eprintln!("xtask: {name}");
    let started = Instant::now();
    let status = command.status().map_err(|why| format!("{name}: {why}"))?;
    let seconds = started.elapsed().as_secs_f64();
    eprintln!("xtask: {name}: {seconds:.0} s");
    table::step(name, status.success(), seconds);
    if status.success() { Ok(()) } else { Err(format!("{name} failed")) }
}

/// Runs `cargo test`, prints its output and counts its results.
pub fn tests(command: &mut Command) -> Outcome<()> {
    let failed = |why: std::io::Error| format!("tests: {why}");
    // One pipe for both streams keeps the order of the lines.
    let (reader, writer) = std::io::pipe().map_err(failed)?;
    command.stdout(writer.try_clone().map_err(failed)?).stderr(writer);
    let mut child = command.spawn().map_err(failed)?;
    // Drop the command's copies of the writing end; otherwise reading would never end.
    command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
    let mut counter = Counter::default();
    for line in BufReader::new(reader).split(b'\n') {
        let line = line.map_err(failed)?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        counter.line(&line);
    }
    counter.end();
    let status = child.wait().map_err(failed)?;
    if status.success() { Ok(()) } else { Err("tests failed".into()) }
}

/// Reports that something was skipped, now and in the final table. `why` states the reason and what would run it.
pub fn skipped(what: &str, why: &str) {
    eprintln!("xtask: SKIPPED, NOT PASSED: {what}: {why}");
    table::skipped(what, why);
}

/// The trimmed standard output of a command, if it succeeded.
pub fn output(command: &mut Command) -> Option<String> {
    let output = command.output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The standard output of a command in the project's root, or "unknown" if it failed.
pub fn output_or_unknown(program: &str, args: &[&str]) -> String {
    output(Command::new(program).current_dir(root()).args(args)).unwrap_or_else(|| "unknown".into())
}
