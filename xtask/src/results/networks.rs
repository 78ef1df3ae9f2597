//! docs/results.md: the scores of models and teachers on each set.

use super::page::ARCHIVE_SECTIONS;
use super::sets::{NORMAL, SEEDS, SIMULATED, make_sets};
use crate::awd::{Awd, commit, data};
use crate::run::{Outcome, root};
use serde_json::Value;
use std::fmt::Write;
use std::path::Path;
use std::time::Instant;

/// The sets (paths from the root), the architectures of their teachers, and descriptions.
const SETS: [(&str, &str, &str); 11] = [
    (
        "../shared/data/cme_yeast.npz",
        "lstm",
        "Endocytosis tracks of budding yeast, tested on held-out movies; the target is the actin peak.",
    ),
    ("../shared/data/cme_yeast.npz", "cnn", "The same set."),
    ("../shared/data/cme_synthetic.npz", "lstm", "Synthetic tracks with the shape of the published set."),
    (SIMULATED, "lstm", "Made by `awd simulate cme`: which pits become vesicles; two classes."),
    ("data/ecg5000.npz", "resnet", "Heartbeats, five classes."),
    (NORMAL, "resnet", "The same set in two classes: normal or not (`awd binarize --positive 0`)."),
    (
        "../shared/data/gunpoint.npz",
        "resnet",
        "Motion of a hand that draws a gun or points; two classes, 50 training windows.",
    ),
    ("../shared/data/cbf.npz", "resnet", "Cylinder, bell, funnel; three classes, 30 training windows."),
    (
        "../shared/data/italypowerdemand.npz",
        "resnet",
        "Daily power demand in winter or summer; two classes, 67 training windows.",
    ),
    ("../shared/data/fordb.npz", "resnet", "Engine noise, tested on noisier recordings; two classes."),
    (
        "../shared/data/kappa.npz",
        "resnet",
        "Simulated maps of weak gravitational lensing, tested on other cosmologies; the target is the density of matter.",
    ),
];

/// The rows of a table, in their order.
const MODELS: [&str; 8] = ["awd", TEN, "teacher", "db5", "raw", "laplace", "roberts", "raw-peaks"];

/// The row of a model of ten parameters per output, without the parts that scoring does not need.
const TEN: &str = "awd-10";

/// The results of one seed.
struct Run {
    /// The table of `evaluate`.
    evaluated: Value,
    /// The summary of the model that `distil` printed.
    distilled: String,
    /// Seconds for the teacher and for the distillation.
    seconds: [f64; 2],
}

/// Runs the sets of these names, or all sets, with every seed, and writes the page. The sections of other sets stay.
pub fn write(names: &[&str]) -> Outcome<()> {
    Awd::build()?;
    make_sets(&Awd::new(SEEDS[0])?)?;
    let commit = commit();
    let path = root().join("docs/results.md");
    let before = std::fs::read_to_string(&path).unwrap_or_default();
    let before: Vec<&str> = before.split("\n## ").skip(1).collect();
    let mut page = format!(
        "# Results\n\nMade by `cargo xtask results`, or `cargo xtask results NAME` for one set: `awd teach`, `distil` without \
         options and `evaluate`,\nfor each set and each of the seeds {SEEDS:?}. Only `evaluate` reads the test split. If a set is missing \
         on the machine, its section\nstays unchanged. Intervals, parameters and bytes are those of the seed with the median score; \
         parameters are all that a predictor\nneeds. AUROC is given for two classes only; a lower RMSE is better. {TEN} is `distil \
         --max-parameters 10 --bare`: ten parameters\nfor each output.\n"
    );
    // Keep the sections of the archive, which have their own commands. They come first because they are the strongest evidence.
    for title in ARCHIVE_SECTIONS {
        let archive = before.iter().find(|section| section.starts_with(&format!("{title}\n")));
        archive.into_iter().for_each(|section| page += &format!("\n## {}\n", section.trim_end()));
    }
    for (set, arch, what) in SETS {
        let name = Path::new(set).file_stem().unwrap_or_default().to_string_lossy();
        let title = format!("{name}, {arch}\n");
        let requested = names.is_empty() || names.contains(&&*name);
        let section = match data(set).filter(|_| requested) {
            Some((_, path)) => {
                let runs = SEEDS.iter().map(|&seed| run(&path, arch, seed)).collect::<Outcome<Vec<Run>>>()?;
                Some(format!("{title}{what} {commit}.\n\n{}", table(&runs)?))
            }
            None => {
                before.iter().find(|section| section.starts_with(&title)).map(|section| format!("{}\n", section.trim()))
            }
        };
        section.into_iter().for_each(|section| page += &format!("\n## {section}"));
    }
    std::fs::write(&path, page).map_err(|why| format!("{}: {why}", path.display()))
}

