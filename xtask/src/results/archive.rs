//! The section of docs/results.md about sets of the UCR archive: what a model without a teacher scores beside what one would use instead.

use super::page::{WITHOUT_TEACHER, put};
use super::sets::{SEEDS, Set, archive};
use crate::awd::{Awd, commit};
use crate::performance::instructions;
use crate::run::Outcome;
use serde_json::Value;
use std::fmt::Write;
use std::time::Instant;

/// The rows of `evaluate` that are columns here, with the model whose wavelet is searched for in any case.
const MODELS: [&str; 6] = ["awd", LEARNED, "fixed", "db5", "raw", "minirocket"];

const LEARNED: &str = "learned";

/// A set, and what came of it.
struct Row {
    name: String,
    /// Training windows, samples of each, classes.
    shape: [String; 3],
    /// Medians over the seeds, in the order of [`MODELS`].
    scores: [f64; MODELS.len()],
    /// Published scores of a residual network and of MiniRocket.
    published: [f64; 2],
    numbers: u64,
    /// Of a score on the emulated Cortex-M4F.
    instructions: u32,
    /// Of a distillation, the longest.
    seconds: f64,
}

/// A score of a row.
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
    let (mut of_seeds, mut numbers, mut counted, mut seconds) = (Vec::new(), 0, 0, 0.0_f64);
    for seed in SEEDS {
        let awd = Awd::new(seed)?;
        let started = Instant::now();
        awd.run(&["distil", &path, "--gamma", "0", "--out", "archive.awd"])?;
        seconds = seconds.max(started.elapsed().as_secs_f64());
        let table = awd.run(&["evaluate", "archive.awd", &path, "--rivals", "--json"])?;
        let table: Value = serde_json::from_str(&table).map_err(|why| format!("evaluate: {why}"))?;
        let of = |model: &str| {
            let rows = table["rows"].as_array().into_iter().flatten();
            rows.clone().find(|row| row["model"] == model).and_then(|row| row["score"].as_f64()).unwrap_or(f64::NAN)
        };
        awd.run(&["distil", &path, "--gamma", "0", "--wavelet", LEARNED, "--out", "learned.awd"])?;
        let alone = awd.run(&["evaluate", "learned.awd", &path, "--json"])?;
        let alone: Value = serde_json::from_str(&alone).map_err(|why| format!("evaluate: {why}"))?;
        let learned = alone["rows"][0]["score"].as_f64().unwrap_or(f64::NAN);
        of_seeds.push(MODELS.map(|model| if model == LEARNED { learned } else { of(model) }));
        numbers = table["rows"][0]["parameters"].as_u64().unwrap_or(0);
        counted = instructions(&awd.file("archive.awd"))?;
    }
    let median = |model: usize| {
        let mut scores: Vec<f64> = of_seeds.iter().map(|scores| scores[model]).collect();
        scores.sort_by(f64::total_cmp);
        scores[scores.len() / 2]
    };
    let scores = std::array::from_fn(median);
    eprintln!("xtask: {name}: {scores:.4?}, published {published:.4?}, {seconds:.0} s");
    Ok(Row { name, shape, scores, published, numbers, instructions: counted, seconds })
}

/// The words and the table.
fn section(mut rows: Vec<Row>) -> String {
    rows.sort_by_key(|row| row.shape[0].parse::<usize>().unwrap_or(0));
    let (learned, fixed): (Score, Score) = (|row| row.scores[1], |row| row.scores[2]);
    let ([mean, error], [better, worse]) = (difference(&rows, learned, fixed), compared(&rows, learned, fixed));
    let mut text = format!(
        "*Does the learned wavelet matter?* On these splits the learned one less the best fixed one, chosen by the same folds, is {mean:+.4} ± {error:.4}\n\
         (accuracy, standard error over the sets): better on {better} of {} sets, worse on {worse}. Re-splits, in the section before, say more. Features and\n\
         readout do most of the work, and so `distil` takes a fixed wavelet where folds prefer it.\n\n\
         Made by `cargo xtask archive`: `awd distil --gamma 0`, without any teacher, and `awd evaluate --rivals`, on the official splits; \
         accuracy, medians of the\nseeds {SEEDS:?}. *learned* is `distil --wavelet learned`; *fixed* is the best fixed wavelet by the same folds, with the same wavelets beside it as the model's; *db5* is that wavelet \
         alone; *raw* is a linear fit\nto the samples; *MiniRocket* is this project's. *Instructions* are those of a score from the file on the emulated \
         Cortex-M4F, of seed 3. The last two\ncolumns are published scores on the same splits. {}.\n\n\
         | set | windows | samples | classes | awd | parameters | instructions | learned | fixed | db5 | raw | MiniRocket | seconds | ResNet | MiniRocket |\n\
         |---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n",
        rows.len(),
        commit()
    );
    for row in &rows {
        let Row { name, shape: [windows, samples, classes], scores, published: [resnet, published], .. } = row;
        let Row { numbers, instructions, seconds, .. } = row;
        let [awd, learned, fixed, db5, raw, minirocket] = scores;
        let _ = writeln!(
            text,
            "| {name} | {windows} | {samples} | {classes} | {awd:.4} | {numbers} | {instructions} | {learned:.4} | {fixed:.4} | {db5:.4} | {raw:.4} | {minirocket:.4} | {seconds:.1} | {resnet:.4} | {published:.4} |"
        );
    }
    let mean = |of: &dyn Fn(&Row) -> f64| rows.iter().map(of).sum::<f64>() / rows.len() as f64;
    let [awd, learned, fixed, db5, raw, minirocket] = std::array::from_fn(|model| mean(&|row| row.scores[model]));
    let [resnet, published] = [0, 1].map(|which| mean(&|row| row.published[which]));
    let _ = writeln!(
        text,
        "| **mean of {}** | | | | **{awd:.4}** | | | {learned:.4} | {fixed:.4} | {db5:.4} | {raw:.4} | {minirocket:.4} | | {resnet:.4} | {published:.4} |",
        rows.len()
    );
    text += "\nThe model less each of the others, over the sets:\n\n| awd less | mean difference | standard error | better on | worse on |\n|---|--:|--:|--:|--:|\n";
    let others: [(&str, Score); 7] = [
        ("learned", |row| row.scores[1]),
        ("fixed", |row| row.scores[2]),
        ("db5", |row| row.scores[3]),
        ("raw", |row| row.scores[4]),
        ("MiniRocket, this project's", |row| row.scores[5]),
        ("ResNet, published", |row| row.published[0]),
        ("MiniRocket, published", |row| row.published[1]),
    ];
    for (name, of) in others {
        let model: Score = |row| row.scores[0];
        let [mean, error] = difference(&rows, model, of);
        let [better, worse] = compared(&rows, model, of);
        let _ = writeln!(text, "| {name} | {mean:+.4} | {error:.4} | {better} | {worse} |");
    }
    text
}

/// The mean of one score less another one over the sets, and its standard error.
fn difference(rows: &[Row], one: Score, other: Score) -> [f64; 2] {
    let differences: Vec<f64> = rows.iter().map(|row| one(row) - other(row)).collect();
    let n = differences.len() as f64;
    let mean = differences.iter().sum::<f64>() / n;
    let variance = differences.iter().map(|difference| (difference - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
    [mean, (variance / n).sqrt()]
}

/// On how many sets the one score is better than the other, and on how many worse.
fn compared(rows: &[Row], one: Score, other: Score) -> [usize; 2] {
    let count = |sign: f64| rows.iter().filter(|row| sign * (one(row) - other(row)) > 5e-5).count();
    [count(1.0), count(-1.0)]
}
