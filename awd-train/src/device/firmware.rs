//! Finds the firmware of the emulated boards.

use super::emulator::BOARDS;
use crate::suggest::did_you_mean;
use crate::{Error, Result, repository};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The environment variable with the path of the default board's firmware, if that is already built. The firmware of
/// the other boards is expected in the same folder.
pub const VARIABLE: &str = "AWD_FIRMWARE";

/// The names of the emulated boards, the default one first.
pub fn boards() -> impl Iterator<Item = &'static str> {
    BOARDS.into_iter().map(|(board, _)| board)
}

/// Returns the firmware of an emulated board, for [`super::Device::qemu`]: the file that [`VARIABLE`] names; without
/// it, the file beside this program that is named `awd-` and the board; or else what `cargo xtask firmware` builds in
/// the clone that the program is run from ([`repository::root`]), which takes a minute the first time.
///
/// # Errors
/// There is no such board; the variable does not name a file; or there is no firmware and it cannot be built.
pub fn locate(board: &str) -> Result<PathBuf> {
    if !boards().any(|known| known == board) {
        let known: Vec<&str> = boards().collect();
        let meant = did_you_mean(board, &known);
        return Err(Error::input("qemu", "board", format_args!("one of {}; this is {board}{meant}", known.join(", "))));
    }
    if let Some(path) = std::env::var_os(VARIABLE) {
        let path = PathBuf::from(path);
        let place = format!("{VARIABLE}={}", path.display());
        return existing(&path, board).ok_or_else(|| {
            Error::input(
                place,
                "firmware",
                format_args!("there is no file for {board}; `cargo xtask firmware` builds one and prints its path"),
            )
        });
    }
    if let Some(path) = beside_program(board) {
        return Ok(path);
    }
    let Some(root) = repository::root() else {
        let next = format_args!(
            "none was found: `cargo xtask firmware` in the sources builds it and prints its path; set {VARIABLE} to that path, or put \
             awd-{board} next to this program"
        );
        return Err(Error::failed("firmware", next));
    };
    let failed = |why: &str| {
        Error::failed("firmware", format!("`cargo xtask firmware`: {why}; set {VARIABLE} to the path of a built one"))
    };
    let output = Command::new("cargo")
        .args(["xtask", "firmware"])
        .current_dir(root)
        .output()
        .map_err(|error| failed(&error.to_string()))?;
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        return Err(failed(errors.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it printed nothing")));
    }
    let stdout = String::from_utf8_lossy(&output.stdout);
    let last = stdout.lines().last().unwrap_or_default();
    existing(Path::new(last), board).ok_or_else(|| failed("its last line is not the path of a file"))
}

/// The default board's firmware, if it exists already.
#[must_use]
pub fn built() -> Option<PathBuf> {
    let board = BOARDS[0].0;
    if let Some(named) = std::env::var_os(VARIABLE) {
        return existing(Path::new(&named), board);
    }
    let in_clone = || existing(&repository::root()?.join(format!("target/board/awd-{board}")), board);
    beside_program(board).or_else(in_clone)
}

/// The firmware of a board in the folder of this program.
fn beside_program(board: &str) -> Option<PathBuf> {
    let path = std::env::current_exe().ok()?.with_file_name(format!("awd-{board}"));
    path.is_file().then_some(path)
}

/// The firmware of a board: the default board's file, or a file beside it.
fn existing(usual: &Path, board: &str) -> Option<PathBuf> {
    let path = if board == BOARDS[0].0 { usual.to_owned() } else { usual.with_file_name(format!("awd-{board}")) };
    path.is_file().then_some(path)
}
