//! The section of docs/performance.md about generated code: the cost of scorers that `awd export --as c` writes, on emulated boards.

use crate::awd::{Awd, data};
use crate::results::{NORMAL, SEEDS, make_sets};
use crate::run::{Outcome, output, root};
use serde_json::Value;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The titles of the sections, one for each processor.
pub const TITLES: [&str; 2] = ["Generated code on the Cortex-M4F", "Generated code on the Cortex-M0"];

/// Sets, and the options with which their models are distilled without a teacher: for the Cortex-M4F, and for the Cortex-M0.
const MODELS: [(&str, [&[&str]; 2]); 8] = [
    (
        "data/ecg5000.npz",
        [
            &["--max-instructions", "2500", "--max-flash", "1500"],
            &["--max-instructions", "6500", "--max-flash", "2000"],
        ],
    ),
    ("data/ecg5000.npz", [&["--max-instructions", "4500"], &["--max-instructions", "12000"]]),
    (NORMAL, [&["--max-instructions", "900", "--bare"], &["--max-instructions", "2500", "--bare"]]),
    (NORMAL, [&["--max-flash", "480", "--bare"], &["--max-flash", "480", "--bare"]]),
    ("../shared/data/cme_yeast.npz", [&["--max-instructions", "2500"], &["--max-instructions", "6000"]]),
    (
        "../shared/data/cme_yeast.npz",
        [
            &["--max-parameters", "10", "--max-instructions", "720", "--bare"],
            &["--max-parameters", "10", "--max-instructions", "2500", "--bare"],
        ],
    ),
    ("../shared/data/gunpoint.npz", [&["--max-instructions", "8000"], &["--max-instructions", "20000"]]),
    ("../shared/data/fordb.npz", [&["--max-instructions", "32000"], &[]]),
];

/// A processor, the board that emulates it and the flags of its compiler.
pub struct Processor {
    /// The name of the target of `distil`.
    pub name: &'static str,
    title: &'static str,
    machine: &'static str,
    flags: &'static [&'static str],
    /// Whether it scores in integers.
    pub is_fixed: bool,
}

pub const PROCESSORS: [Processor; 2] = [
    Processor {
        name: "m4f",
        title: TITLES[0],
        machine: "mps2-an386",
        flags: &["-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"],
        is_fixed: false,
    },
    Processor {
        name: "m0",
        title: TITLES[1],
        machine: "mps2-an385",
        flags: &["-mcpu=cortex-m0", "-mthumb", "-mfloat-abi=soft"],
        is_fixed: true,
    },
];

/// Windows of the test split that are scored.
pub const WINDOWS: usize = 20;

/// The section of this title.
pub fn section(title: &str) -> Outcome<String> {
    let processor = PROCESSORS.iter().find(|processor| processor.title == title);
    let processor = processor.ok_or_else(|| format!("no section {title}"))?;
    make_sets(&Awd::new(SEEDS[0])?)?;
    let compiler = output(Command::new("arm-none-eabi-gcc").arg("--version")).unwrap_or_default();
    let arithmetic = if processor.is_fixed { "in integers (`--arithmetic fixed`)" } else { "in `f32`" };
    let mut section = format!(
        "{title}\nScorers made by `awd export --as c`, {arithmetic}, of models that were distilled without a teacher (`--gamma 0`). Each row is \
         the seed with\nthe median score of seeds {SEEDS:?}. Instructions are the mean over {WINDOWS} windows. Flash is all that the scorer adds to a \
         program, with its\nconstants. {}.\n\n| set | options | score | parameters | instructions, -O2 | flash, -O2 | instructions, -Os | flash, -Os \
         |\n|---|---|--:|--:|--:|--:|--:|--:|\n",
        compiler.lines().next().unwrap_or("unknown compiler")
    );
    for (set, [of_m4f, of_m0]) in MODELS {
        let options = [&["--target", processor.name][..], if processor.is_fixed { of_m0 } else { of_m4f }].concat();
        // The models of this set have more levels than 16 bits can hold: `distil` refuses them in fixed point.
        if processor.is_fixed && set.ends_with("fordb.npz") {
            continue;
        }
        let Some((name, path)) = data(set) else { continue };
        let row = row(processor, &path, &options)?;
        eprintln!("xtask: {name} {}: {row}", options.join(" "));
        let _ = writeln!(section, "| {name} | `{}` | {row} |", options.join(" "));
    }
    Ok(section)
}

/// The cells of a row after the first two.
fn row(processor: &Processor, path: &str, options: &[&str]) -> Outcome<String> {
    let mut models = vec![];
    for seed in SEEDS {
        let awd = Awd::new(seed)?;
        let file = format!("generated{seed}.awd");
        awd.run(&[&["distil", path, "--gamma", "0", "--out", &file][..], options].concat())?;
        let table = awd.run(&["evaluate", &file, path, "--json"])?;
        let table: Value = serde_json::from_str(&table).map_err(|why| format!("evaluate: {why}"))?;
        let name = if processor.is_fixed { "awd-fixed" } else { "awd" };
        let rows = table["rows"].as_array().cloned().unwrap_or_default();
        let row =
            rows.into_iter().find(|row| row["model"] == name).ok_or_else(|| format!("evaluate has no row {name}"))?;
        let metric = table["metric"].as_str().unwrap_or("?").to_owned();
        models.push((row["score"].as_f64().unwrap_or(f64::NAN), metric, row["parameters"].clone(), awd.file(&file)));
    }
    models.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (score, metric, parameters, model) = &models[models.len() / 2];
    let windows = windows(path, model, processor)?;
    let [fast, small] = ["-O2", "-Os"].map(|level| cost(processor, model, &windows, level));
    let ([fast, fast_flash], [small, small_flash]) = (fast?, small?);
    Ok(format!("{metric} {score:.4} | {parameters} | {fast} | {fast_flash} | {small} | {small_flash}"))
}

