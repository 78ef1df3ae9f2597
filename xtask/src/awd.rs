//! The program `awd`, as the pages about its results run it.

use crate::run::{Outcome, cargo, output, root, said, step};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The program in a folder for files that nobody keeps, with a seed.
pub struct Awd {
    folder: PathBuf,
    seed: String,
}

impl Awd {
    /// `awd` with this seed, built by [`Awd::build`].
    pub fn new(seed: u64) -> Outcome<Self> {
        let folder = root().join("target/results");
        std::fs::create_dir_all(&folder).map_err(|why| format!("{}: {why}", folder.display()))?;
        Ok(Self { folder, seed: seed.to_string() })
    }

    /// Builds the program.
    pub fn build() -> Outcome<()> {
        step("build", cargo(&root()).args(["build", "--release", "--locked", "--package", "awd-train"]))
    }

    /// The place of one of the folder's files.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// What it prints.
    pub fn run(&self, words: &[&str]) -> Outcome<String> {
        let words = [words, &["--quiet", "--seed", &self.seed]].concat();
        let awd = root().join("target/release/awd");
        output(Command::new(awd).current_dir(&self.folder).args(&words))
            .ok_or_else(|| format!("awd {} failed", words.join(" ")))
    }
}

/// A set's name and its place, by that from the root; nothing, and a word about it, where it is missing.
pub fn data(set: &str) -> Option<(String, String)> {
    let path = root().join(set);
    if !path.is_file() {
        eprintln!("xtask: {set} is not on this machine; left out");
        return None;
    }
    let name = Path::new(set).file_stem().unwrap_or_default().to_string_lossy();
    Some((name.into_owned(), path.display().to_string()))
}

/// Commit, compiler and machine.
pub fn commit() -> String {
    let commit = said("git", &["rev-parse", "--short", "HEAD"]);
    format!("Commit {commit}, {}, {}", said("rustc", &["--version"]), said("uname", &["-sm"]))
}
