//! Where the emulated board's firmware is.

use crate::{Error, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The environment variable that names a firmware that is built already.
pub const VARIABLE: &str = "AWD_FIRMWARE";

/// The firmware for [`super::Device::qemu`]: what [`VARIABLE`] names, or else what the source repository builds with
/// `cargo xtask firmware` (some tens of seconds the first time).
///
/// # Errors
/// The variable names no file; or there is no source repository, or it does not build there.
pub fn locate() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os(VARIABLE) {
        let path = PathBuf::from(path);
        let place = format!("{VARIABLE}={}", path.display());
        return existing(path).ok_or_else(|| Error::input(place, "firmware", "no such file"));
    }
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let failed = |why: &str| {
        Error::failed("firmware", format!("`cargo xtask firmware`: {why}; {VARIABLE} may name one that is built"))
    };
    let output = Command::new("cargo")
        .args(["xtask", "firmware"])
        .current_dir(repository)
        .output()
        .map_err(|error| failed(&error.to_string()))?;
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        return Err(failed(errors.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it said nothing")));
    }
    let said = String::from_utf8_lossy(&output.stdout);
    let last = said.lines().last().unwrap_or_default();
    existing(PathBuf::from(last)).ok_or_else(|| failed("its last line names no file"))
}

fn existing(path: PathBuf) -> Option<PathBuf> {
    path.is_file().then_some(path)
}
