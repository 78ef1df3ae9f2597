//! docs/results.md: what `awd evaluate` says of the sets, and of the teachers alone.

use super::page::ARCHIVE_SECTIONS;
use super::sets::{NORMAL, SEEDS, SIMULATED, make_sets};
use crate::awd::{Awd, commit, data};
use crate::run::{Outcome, root};
use serde_json::Value;
use std::fmt::Write;
use std::path::Path;
use std::time::Instant;

/// Where the sets are from the root, the teachers, and what is to be said of them.
const SETS: [(&str, &str, &str); 11] = [
    ("../shared/data/cme_yeast.npz", "lstm", "Endocytosis tracks of budding yeast; held-out movies; the actin peak."),
    ("../shared/data/cme_yeast.npz", "cnn", "The same."),
    ("../shared/data/cme_synthetic.npz", "lstm", "Made-up tracks of the published set's shape."),
    (SIMULATED, "lstm", "Made by `awd simulate cme`: which pits become vesicles; two classes."),
    ("data/ecg5000.npz", "resnet", "Heartbeats, five classes."),
    (NORMAL, "resnet", "The same in two classes: normal or not (`awd binarize --positive 0`)."),
    (
        "../shared/data/gunpoint.npz",
        "resnet",
        "Hands that draw a gun, or point; two classes, 50 windows to learn from.",
    ),
    ("../shared/data/cbf.npz", "resnet", "Cylinder, bell, funnel; three classes, 30 windows to learn from."),
    (
        "../shared/data/italypowerdemand.npz",
        "resnet",
        "Days of a power grid, in winter or summer; two classes, 67 windows to learn from.",
    ),
    ("../shared/data/fordb.npz", "resnet", "Engine noise, tested on noisier recordings; two classes."),
    (
        "../shared/data/kappa.npz",
        "resnet",
        "Simulated maps of weak gravitational lensing; other cosmologies; the density of matter.",
    ),
];

/// The rows of a table, in their order.
const MODELS: [&str; 8] = ["awd", TEN, "teacher", "db5", "raw", "laplace", "roberts", "raw-peaks"];

/// The row of a model of ten numbers for each output, without what scoring does without.
const TEN: &str = "awd-10";

/// What came of one seed.
struct Way {
    evaluated: Value,
    /// What was distilled, in words.
    distilled: String,
    /// Seconds that the teacher took, and the distillation.
    seconds: [f64; 2],
}

/// Runs the sets of these names, or all of them, with every seed, and writes the page; what it says of other sets stays.
pub fn write(names: &[&str]) -> Outcome<()> {
    Awd::build()?;
    make_sets(&Awd::new(SEEDS[0])?)?;
    let commit = commit();
    let place = root().join("docs/results.md");
    let before = std::fs::read_to_string(&place).unwrap_or_default();
    let before: Vec<&str> = before.split("\n## ").skip(1).collect();
    let mut page = format!(
        "# Results\n\nMade by `cargo xtask results`, or `cargo xtask results NAME` for one set: `awd teach`, `distil` without \
         options, `evaluate`, for\neach set and each of the seeds {SEEDS:?}. The test split is read by `evaluate` alone. A set \
         that is not in the repository is left\nas it was where it is missing. Intervals, parameters and bytes are those of the \
         seed with the middle score; parameters are all that a predictor\nneeds. AUROC is of two classes alone; of RMSE less is \
         better. {TEN} is `distil --max-parameters 10 --bare`: ten parameters for each output.\n"
    );
    // Those of the archive, which say most, have commands of their own.
    for title in ARCHIVE_SECTIONS {
        let archive = before.iter().find(|section| section.starts_with(&format!("{title}\n")));
        archive.into_iter().for_each(|section| page += &format!("\n## {}\n", section.trim_end()));
    }
    for (set, arch, what) in SETS {
        let name = Path::new(set).file_stem().unwrap_or_default().to_string_lossy();
        let title = format!("{name}, {arch}\n");
        let asked = names.is_empty() || names.contains(&&*name);
        let section = match data(set).filter(|_| asked) {
            Some((_, path)) => {
                let ways = SEEDS.iter().map(|&seed| whole_way(&path, arch, seed)).collect::<Outcome<Vec<Way>>>()?;
                Some(format!("{title}{what} {commit}.\n\n{}", table(&ways)?))
            }
            None => {
                before.iter().find(|section| section.starts_with(&title)).map(|section| format!("{}\n", section.trim()))
            }
        };
        section.into_iter().for_each(|section| page += &format!("\n## {section}"));
    }
    std::fs::write(&place, page).map_err(|why| format!("{}: {why}", place.display()))
}

