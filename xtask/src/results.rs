//! docs/results.md: the tables of `awd evaluate`, as they come out.

use crate::run::{Outcome, cargo, output, root, said, step};
use std::fmt::Write;
use std::path::Path;
use std::process::Command;

/// Where the sets are from the root, the teacher, and what is to be said of them.
///
/// The numbers are the seeds of teacher, folds and search.
const SETS: [(&str, &str, &[u64], &str); 3] = [
    ("data/ecg5000.npz", "cnn", &[1, 2, 3], "Heartbeats, five classes."),
    (
        "../shared/data/cme_yeast.npz",
        "lstm",
        &[1],
        "Endocytosis tracks of budding yeast; held-out movies; the actin peak.",
    ),
    ("../shared/data/cme_synthetic.npz", "lstm", &[1], "Made-up tracks of the published set's shape."),
];

/// Runs every set with every seed and writes the page.
pub fn write() -> Outcome<()> {
    step("build", cargo(&root()).args(["build", "--release", "--locked", "--package", "awd-train"]))?;
    let mut page = format!(
        "# Results\n\nMade by `cargo xtask results`: `awd teach`, `distil` without options, `evaluate`, for each set and \
         seed. The\ntest split is read by `evaluate` alone. A set that is not in the repository is left out where it is \
         missing.\n\nCommit {}, {}, {}.\n",
        said("git", &["rev-parse", "--short", "HEAD"]),
        said("rustc", &["--version"]),
        said("uname", &["-sm"]),
    );
    for (set, arch, seeds, what) in SETS {
        if !root().join(set).is_file() {
            eprintln!("xtask: {set} is not on this machine; left out");
            continue;
        }
        let name = Path::new(set).file_stem().unwrap_or_default().to_string_lossy();
        let _ = writeln!(page, "\n## {name}\n{what} Teacher: {arch}.");
        for &seed in seeds {
            let _ = write!(page, "\nSeed {seed}:\n```\n{}```\n", whole_way(set, arch, seed)?);
        }
    }
    std::fs::write(root().join("docs/results.md"), page).map_err(|why| format!("docs/results.md: {why}"))
}

/// What `distil` and `evaluate` print.
fn whole_way(set: &str, arch: &str, seed: u64) -> Outcome<String> {
    let folder = root().join("target/results");
    std::fs::create_dir_all(&folder).map_err(|why| format!("{}: {why}", folder.display()))?;
    let data = root().join(set).display().to_string();
    let seed = seed.to_string();
    let awd = |words: &[&str]| {
        let words = [words, &["--quiet", "--seed", &seed]].concat();
        let awd = root().join("target/release/awd");
        output(Command::new(awd).current_dir(&folder).args(&words))
            .ok_or_else(|| format!("awd {} failed", words.join(" ")))
    };
    awd(&["teach", &data, "--arch", arch, "--out", "teacher"])?;
    let distilled = awd(&["distil", &data, "--teacher", "teacher", "--out", "model.awd"])?;
    let table = awd(&["evaluate", "model.awd", &data, "--teacher", "teacher"])?;
    Ok(format!("{}\n{table}\n", distilled.trim_start_matches("model.awd: ")))
}
