//! The section of docs/results.md about sets of the UCR archive: scores of a model without a teacher and of its alternatives.

use super::page::{WITHOUT_TEACHER, put};
use super::sets::{SEEDS, Set, archive};
use crate::awd::{Awd, commit};
use crate::performance::instructions;
use crate::run::Outcome;
use serde_json::Value;
use std::fmt::Write;
use std::time::Instant;

/// The rows of `evaluate` that become columns, and the model with a learned wavelet.
const MODELS: [&str; 6] = ["awd", LEARNED, "fixed", "db5", "raw", "minirocket"];

const LEARNED: &str = "learned";

/// A set and its results.
struct Row {
    name: String,
    /// Number of training windows, samples per window, classes.
    shape: [String; 3],
    /// The medians over the seeds, in the order of [`MODELS`].
    scores: [f64; MODELS.len()],
    /// Published scores of a residual network and of MiniRocket.
    published: [f64; 2],
    parameters: u64,
    /// Instructions of one score on the emulated Cortex-M4F.
    instructions: u32,
    /// The longest time of one distillation.
    seconds: f64,
}

/// Selects a score of a row.
type Score = fn(&Row) -> f64;

/// Makes the section and writes it into its page.
pub fn write() -> Outcome<()> {
    Awd::build()?;
    let rows = archive()?.into_iter().map(row).collect::<Outcome<Vec<Row>>>()?;
    put(WITHOUT_TEACHER, &section(rows))
}

/// Distils and evaluates a set with every seed.
fn row(set: Set) -> Outcome<Row> {
    let Set { name, shape, path, published } = set;
    let (mut seed_scores, mut parameters, mut counted, mut seconds) = (Vec::new(), 0, 0, 0.0_f64);
    for seed in SEEDS {
        let awd = Awd::new(seed)?;
        let started = Instant::now();
        awd.run(&["distil", &path, "--gamma", "0", "--out", "archive.awd"])?;
        seconds = seconds.max(started.elapsed().as_secs_f64());
        let table = awd.run(&["evaluate", "archive.awd", &path, "--rivals", "--json"])?;
        let table: Value = serde_json::from_str(&table).map_err(|why| format!("evaluate: {why}"))?;
        let score = |model: &str| {
            let rows = table["rows"].as_array().into_iter().flatten();
            rows.clone().find(|row| row["model"] == model).and_then(|row| row["score"].as_f64()).unwrap_or(f64::NAN)
        };
        awd.run(&["distil", &path, "--gamma", "0", "--wavelet", LEARNED, "--out", "learned.awd"])?;
        let table_learned = awd.run(&["evaluate", "learned.awd", &path, "--json"])?;
        let table_learned: Value = serde_json::from_str(&table_learned).map_err(|why| format!("evaluate: {why}"))?;
        let learned = table_learned["rows"][0]["score"].as_f64().unwrap_or(f64::NAN);
        seed_scores.push(MODELS.map(|model| if model == LEARNED { learned } else { score(model) }));
        parameters = table["rows"][0]["parameters"].as_u64().unwrap_or(0);
        counted = instructions(&awd.file("archive.awd"))?;
    }
    let median = |model: usize| {
        let mut scores: Vec<f64> = seed_scores.iter().map(|scores| scores[model]).collect();
        scores.sort_by(f64::total_cmp);
        scores[scores.len() / 2]
    };
    let scores = std::array::from_fn(median);
    eprintln!("xtask: {name}: {scores:.4?}, published {published:.4?}, {seconds:.0} s");
    Ok(Row { name, shape, scores, published, parameters, instructions: counted, seconds })
}

