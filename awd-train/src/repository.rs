//! The clone of the repository from which this program is run.

use std::path::{Path, PathBuf};

/// Files that only a clone has.
const FILES: [&str; 3] = ["Cargo.toml", "xtask/Cargo.toml", "awd-embedded/boards/mps2/Cargo.toml"];

/// Returns the root of the clone for which `cargo run` runs this program, or in which the program lies, as
/// `target/release/awd` does.
///
/// Code in the clone is built and run. So two folders do not count: the one in which the program was once built, which
/// on another machine may belong to anybody, and the current folder.
#[must_use]
pub fn root() -> Option<PathBuf> {
    let of_cargo = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let of_program = std::env::current_exe().ok();
    let is_root = |folder: &&Path| FILES.iter().all(|file| folder.join(file).is_file());
    let root = |path: PathBuf| path.ancestors().skip(1).find(is_root).map(Path::to_owned);
    [of_cargo, of_program].into_iter().flatten().find_map(root)
}
