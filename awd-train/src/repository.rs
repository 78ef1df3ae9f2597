//! The clone of the sources that this program is run from.

use std::path::{Path, PathBuf};

/// Files that only a clone has.
const FILES: [&str; 3] = ["Cargo.toml", "xtask/Cargo.toml", "awd-embedded/boards/mps2/Cargo.toml"];

/// The root of the clone that `cargo run` runs this program for, or that the program lies in, as `target/release/awd` does.
///
/// What is found in a clone is built and run. So neither the folder in which the program was once built counts, which on another
/// machine may be anybody's, nor the one in which its user happens to stand.
#[must_use]
pub fn root() -> Option<PathBuf> {
    let of_cargo = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let of_program = std::env::current_exe().ok();
    let is_root = |folder: &&Path| FILES.iter().all(|file| folder.join(file).is_file());
    let root = |path: PathBuf| path.ancestors().skip(1).find(is_root).map(Path::to_owned);
    [of_cargo, of_program].into_iter().flatten().find_map(root)
}
