//! The program with MPI, for the tests that run ranks on this machine.

use crate::run::{Outcome, cargo, root, step};
use std::path::PathBuf;

/// Its features.
const WITH_MPI: [&str; 4] = ["--package", "awd-train", "--features", "mpi"];

/// Looks through what is built with it alone, and builds the program.
pub fn program() -> Outcome<PathBuf> {
    let mut clippy = cargo(&root());
    clippy.args(["clippy", "--release", "--locked", "--all-targets"]).args(WITH_MPI).args(["--", "-D", "warnings"]);
    step("clippy with MPI", &mut clippy)?;
    step("program with MPI", cargo(&root()).args(["build", "--release", "--locked"]).args(WITH_MPI))?;
    // The tests build another in its place.
    let (built, kept) = (root().join("target/release/awd"), root().join("target/mpi/awd"));
    let copied = std::fs::create_dir_all(root().join("target/mpi")).and_then(|()| std::fs::copy(&built, &kept));
    copied.map_err(|why| format!("{}: {why}", kept.display()))?;
    Ok(kept)
}
