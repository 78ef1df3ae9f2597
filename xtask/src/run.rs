//! Commands, and what is told of them.

use crate::table::{self, Tester};
use std::io::{BufRead, BufReader};
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

/// Runs a command that must succeed, and tells how long it took.
pub fn step(name: &str, command: &mut Command) -> Outcome<()> {
    eprintln!("xtask: {name}");
    let started = Instant::now();
    let status = command.status().map_err(|why| format!("{name}: {why}"))?;
    let seconds = started.elapsed().as_secs_f64();
    eprintln!("xtask: {name}: {seconds:.0} s");
    table::step(name, status.success(), seconds);
    if status.success() { Ok(()) } else { Err(format!("{name} failed")) }
}

/// Runs `cargo test`, and counts what it prints.
pub fn tests(command: &mut Command) -> Outcome<()> {
    let failed = |why: std::io::Error| format!("tests: {why}");
    // One pipe for both, so that lines come in their order.
    let (reader, writer) = std::io::pipe().map_err(failed)?;
    command.stdout(writer.try_clone().map_err(failed)?).stderr(writer);
    let mut child = command.spawn().map_err(failed)?;
    // The command has the pipe's other end too, and the lines would not end.
    command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
    let mut tester = Tester::default();
    for line in BufReader::new(reader).split(b'\n') {
        let line = line.map_err(failed)?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        tester.line(&line);
    }
    tester.end();
    let status = child.wait().map_err(failed)?;
    if status.success() { Ok(()) } else { Err("tests failed".into()) }
}

/// Tells that something was skipped, now and in the table at the end; `why` says what would run it.
pub fn skipped(what: &str, why: &str) {
    eprintln!("xtask: SKIPPED, NOT PASSED: {what}: {why}");
    table::skipped(what, why);
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
