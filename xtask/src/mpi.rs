//! The program with MPI, for the tests that run ranks on this machine.

use crate::run::{Outcome, cargo, root, step};
use std::path::PathBuf;

/// Cargo's arguments for the package with MPI.
const WITH_MPI: [&str; 4] = ["--package", "awd-train", "--features", "mpi"];

/// Builds the program and returns its path.
pub fn program() -> Outcome<PathBuf> {
    step("program with MPI", cargo(&root()).args(["build", "--release", "--locked"]).args(WITH_MPI))?;
    // Keep a copy, because the tests build the program without MPI at the same path.
    let (built, kept) = (root().join("target/release/awd"), root().join("target/mpi/awd"));
    let copied = std::fs::create_dir_all(root().join("target/mpi")).and_then(|()| std::fs::copy(&built, &kept));
    copied.map_err(|why| format!("{}: {why}", kept.display()))?;
    Ok(kept)
}