/// The first windows of the test split in the source of a program; of a model in fixed point in its unit.
fn windows(path: &str, model: &Path, processor: &Processor) -> Outcome<String> {
    let (shape, samples) = awd_tests::array(Path::new(path), "x_test").ok_or_else(|| format!("{path}: no x_test"))?;
    let window = shape.get(1).and_then(|window| usize::try_from(*window).ok()).unwrap_or(0);
    let inspected = Awd::new(SEEDS[0])?.run(&["inspect", &model.display().to_string(), "--json"])?;
    let inspected: Value = serde_json::from_str(&inspected).map_err(|why| format!("inspect: {why}"))?;
    let unit = inspected["scalar"]["fixed"]["unit"].as_f64();
    if processor.is_fixed && unit.is_none() {
        return Err("inspect: no unit of the model in fixed point".into());
    }
    Ok(processor.source(samples.iter().copied().take(WINDOWS * window), unit.unwrap_or(1.0)))
}

impl Processor {
    /// Samples in the source of a program; in fixed point in this unit.
    pub fn source(&self, samples: impl Iterator<Item = f64>, unit: f64) -> String {
        let (types, samples): (&str, Vec<String>) = if self.is_fixed {
            let types = "typedef int16_t sample_t;\ntypedef int32_t output_t;\n#define STORED int16_t\n";
            // The cast saturates.
            (types, samples.map(|sample| ((sample / unit).round() as i16).to_string()).collect())
        } else {
            let types = "typedef float sample_t;\ntypedef float output_t;\n#define STORED uint32_t\n";
            (types, samples.map(|sample| (sample as f32).to_bits().to_string()).collect())
        };
        format!("{types}#define WINDOWS {WINDOWS}\nstatic const STORED windows[] = {{{}}};\n", samples.join(", "))
    }
}

/// Instructions of a score, and bytes of flash.
pub fn cost(processor: &Processor, model: &Path, windows: &str, level: &str) -> Outcome<[u32; 2]> {
    let awd = Awd::new(SEEDS[0])?;
    let folder = awd.file("generated");
    let file = |name: &str| folder.join(name);
    let write = |name: &str, text: &str| std::fs::write(file(name), text).map_err(|why| format!("{name}: {why}"));
    std::fs::create_dir_all(&folder).map_err(|why| format!("{}: {why}", folder.display()))?;
    write("windows.h", windows)?;
    awd.run(&["export", &model.display().to_string(), "--as", "c", "--out", "generated/scorer.c"])?;
    let program = link(processor, &folder, &file("scorer.c"), level)?;
    // The same program with a scorer that does nothing.
    let types = if processor.is_fixed {
        "const int16_t *window, int32_t *outputs"
    } else {
        "const float *window, float *outputs"
    };
    write("nothing.c", &format!("#include <stdint.h>\nvoid awd_score({types}) {{ (void)window; outputs[0] = 0; }}\n"))?;
    let empty = link(processor, &folder, &file("nothing.c"), level)?;
    let flash = flash(&program)?.saturating_sub(flash(&empty)?);
    let mut emulator = Command::new("qemu-system-arm");
    emulator.args(["-M", processor.machine, "-icount", "shift=0", "-nodefaults", "-display", "none"]);
    emulator.args([
        "-chardev",
        "stdio,id=output",
        "-semihosting-config",
        "enable=on,target=native,chardev=output",
        "-kernel",
    ]);
    let printed = output(emulator.arg(&program)).ok_or("the program of generated code did not run to its end")?;
    let ticks: Vec<f64> =
        printed.lines().filter_map(|line| u32::from_str_radix(line, 16).ok()).map(f64::from).collect();
    let [score, nothing, long, short] = ticks[..] else { return Err(format!("generated code printed {printed}")) };
    // The loops differ by 100,000 turns of two instructions; each window is scored eight times.
    let per_tick = 200_000.0 / (long - short);
    let instructions = (score - nothing) * per_tick / (8.0 * WINDOWS as f64);
    Ok([instructions.round() as u32, flash])
}

/// Compiles the program that counts with this scorer, and links it.
fn link(processor: &Processor, folder: &Path, scorer: &Path, level: &str) -> Outcome<PathBuf> {
    let examples = root().join("awd-embedded/c/examples");
    let program = scorer.with_extension("elf");
    let mut compiler = Command::new("arm-none-eabi-gcc");
    compiler.current_dir(&examples).args(["-std=c99", level, "-ffreestanding", "-nostdlib", "-ffunction-sections"]);
    compiler.args(["-Wl,--gc-sections", "-T", "cortex_m.ld", "-I", "."]).args(processor.flags);
    compiler.arg("-I").arg(folder).arg(root().join("xtask/c/cost.c")).arg("cortex_m.c").arg(scorer);
    let compiled = output(compiler.args(["-lgcc", "-o"]).arg(&program));
    compiled.map(|_| program).ok_or_else(|| format!("arm-none-eabi-gcc failed for {}", scorer.display()))
}

/// Bytes of a program in flash.
fn flash(program: &Path) -> Outcome<u32> {
    let printed = output(Command::new("arm-none-eabi-size").arg(program)).ok_or("arm-none-eabi-size failed")?;
    let text = printed.lines().nth(1).and_then(|line| line.split_whitespace().next()?.parse().ok());
    text.ok_or_else(|| format!("arm-none-eabi-size printed {printed}"))
}
