//! The program `awd`.

use serde_json::Value;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// The path of the program.
pub const AWD: &str = env!("CARGO_BIN_EXE_awd");

/// A command that runs `awd` in a folder with these arguments, separated by white space.
pub fn command(folder: &Path, words: &str) -> Command {
    let mut command = Command::new(AWD);
    command.current_dir(folder).args(words.split_whitespace());
    command
}

/// Runs `awd` in a folder with these arguments, separated by white space.
pub fn awd(folder: &Path, words: &str) -> Output {
    command(folder, words).output().unwrap()
}

/// Runs `awd` with `input` on its standard input.
pub fn awd_with_input(folder: &Path, words: &str, input: &str) -> Output {
    let mut command = command(folder, words);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

/// The standard output of a command line, which must have succeeded.
pub fn succeeded(output: Output, line: &str) -> String {
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Runs `awd`, which must succeed, and returns what it prints.
pub fn stdout(folder: &Path, words: &str) -> String {
    succeeded(awd(folder, words), &format!("awd {words}"))
}

/// Runs `awd`, which must succeed, and parses the JSON that it prints.
pub fn json(folder: &Path, words: &str) -> Value {
    serde_json::from_str(&stdout(folder, words)).unwrap()
}
