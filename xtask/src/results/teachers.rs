//! The section of docs/results.md about teachers of sets of the UCR archive: which kind is the best by windows that were left out, what it
//! scores, and what the model scores that is distilled from it.

use super::page::{TEACHERS, put};
use super::sets::{Set, archive};
use crate::awd::{Awd, commit};
use crate::run::Outcome;
use serde_json::Value;
use std::fmt::Write;
use std::time::Instant;

/// Of the folds, the networks and the search.
const SEED: u64 = 1;

/// A set, and what came of it.
struct Row {
    set: Set,
    kind: String,
    teacher: f64,
    awd: f64,
    /// The share of test windows on which both agree.
    agreement: f64,
    /// Of the training of all kinds.
    seconds: f64,
}

/// Makes the section and writes it into its page.
pub fn write() -> Outcome<()> {
    Awd::build()?;
    let rows = archive()?.into_iter().map(row).collect::<Outcome<Vec<Row>>>()?;
    put(TEACHERS, &section(rows))
}

/// Teaches, distils and evaluates a set.
fn row(set: Set) -> Outcome<Row> {
    let awd = Awd::new(SEED)?;
    let json = |words: &[&str]| -> Outcome<Value> {
        let printed = awd.run(&[words, &["--json"]].concat())?;
        serde_json::from_str(&printed).map_err(|why| format!("awd {}: {why}", words.join(" ")))
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
    let kind = taught["arch"].as_str().unwrap_or("?").to_owned();
    let agreement = table["fidelity"]["agreement"].as_f64().unwrap_or(f64::NAN);
    let (teacher, model) = (score("teacher"), score("awd"));
    eprintln!("xtask: {}: {kind} {teacher:.4}, awd {model:.4}, agreement {agreement:.4}, {seconds:.0} s", set.name);
    Ok(Row { set, kind, teacher, awd: model, agreement, seconds })
}

/// The words and the table.
fn section(mut rows: Vec<Row>) -> String {
    rows.sort_by_key(|row| row.set.shape[0].parse::<usize>().unwrap_or(0));
    let mut text = format!(
        "Made by `cargo xtask teachers`: `awd teach`, which takes the best kind by windows that were left out, `awd distil --teacher`, and `awd\nevaluate`, \
         on the official splits, seed {SEED}; accuracy. *agreement* is the share of test windows that both call the same. The last column is a\npublished residual \
         network on the same splits. {}.\n\n\
         | set | windows | teacher | its score | awd | agreement | seconds to teach | ResNet |\n|---|--:|---|--:|--:|--:|--:|--:|\n",
        commit()
    );
    for Row { set, kind, teacher, awd, agreement, seconds } in &rows {
        let ([windows, ..], [resnet, _]) = (&set.shape, set.published);
        let _ = writeln!(
            text,
            "| {} | {windows} | {kind} | {teacher:.4} | {awd:.4} | {agreement:.4} | {seconds:.0} | {resnet:.4} |",
            set.name
        );
    }
    let mean = |of: &dyn Fn(&Row) -> f64| rows.iter().map(of).sum::<f64>() / rows.len() as f64;
    let (teacher, awd) = (mean(&|row| row.teacher), mean(&|row| row.awd));
    let (agreement, resnet) = (mean(&|row| row.agreement), mean(&|row| row.set.published[0]));
    let _ = writeln!(
        text,
        "| **mean of {}** | | | {teacher:.4} | **{awd:.4}** | {agreement:.4} | | {resnet:.4} |",
        rows.len()
    );
    let as_good = rows.iter().filter(|row| row.awd >= row.teacher).count();
    let _ = writeln!(text, "\nThe model is as good as its teacher, or better, on {as_good} of {} sets.", rows.len());
    text
}
