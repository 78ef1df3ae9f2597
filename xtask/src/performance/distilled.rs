//! The section of docs/performance.md about distilled models: their test scores, and what scoring costs on the board.

use super::memory::{Profile, memory};
use crate::awd::{Awd, data};
use crate::board;
use crate::results::{NORMAL, make_sets};
use crate::run::{Outcome, output, step};
use crate::toolchain::FIRMWARE;
use serde_json::Value;
use std::fmt::Write;
use std::path::Path;
use std::process::Command;

/// The sets, with the architecture of the teacher.
const SETS: [(&str, &str); 3] =
    [("data/ecg5000.npz", "resnet"), (NORMAL, "resnet"), ("../shared/data/cme_yeast.npz", "lstm")];

/// Parameters per output at most.
const PARAMETERS: [&str; 3] = ["41", "20", "10"];

/// Other libraries, measured before this project on the same emulated board for one input: set, model, score, instructions, flash.
const OTHERS: [(&str, &str, &str, &str, &str); 7] = [
    ("ecg5000", "emlearn, forest of 10 trees", "accuracy .924", "281", "4.2 KB"),
    ("ecg5000", "emlearn, forest of 50 trees", "accuracy .934", "1061", "21 KB"),
    ("ecg5000", "emlearn, MLP 140-16-5", "accuracy .934", "15191", "11.9 KB"),
    ("ecg5000", "microflow, int8 MLP", "accuracy .940", "60615", "8.7 KB"),
    ("CME coat tracks", "emlearn, forest", "r2 .407", "295", "20.8 KB"),
    ("CME coat tracks", "emlearn, MLP", "r2 .405", "4399", "5.1 KB"),
    ("CME, any tracks of 40", "LSTM(20) in C", "", "650362", "9 KB"),
];

/// The section.
pub fn section() -> Outcome<String> {
    let [empty, all] = ["", "general"].map(|features| memory(FIRMWARE, features, None, Profile::Small));
    let flash = all?[0].saturating_sub(empty?[0]);
    let awd = Awd::new(1)?;
    make_sets(&awd)?;
    let mut section = String::from(
        "\n## Distilled models on the Cortex-M4F\nSeed 1; `awd distil --bare --max-parameters` 41, 20 and 10, scored on the test \
         split. Instructions and stack \
         of one score from the file at opt-level 3; instructions\nat opt-level s, as firmware is built. *flash* is reading and scoring at opt-level s, without the \
         file.\n\n| set | parameters | score | instructions | peak stack, bytes | instructions, opt-level s | flash, opt-level s | bytes of the file \
         |\n|---|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    let mut integers = String::from(
        "\nThe same sets with `--arithmetic fixed` on the Cortex-M0 (`microbit`), scored from the file: in `f32` as above, and in integers.\n\n\
         | set | parameters | score in `f32` | score in integers | instructions in `f32` | in integers | peak stack, bytes | bytes of the file |\n\
         |---|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    for (set, arch) in SETS {
        let Some((name, path)) = data(set) else { continue };
        awd.run(&["teach", &path, "--arch", arch, "--out", "teacher"])?;
        awd.run(&["attribute", &path, "--teacher", "teacher", "--out", "gradients.npz"])?;
        for parameters in PARAMETERS {
            integers += &in_integers(&awd, &name, &path, parameters)?;
            let distil = ["distil", &path, "--gradients", "gradients.npz", "--bare", "--max-parameters", parameters];
            awd.run(&[&distil[..], &["--out", "model.awd"]].concat())?;
            let table = awd.run(&["evaluate", "model.awd", &path, "--json"])?;
            let table: Value = serde_json::from_str(&table).map_err(|why| format!("evaluate: {why}"))?;
            let row = &table["rows"][0];
            let costs = |profile| on_board(FIRMWARE, &awd.file("model.awd"), profile);
            let [[instructions, stack]] = costs(Profile::Fast)?[..] else { return Err(TOO_FEW.into()) };
            let [[small, _]] = costs(Profile::Small)?[..] else { return Err(TOO_FEW.into()) };
            let metric = table["metric"].as_str().unwrap_or("?");
            let score = row["score"].as_f64().unwrap_or(f64::NAN);
            let _ = writeln!(
                section,
                "| {name} | {} | {metric} {score:.4} | {instructions} | {stack} | {small} | {flash} | {} |",
                row["parameters"], row["bytes"]
            );
        }
    }
    section += &integers;
    section += "\nOther libraries, measured before this project on the same emulated board (one input; flash is code and \
                weights, which are constants there):\n\n| set | model | score | instructions | flash |\n|---|---|--:|--:|--:|\n";
    for (set, model, score, instructions, flash) in OTHERS {
        let _ = writeln!(section, "| {set} | {model} | {score} | {instructions} | {flash} |");
    }
    Ok(section)
}

/// The instructions of one score from a model file on the Cortex-M4F, at opt-level 3.
pub fn instructions(model: &Path) -> Outcome<u32> {
    let costs = on_board(FIRMWARE, model, Profile::Fast)?;
    costs.first().map(|[instructions, _]| *instructions).ok_or_else(|| TOO_FEW.into())
}

/// The row of a model in fixed point.
fn in_integers(awd: &Awd, name: &str, path: &str, parameters: &str) -> Outcome<String> {
    let distil = [
        "distil",
        path,
        "--gradients",
        "gradients.npz",
        "--bare",
        "--max-parameters",
        parameters,
        "--arithmetic",
        "fixed",
    ];
    awd.run(&[&distil[..], &["--out", "fixed.awd"]].concat())?;
    let table = awd.run(&["evaluate", "fixed.awd", path, "--json"])?;
    let table: Value = serde_json::from_str(&table).map_err(|why| format!("evaluate: {why}"))?;
    let score = |row: usize| table["rows"][row]["score"].as_f64().unwrap_or(f64::NAN);
    let costs = on_board("thumbv6m-none-eabi", &awd.file("fixed.awd"), Profile::Fast)?;
    let [[float, _], [integers, stack]] = costs[..] else { return Err(TOO_FEW.into()) };
    let (row, metric) = (&table["rows"][0], table["metric"].as_str().unwrap_or("?"));
    Ok(format!(
        "| {name} | {} | {metric} {:.4} | {:.4} | {float} | {integers} | {stack} | {} |\n",
        row["parameters"],
        score(0),
        score(1),
        row["bytes"]
    ))
}

/// The error if the board prints fewer lines than expected.
const TOO_FEW: &str = "the program distilled printed too few lines";

/// Instructions and bytes of stack of one score from the file in `f32`; for a model in fixed point also of one in integers.
fn on_board(target: &str, model: &Path, profile: Profile) -> Outcome<Vec<[u32; 2]>> {
    let cargo = |verb| -> Outcome<Command> {
        let mut command = board::command("cost", verb, target)?;
        command.env("AWD_MODEL", model).args(["--quiet", "--bin", "distilled", "--features", "distilled"]);
        profile.apply(&mut command);
        Ok(command)
    };
    step("program with a distilled model", &mut cargo("build")?)?;
    let printed = output(&mut cargo("run")?).ok_or("the program distilled failed")?;
    let figures: Vec<u32> = printed.split_whitespace().filter_map(|figure| figure.parse().ok()).collect();
    Ok(figures.as_chunks().0.to_vec())
}
