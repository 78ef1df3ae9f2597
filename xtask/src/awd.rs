//! Runs the program `awd` for the pages of results.

use crate::run::{Outcome, cargo, output, output_or_unknown, root, step};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The program with a seed, in a folder for temporary files.
pub struct Awd {
    folder: PathBuf,
    seed: String,
}

impl Awd {
    /// `awd` with this seed. [`Awd::build`] has to build it first.
    pub fn new(seed: u64) -> Outcome<Self> {
        let folder = root().join("target/results");
        std::fs::create_dir_all(&folder).map_err(|why| format!("{}: {why}", folder.display()))?;
        Ok(Self { folder, seed: seed.to_string() })
    }

    /// Builds the program.
    pub fn build() -> Outcome<()> {
        step("build", cargo(&root()).args(["build", "--release", "--locked", "--package", "awd-train"]))
    }

    /// The path of a file in the folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Runs the program and returns its output.
    pub fn run(&self, args: &[&str]) -> Outcome<String> {
        let args = [args, &["--quiet", "--seed", &self.seed]].concat();
        let awd = root().join("target/release/awd");
        output(Command::new(awd).current_dir(&self.folder).args(&args))
            .ok_or_else(|| format!("awd {} failed", args.join(" ")))
    }
}

/// The name and the absolute path of a set, from its path relative to the root. Prints a message and returns `None` if it is missing.
pub fn data(set: &str) -> Option<(String, String)> {
    let path = root().join(set);
    if !path.is_file() {
        eprintln!("xtask: {set} is missing on this machine; skipped");
        return None;
    }
    let name = Path::new(set).file_stem().unwrap_or_default().to_string_lossy();
    Some((name.into_owned(), path.display().to_string()))
}

/// Commit, compiler and machine, for the pages.
pub fn commit() -> String {
    let commit = output_or_unknown("git", &["rev-parse", "--short", "HEAD"]);
    let (rustc, machine) = (output_or_unknown("rustc", &["--version"]), output_or_unknown("uname", &["-sm"]));
    format!("Commit {commit}, {rustc}, {machine}")
}