fn whole_way(data: &str, arch: &str, seed: u64) -> Outcome<Way> {
    let awd = Awd::new(seed)?;
    let timed = |words: &[&str]| {
        let started = Instant::now();
        awd.run(words).map(|said| (said, started.elapsed().as_secs_f64()))
    };
    let (_, taught) = timed(&["teach", data, "--arch", arch, "--out", "teacher"])?;
    let (distilled, took) = timed(&["distil", data, "--teacher", "teacher", "--out", "model.awd"])?;
    awd.run(&["distil", data, "--teacher", "teacher", "--max-parameters", "10", "--bare", "--out", "ten.awd"])?;
    let table = |model| -> Outcome<Value> {
        let table = awd.run(&["evaluate", model, data, "--teacher", "teacher", "--json"])?;
        serde_json::from_str(&table).map_err(|why| format!("evaluate: {why}"))
    };
    let mut evaluated = table("model.awd")?;
    let mut ten = table("ten.awd")?["rows"][0].take();
    ten["model"] = TEN.into();
    evaluated["rows"].as_array_mut().into_iter().for_each(|rows| rows.push(ten.clone()));
    eprintln!("xtask: {data} {arch} seed {seed}: teach {taught:.0} s, distil {took:.0} s");
    Ok(Way {
        evaluated,
        // "model.awd: 6 taps, 4 levels, 8 features, 40 parameters, 300 bytes; validated 0.9400; 11.2 s"
        distilled: distilled.trim_start_matches("model.awd: ").split(", ").take(3).collect::<Vec<_>>().join(", "),
        seconds: [taught, took],
    })
}

/// A model's rows, a seed each.
fn of(ways: &[Way], model: &str) -> Outcome<Vec<Value>> {
    let row = |way: &Way| {
        let rows = way.evaluated["rows"].as_array().into_iter().flatten();
        rows.clone()
            .find(|row| row["model"] == model)
            .cloned()
            .ok_or_else(|| format!("evaluate said nothing of {model}"))
    };
    ways.iter().map(row).collect()
}

fn score(row: &Value) -> f64 {
    row["score"].as_f64().unwrap_or(f64::NAN)
}

fn scores(rows: &[Value]) -> String {
    rows.iter().map(|row| format!("{:.4}", score(row))).collect::<Vec<_>>().join(", ")
}

/// Which row has the middle score.
fn median(rows: &[Value]) -> usize {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by(|&a, &b| score(&rows[a]).total_cmp(&score(&rows[b])));
    order[rows.len() / 2]
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("?")
}

fn table(ways: &[Way]) -> Outcome<String> {
    let (metric, n) = (text(&ways[0].evaluated["metric"]), &ways[0].evaluated["n_test"]);
    let mut table = format!(
        "| {n} test windows | {metric} | median | 95% interval | AUROC | parameters | bytes |\n\
         |---|---|--:|--:|--:|--:|--:|\n"
    );
    for model in MODELS {
        // Signals and images have not the same baselines.
        let Ok(rows) = of(ways, model) else { continue };
        let middle = &rows[median(&rows)];
        let [low, high] = ["low", "high"].map(|key| middle[key].as_f64().unwrap_or(f64::NAN));
        let auroc = middle["auroc"].as_f64().map(|auroc| format!("{auroc:.4}")).unwrap_or_default();
        let (scores, score, numbers, bytes) = (scores(&rows), score(middle), &middle["parameters"], &middle["bytes"]);
        let _ = writeln!(
            table,
            "| {model} | {scores} | {score:.4} | {low:.4}..{high:.4} | {auroc} | {numbers} | {bytes} |"
        );
    }
    let chosen: Vec<&str> = ways.iter().map(|way| way.distilled.as_str()).collect();
    let [taught, distilled] = [0, 1].map(|i| ways.iter().map(|way| way.seconds[i]).fold(0.0, f64::max));
    let chosen = chosen.join("; ");
    let _ = writeln!(table, "\nDistilled: {chosen}; {distilled:.0} s at most, the teacher {taught:.0} s.");
    Ok(table)
}
