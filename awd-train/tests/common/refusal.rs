//! What `awd` refuses: bad arguments and bad input.

use super::program::awd;
use std::path::Path;
use std::process::Output;

/// Asserts that `awd` has refused these arguments: exit code 2, and one line on stderr that contains all parts. Returns
/// the line.
pub fn assert_refused(output: &Output, words: &str, parts: &[&str]) -> String {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "awd {words}: {} {stderr}", output.status);
    assert_eq!(stderr.lines().count(), 1, "awd {words}: {stderr}");
    assert!(parts.iter().all(|part| stderr.contains(part)), "awd {words}: {stderr}");
    stderr.trim_end().to_owned()
}

/// Runs `awd` and asserts that it refuses these arguments in one line that contains all parts, prints nothing else and
/// writes no file. Returns the line.
pub fn refused(folder: &Path, words: &str, parts: &[&str]) -> String {
    let files = || std::fs::read_dir(folder).unwrap().count();
    let before = files();
    let output = awd(folder, words);
    let why = assert_refused(&output, words, parts);
    assert!(output.stdout.is_empty(), "awd {words}");
    assert_eq!(files(), before, "awd {words} left a file");
    why
}