/// Trains a teacher, distils and evaluates with one seed.
fn run(data: &str, arch: &str, seed: u64) -> Outcome<Run> {
    let awd = Awd::new(seed)?;
    let timed = |args: &[&str]| {
        let started = Instant::now();
        awd.run(args).map(|printed| (printed, started.elapsed().as_secs_f64()))
    };
    let (_, teach_seconds) = timed(&["teach", data, "--arch", arch, "--out", "teacher"])?;
    let (distilled, distil_seconds) = timed(&["distil", data, "--teacher", "teacher", "--out", "model.awd"])?;
    awd.run(&["distil", data, "--teacher", "teacher", "--max-parameters", "10", "--bare", "--out", "ten.awd"])?;
    let table = |model| -> Outcome<Value> {
        let table = awd.run(&["evaluate", model, data, "--teacher", "teacher", "--json"])?;
        serde_json::from_str(&table).map_err(|why| format!("evaluate: {why}"))
    };
    let mut evaluated = table("model.awd")?;
    let mut ten = table("ten.awd")?["rows"][0].take();
    ten["model"] = TEN.into();
    evaluated["rows"].as_array_mut().into_iter().for_each(|rows| rows.push(ten.clone()));
    eprintln!("xtask: {data} {arch} seed {seed}: teach {teach_seconds:.0} s, distil {distil_seconds:.0} s");
    Ok(Run {
        evaluated,
        // "model.awd: 6 taps, 4 levels, 8 features, 40 parameters, 300 bytes; cross-validated score 0.9400; 11.2 s"
        distilled: distilled.trim_start_matches("model.awd: ").split(", ").take(3).collect::<Vec<_>>().join(", "),
        seconds: [teach_seconds, distil_seconds],
    })
}

/// The rows of a model, one per seed.
fn rows_of(runs: &[Run], model: &str) -> Outcome<Vec<Value>> {
    let row = |run: &Run| {
        let rows = run.evaluated["rows"].as_array().into_iter().flatten();
        rows.clone()
            .find(|row| row["model"] == model)
            .cloned()
            .ok_or_else(|| format!("evaluate printed no row for {model}"))
    };
    runs.iter().map(row).collect()
}

fn score(row: &Value) -> f64 {
    row["score"].as_f64().unwrap_or(f64::NAN)
}

fn scores(rows: &[Value]) -> String {
    rows.iter().map(|row| format!("{:.4}", score(row))).collect::<Vec<_>>().join(", ")
}

/// The index of the row with the median score.
fn median(rows: &[Value]) -> usize {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by(|&a, &b| score(&rows[a]).total_cmp(&score(&rows[b])));
    order[rows.len() / 2]
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("?")
}

fn table(runs: &[Run]) -> Outcome<String> {
    let (metric, n) = (text(&runs[0].evaluated["metric"]), &runs[0].evaluated["n_test"]);
    let mut table = format!(
        "| {n} test windows | {metric} | median | 95% interval | AUROC | parameters | bytes |\n\
         |---|---|--:|--:|--:|--:|--:|\n"
    );
    for model in MODELS {
        // Signals and images have different baselines.
        let Ok(rows) = rows_of(runs, model) else { continue };
        let middle = &rows[median(&rows)];
        let [low, high] = ["low", "high"].map(|key| middle[key].as_f64().unwrap_or(f64::NAN));
        let auroc = middle["auroc"].as_f64().map(|auroc| format!("{auroc:.4}")).unwrap_or_default();
        let (scores, score, parameters, bytes) =
            (scores(&rows), score(middle), &middle["parameters"], &middle["bytes"]);
        let _ = writeln!(
            table,
            "| {model} | {scores} | {score:.4} | {low:.4}..{high:.4} | {auroc} | {parameters} | {bytes} |"
        );
    }
    let chosen: Vec<&str> = runs.iter().map(|run| run.distilled.as_str()).collect();
    let [teach, distil] = [0, 1].map(|i| runs.iter().map(|run| run.seconds[i]).fold(0.0, f64::max));
    let chosen = chosen.join("; ");
    let _ = writeln!(
        table,
        "\nDistilled: {chosen}. Distillation took at most {distil:.0} s, the teacher at most {teach:.0} s."
    );
    Ok(table)
}
