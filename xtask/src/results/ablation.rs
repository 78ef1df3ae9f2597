//! The ablation in docs/method.md: the scores without individual parts of the distillation.

use crate::awd::{Awd, commit, data};
use crate::run::{Outcome, root};
use std::fmt::Write;

/// The sets (paths from the root), their teachers, and whether they are maps.
const SETS: [(&str, &str, bool); 3] = [
    ("../shared/data/cme_yeast.npz", "lstm", false),
    ("data/ecg5000.npz", "cnn", false),
    ("../shared/data/kappa.npz", "resnet", true),
];

/// Seeds of teacher, folds and search.
const SEEDS: [u64; 3] = [1, 2, 3];

/// The cases, each with its options. The first is the full method; the last does not apply to maps.
const CASES: [(&str, &[&str]); 6] = [
    ("both terms", &[]),
    ("γ = 0: only coefficients", &["--gamma", "0"]),
    ("λ = 0: only attributions", &["--lambda", "0"]),
    ("both, symmetric", &["--family", "symmetric"]),
    ("both, orthogonal", &["--family", "orthogonal"]),
    ("both, one wavelet per level", &["--each-level"]),
];

/// Rows that `evaluate --peak-counts` adds for maps, with their names in the table.
const COUNTS: [(&str, &str); 2] =
    [("counts", "only counts of peaks, ridge regression"), ("minimum-chi2", "only counts of peaks, minimum χ²")];

/// The lines before and after the tables.
const MARKS: [&str; 2] = ["<!-- cargo xtask ablation -->\n", "<!-- end of the ablation -->\n"];

/// A row of a table.
struct Row {
    score: f64,
    /// Interval, parameters and chosen wavelet, as printed.
    cells: [String; 3],
}

/// Runs all cases and writes the tables into the page.
pub fn write() -> Outcome<()> {
    let path = root().join("docs/method.md");
    let failed = |why: std::io::Error| format!("docs/method.md: {why}");
    let text = std::fs::read_to_string(&path).map_err(failed)?;
    let [start, end] =
        MARKS.map(|mark| text.find(mark).ok_or_else(|| format!("docs/method.md: the line {mark} is missing")));
    let (before, after) = text.split_at(start? + MARKS[0].len());
    let after = after
        .get(end? - before.len()..)
        .ok_or("docs/method.md: the lines that mark the tables are in the wrong order")?;

    Awd::build()?;
    let mut tables = format!("{}. Each row shows the seed of {SEEDS:?} with the median score.\n", commit());
    for (set, arch, maps) in SETS {
        if let Some((name, path)) = data(set) {
            tables += &table(&name, &path, arch, maps)?;
        }
    }
    std::fs::write(path, [before, &tables, after].concat()).map_err(failed)
}

/// The table of one set.
fn table(name: &str, path: &str, arch: &str, maps: bool) -> Outcome<String> {
    let (cases, counts) = if maps { (&CASES[..CASES.len() - 1], &COUNTS[..]) } else { (&CASES[..], &[][..]) };
    let mut rows: Vec<(&str, Vec<Row>)> = Vec::new();
    let mut add = |name, row| match rows.iter_mut().find(|(known, _)| *known == name) {
        Some((_, seeds)) => seeds.push(row),
        None => rows.push((name, vec![row])),
    };
    for seed in SEEDS {
        let awd = Awd::new(seed)?;
        awd.run(&["teach", path, "--arch", arch, "--out", "teacher"])?;
        awd.run(&["attribute", path, "--teacher", "teacher", "--out", "gradients.npz"])?;
        for (i, &(case, options)) in cases.iter().enumerate() {
            let distil = ["distil", path, "--gradients", "gradients.npz", "--out", "model.awd"];
            let distilled = awd.run(&[&distil, options].concat())?;
            let evaluate = ["evaluate", "model.awd", path, "--teacher", "teacher"];
            let scores = awd.run(&[&evaluate[..], if maps { &["--peak-counts"] } else { &[] }].concat())?;
            // "model.awd: 6 taps, 4 levels, 8 features, …"
            let shape: Vec<&str> = distilled.trim_start_matches("model.awd: ").split(", ").take(2).collect();
            let [taps, levels] = shape[..] else { return Err(format!("unexpected output of distil: {distilled}")) };
            if i == 0 {
                add("teacher", row(&scores, "teacher", arch)?);
                add("db5", row(&scores, "db5", &format!("10 taps, {levels}"))?);
                for &(model, what) in counts {
                    add(what, row(&scores, model, &format!("{taps}, {levels}"))?);
                }
            }
            add(case, row(&scores, "awd", &format!("{taps}, {levels}"))?);
        }
    }
    let mut table = format!("\n| {name} | score | 95% interval | parameters | chosen |\n|---|--:|--:|--:|---|\n");
    for (name, mut seeds) in rows {
        seeds.sort_by(|a, b| a.score.total_cmp(&b.score));
        let Row { score, cells } = &seeds[SEEDS.len() / 2];
        let _ = writeln!(table, "| {name} | {score:.4} | {} |", cells.join(" | "));
    }
    Ok(table)
}

/// The row of a model in the output of `evaluate`.
fn row(scores: &str, model: &str, chosen: &str) -> Outcome<Row> {
    let parse = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [name, score, interval, parameters, ..] = words[..] else { return None };
        let cells = [interval, parameters, chosen].map(str::to_owned);
        (name == model).then_some(Row { score: score.parse().ok()?, cells })
    };
    scores.lines().find_map(parse).ok_or_else(|| format!("evaluate printed no row for {model}"))
}
