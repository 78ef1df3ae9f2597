//! The ablation in docs/method.md: what is left when a part of the distillation is taken away.

use crate::awd::{Awd, commit, data};
use crate::run::{Outcome, root};
use std::fmt::Write;

/// The sets, from the root, with their teachers.
const SETS: [(&str, &str); 2] = [("../shared/data/cme_yeast.npz", "lstm"), ("data/ecg5000.npz", "cnn")];

/// Seeds of teacher, folds and search.
const SEEDS: [u64; 3] = [1, 2, 3];

/// What is left of the method, and how it is asked for. The first is all of it.
const CASES: [(&str, &[&str]); 6] = [
    ("both terms", &[]),
    ("γ = 0: coefficients alone", &["--gamma", "0"]),
    ("λ = 0: attributions alone", &["--lambda", "0"]),
    ("both, a wavelet a level", &["--each-level"]),
    ("both, symmetric", &["--family", "symmetric"]),
    ("both, orthogonal", &["--family", "orthogonal"]),
];

/// The lines between which the tables stand.
const MARKS: [&str; 2] = ["<!-- cargo xtask ablation -->\n", "<!-- end of the ablation -->\n"];

/// A row of a table.
struct Row {
    score: f64,
    /// Interval, numbers, and what was chosen, as they are printed.
    words: [String; 3],
}

/// Runs all cases and writes the tables into their place.
pub fn write() -> Outcome<()> {
    let place = root().join("docs/method.md");
    let failed = |why: std::io::Error| format!("docs/method.md: {why}");
    let text = std::fs::read_to_string(&place).map_err(failed)?;
    let [start, end] = MARKS.map(|mark| text.find(mark).ok_or_else(|| format!("docs/method.md: no line {mark}")));
    let (before, after) = text.split_at(start? + MARKS[0].len());
    let after = after.get(end? - before.len()..).ok_or("docs/method.md: the marks are in the wrong order")?;

    Awd::build()?;
    let mut tables = format!("{}. Of seeds {SEEDS:?} the one with the middle score.\n", commit());
    for (set, arch) in SETS {
        if let Some((name, path)) = data(set) {
            tables += &table(&name, &path, arch)?;
        }
    }
    std::fs::write(place, [before, &tables, after].concat()).map_err(failed)
}

/// The table of one set.
fn table(name: &str, path: &str, arch: &str) -> Outcome<String> {
    let names = ["teacher", "db5"].into_iter().chain(CASES.map(|(name, _)| name));
    let mut rows: Vec<(&str, Vec<Row>)> = names.map(|name| (name, Vec::new())).collect();
    for seed in SEEDS {
        let awd = Awd::new(seed)?;
        awd.run(&["teach", path, "--arch", arch, "--out", "teacher"])?;
        for (i, (_, options)) in CASES.iter().enumerate() {
            let distil = ["distil", path, "--teacher", "teacher", "--out", "model.awd"];
            let distilled = awd.run(&[&distil, *options].concat())?;
            let scores = awd.run(&["evaluate", "model.awd", path, "--teacher", "teacher"])?;
            // "model.awd: 6 taps, 4 levels, 8 features, …"
            let shape: Vec<&str> = distilled.trim_start_matches("model.awd: ").split(", ").take(2).collect();
            rows[2 + i].1.push(row(&scores, "awd", &shape.join(", "))?);
            if i == 0 {
                rows[0].1.push(row(&scores, "teacher", arch)?);
                rows[1].1.push(row(&scores, "db5", &format!("10 taps, {}", shape.get(1).unwrap_or(&"")))?);
            }
        }
    }
    let mut table = format!("\n| {name} | score | 95% interval | numbers | chosen |\n|---|--:|--:|--:|---|\n");
    for (name, mut of_seeds) in rows {
        of_seeds.sort_by(|a, b| a.score.total_cmp(&b.score));
        let Row { score, words } = &of_seeds[SEEDS.len() / 2];
        let _ = writeln!(table, "| {name} | {score:.4} | {} |", words.join(" | "));
    }
    Ok(table)
}

/// A model's line of what `evaluate` prints.
fn row(scores: &str, model: &str, chosen: &str) -> Outcome<Row> {
    let of = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [name, score, interval, numbers, ..] = words[..] else { return None };
        let words = [interval, numbers, chosen].map(str::to_owned);
        (name == model).then_some(Row { score: score.parse().ok()?, words })
    };
    scores.lines().find_map(of).ok_or_else(|| format!("evaluate said nothing of {model}"))
}
