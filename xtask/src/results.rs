//! docs/results.md: the tables of `awd evaluate`, as they come out.

use crate::awd::{Awd, commit, data};
use crate::run::{Outcome, root};
use std::fmt::Write;

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
    Awd::build()?;
    let mut page = format!(
        "# Results\n\nMade by `cargo xtask results`: `awd teach`, `distil` without options, `evaluate`, for each set and \
         seed. The\ntest split is read by `evaluate` alone. A set that is not in the repository is left out where it is \
         missing.\n\n{}.\n",
        commit()
    );
    for (set, arch, seeds, what) in SETS {
        let Some((name, path)) = data(set) else { continue };
        let _ = writeln!(page, "\n## {name}\n{what} Teacher: {arch}.");
        for &seed in seeds {
            let _ = write!(page, "\nSeed {seed}:\n```\n{}```\n", whole_way(&path, arch, seed)?);
        }
    }
    std::fs::write(root().join("docs/results.md"), page).map_err(|why| format!("docs/results.md: {why}"))
}

/// What `distil` and `evaluate` print.
fn whole_way(data: &str, arch: &str, seed: u64) -> Outcome<String> {
    let awd = Awd::new(seed)?;
    awd.run(&["teach", data, "--arch", arch, "--out", "teacher"])?;
    let distilled = awd.run(&["distil", data, "--teacher", "teacher", "--out", "model.awd"])?;
    let table = awd.run(&["evaluate", "model.awd", data, "--teacher", "teacher"])?;
    Ok(format!("{}\n{table}\n", distilled.trim_start_matches("model.awd: ")))
}