/// The text and the tables of the section.
fn section(mut rows: Vec<Row>) -> String {
    rows.sort_by_key(|row| row.shape[0].parse::<usize>().unwrap_or(0));
    let (learned, fixed): (Score, Score) = (|row| row.scores[1], |row| row.scores[2]);
    let ([mean, error], [better, worse]) = (difference(&rows, learned, fixed), compared(&rows, learned, fixed));
    let mut text = format!(
        "*Does the learned wavelet matter?* On these splits, its accuracy minus that of the best fixed wavelet on the same folds is {mean:+.4} ± {error:.4}\n\
         (standard error over the sets): better on {better} of {} sets, worse on {worse}. The re-splits in the section before are stronger evidence. Most of\n\
         the accuracy comes from features and readout, so `distil` uses a fixed wavelet if the folds prefer it.\n\n\
         Made by `cargo xtask archive`: `awd distil --gamma 0`, without a teacher, and `awd evaluate --rivals`, on the official splits. Scores are \
         median\naccuracies over the seeds {SEEDS:?}. *learned* is `distil --wavelet learned`; *fixed* is the best fixed wavelet on the same folds, with the same additional\nwavelets as the model; *db5* is that wavelet \
         only; *raw* is a linear fit to the samples; *MiniRocket* is this project's. *instructions* is the cost of one score from the file on the emulated \
         Cortex-M4F, for seed 3. The last two\ncolumns are published scores on the same splits. {}.\n\n\
         | set | windows | samples | classes | awd | parameters | instructions | learned | fixed | db5 | raw | MiniRocket | seconds | ResNet | MiniRocket |\n\
         |---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n",
        rows.len(),
        commit()
    );
    for row in &rows {
        let Row { name, shape: [windows, samples, classes], scores, published: [resnet, published], .. } = row;
        let Row { parameters, instructions, seconds, .. } = row;
        let [awd, learned, fixed, db5, raw, minirocket] = scores;
        let _ = writeln!(
            text,
            "| {name} | {windows} | {samples} | {classes} | {awd:.4} | {parameters} | {instructions} | {learned:.4} | {fixed:.4} | {db5:.4} | {raw:.4} | {minirocket:.4} | {seconds:.1} | {resnet:.4} | {published:.4} |"
        );
    }
    let mean = |value: &dyn Fn(&Row) -> f64| rows.iter().map(value).sum::<f64>() / rows.len() as f64;
    let [awd, learned, fixed, db5, raw, minirocket] = std::array::from_fn(|model| mean(&|row| row.scores[model]));
    let [resnet, published] = [0, 1].map(|which| mean(&|row| row.published[which]));
    let _ = writeln!(
        text,
        "| **mean of {}** | | | | **{awd:.4}** | | | {learned:.4} | {fixed:.4} | {db5:.4} | {raw:.4} | {minirocket:.4} | | {resnet:.4} | {published:.4} |",
        rows.len()
    );
    text += "\nThe accuracy of the model minus that of each alternative, over the sets:\n\n| awd minus | mean difference | standard error | better on | worse on |\n|---|--:|--:|--:|--:|\n";
    let others: [(&str, Score); 7] = [
        ("learned", |row| row.scores[1]),
        ("fixed", |row| row.scores[2]),
        ("db5", |row| row.scores[3]),
        ("raw", |row| row.scores[4]),
        ("MiniRocket, this project's", |row| row.scores[5]),
        ("ResNet, published", |row| row.published[0]),
        ("MiniRocket, published", |row| row.published[1]),
    ];
    for (name, other) in others {
        let model: Score = |row| row.scores[0];
        let [mean, error] = difference(&rows, model, other);
        let [better, worse] = compared(&rows, model, other);
        let _ = writeln!(text, "| {name} | {mean:+.4} | {error:.4} | {better} | {worse} |");
    }
    text
}

/// The mean over the sets of one score minus another, and its standard error.
fn difference(rows: &[Row], one: Score, other: Score) -> [f64; 2] {
    let differences: Vec<f64> = rows.iter().map(|row| one(row) - other(row)).collect();
    let n = differences.len() as f64;
    let mean = differences.iter().sum::<f64>() / n;
    let variance = differences.iter().map(|difference| (difference - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
    [mean, (variance / n).sqrt()]
}

/// The number of sets on which one score is better than the other, and on which it is worse.
fn compared(rows: &[Row], one: Score, other: Score) -> [usize; 2] {
    let count = |sign: f64| rows.iter().filter(|row| sign * (one(row) - other(row)) > 5e-5).count();
    [count(1.0), count(-1.0)]
}
