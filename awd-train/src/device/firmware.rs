//! Where the emulated boards' firmware is.

use super::emulator::BOARDS;
use crate::suggest::did_you_mean;
use crate::{Error, Result, repository};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The environment variable that names the usual board's firmware where that is built already. Those of the others lie
/// beside it.
pub const VARIABLE: &str = "AWD_FIRMWARE";

/// The names of the emulated boards, the usual one first.
pub fn boards() -> impl Iterator<Item = &'static str> {
    BOARDS.into_iter().map(|(board, _)| board)
}

/// The firmware of an emulated board for [`super::Device::qemu`]: what lies where [`VARIABLE`] says; or else beside this program, as
/// `awd-` and the board's name; or else what the clone that the program is run from ([`repository::root`]) builds with
/// `cargo xtask firmware` (a minute the first time).
///
/// # Errors
/// There is no such board; the variable names no file; or there is none at either of the other places, or it does not build there.
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
                format_args!("no file for {board}; `cargo xtask firmware` builds one and says its place"),
            )
        });
    }
    if let Some(path) = beside_program(board) {
        return Ok(path);
    }
    let Some(root) = repository::root() else {
        let next = format_args!(
            "none is here: `cargo xtask firmware` in the sources builds it and says its place, which {VARIABLE} may name; or awd-{board} \
             lies beside this program"
        );
        return Err(Error::failed("firmware", next));
    };
    let failed = |why: &str| {
        Error::failed("firmware", format!("`cargo xtask firmware`: {why}; {VARIABLE} may name one that is built"))
    };
    let output = Command::new("cargo")
        .args(["xtask", "firmware"])
        .current_dir(root)
        .output()
        .map_err(|error| failed(&error.to_string()))?;
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        return Err(failed(errors.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it said nothing")));
    }
    let said = String::from_utf8_lossy(&output.stdout);
    let last = said.lines().last().unwrap_or_default();
    existing(Path::new(last), board).ok_or_else(|| failed("its last line names no file"))
}

/// The usual board's firmware, if it is there without being built.
#[must_use]
pub fn built() -> Option<PathBuf> {
    let board = BOARDS[0].0;
    if let Some(named) = std::env::var_os(VARIABLE) {
        return existing(Path::new(&named), board);
    }
    let in_clone = || existing(&repository::root()?.join(format!("target/board/awd-{board}")), board);
    beside_program(board).or_else(in_clone)
}

/// The firmware of a board that lies in the folder of this program.
fn beside_program(board: &str) -> Option<PathBuf> {
    let path = std::env::current_exe().ok()?.with_file_name(format!("awd-{board}"));
    path.is_file().then_some(path)
}

/// The file of a board, which is the usual one's or lies beside it.
fn existing(usual: &Path, board: &str) -> Option<PathBuf> {
    let path = if board == BOARDS[0].0 { usual.to_owned() } else { usual.with_file_name(format!("awd-{board}")) };
    path.is_file().then_some(path)
}
