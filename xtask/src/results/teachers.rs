//! The section of docs/results.md about teachers for sets of the UCR archive: the architecture with the best validation score, its test
//! score, and that of the model distilled from it.

use super::page::{TEACHERS, put};
use super::sets::{Set, archive};
use crate::awd::{Awd, commit};
use crate::run::Outcome;
use serde_json::Value;
use std::fmt::Write;
use std::time::Instant;

/// The seed of folds, networks and search.
const SEED: u64 = 1;

/// A set and its results.
struct Row {
    set: Set,
    /// The architecture of the teacher.
    arch: String,
    teacher: f64,
    awd: f64,
    /// The fraction of test windows for which both predict the same class.
    agreement: f64,
    /// The training time of all architectures.
    seconds: f64,
}

/// Makes the section and writes it into its page.
pub fn write() -> Outcome<()> {
    Awd::build()?;
    let rows = archive()?.into_iter().map(row).collect::<Outcome<Vec<Row>>>()?;
    put(TEACHERS, &section(rows))
}

/// Trains a teacher for a set, distils and evaluates.
fn row(set: Set) -> Outcome<Row> {
    let awd = Awd::new(SEED)?;
    let json = |args: &[&str]| -> Outcome<Value> {
        let printed = awd.run(&[args, &["--json"]].concat())?;
        serde_json::from_str(&printed).map_err(|why| format!("awd {}: {why}", args.join(" ")))
    };
    let started = Instant::now();
    let taught = json(&["teach", &set.path, "--out", "teacher"])?;
    let seconds = started.elapsed().as_secs_f64();
    awd.run(&["distil", &set.path, "--teacher", "teacher", "--out", "archive.awd"])?;
    let table = json(&["evaluate", "archive.awd", &set.path, "--teacher", "teacher"])?;
    let score = |model: &str| {
        let mut rows = table["rows"].as_array().into_iter().flatten();
        rows.find(|row| row["model"] == model).and_then(|row| row["score"].as_f64()).unwrap_or(f64::NAN)
    };
    let arch = taught["arch"].as_str().unwrap_or("?").to_owned();
    let agreement = table["fidelity"]["agreement"].as_f64().unwrap_or(f64::NAN);
    let (teacher, model) = (score("teacher"), score("awd"));
    eprintln!("xtask: {}: {arch} {teacher:.4}, awd {model:.4}, agreement {agreement:.4}, {seconds:.0} s", set.name);
    Ok(Row { set, arch, teacher, awd: model, agreement, seconds })
}

/// The text and the table of the section.
fn section(mut rows: Vec<Row>) -> String {
    rows.sort_by_key(|row| row.set.shape[0].parse::<usize>().unwrap_or(0));
    let mut text = format!(
        "Made by `cargo xtask teachers`: `awd teach`, which selects the architecture with the best validation score, `awd distil --teacher` and\n`awd \
         evaluate`, on the official splits, seed {SEED}. Scores are accuracies. *agreement* is the fraction of test windows for which model and teacher\npredict \
         the same class. The last column is a published residual network on the same splits. {}.\n\n\
         | set | windows | teacher | its score | awd | agreement | seconds to teach | ResNet |\n|---|--:|---|--:|--:|--:|--:|--:|\n",
        commit()
    );
    for Row { set, arch, teacher, awd, agreement, seconds } in &rows {
        let ([windows, ..], [resnet, _]) = (&set.shape, set.published);
        let _ = writeln!(
            text,
            "| {} | {windows} | {arch} | {teacher:.4} | {awd:.4} | {agreement:.4} | {seconds:.0} | {resnet:.4} |",
            set.name
        );
    }
    let mean = |value: &dyn Fn(&Row) -> f64| rows.iter().map(value).sum::<f64>() / rows.len() as f64;
    let (teacher, awd) = (mean(&|row| row.teacher), mean(&|row| row.awd));
    let (agreement, resnet) = (mean(&|row| row.agreement), mean(&|row| row.set.published[0]));
    let _ = writeln!(
        text,
        "| **mean of {}** | | | {teacher:.4} | **{awd:.4}** | {agreement:.4} | | {resnet:.4} |",
        rows.len()
    );
    let as_good = rows.iter().filter(|row| row.awd >= row.teacher).count();
    let _ = writeln!(text, "\nThe model scores at least as high as its teacher on {as_good} of {} sets.", rows.len());
    text
}
