//! Fits the tables with which `distil` estimates the cost of generated code: the cost of random models is measured on an emulated board,
//! and each part gets the cost, at least 0, with which the relative errors are least.

use super::generated::{PROCESSORS, Processor, cost};
use crate::awd::Awd;
use crate::results::SEEDS;
use crate::run::{Outcome, cargo, root, step};
use std::fmt::Write;
use std::path::Path;

/// Models that are measured. Every fifth is left out of the fit, and the errors are those of these.
const MODELS: usize = 250;

/// A model: how often each part occurs, and the measured instructions and bytes of flash.
struct Measured {
    parts: Vec<f64>,
    costs: [f64; 2],
}

/// The tables of a processor, as Rust.
pub fn tables(name: &str) -> Outcome<String> {
    let processor = PROCESSORS.iter().find(|processor| processor.name == name);
    let processor = processor.ok_or_else(|| {
        let names: Vec<&str> = PROCESSORS.iter().map(|processor| processor.name).collect();
        format!("costs --fit: no processor {name}; there are {}", names.join(", "))
    })?;
    let awd = Awd::new(SEEDS[0])?;
    let folder = awd.file("random");
    std::fs::create_dir_all(&folder).map_err(|why| format!("{}: {why}", folder.display()))?;
    let arithmetic = if processor.is_fixed { "fixed" } else { "float" };
    let mut example = cargo(&root());
    example.args(["run", "--release", "--locked", "--package", "awd-train", "--example", "random_models", "--"]);
    step("random models", example.arg(&folder).args([&MODELS.to_string(), arithmetic]))?;
    let measured: Vec<Measured> = (0..MODELS).map(|i| measure(processor, &folder, i)).collect::<Outcome<_>>()?;
    // For a closer look.
    let row = |model: &Measured| {
        let numbers = model.costs.iter().chain(&model.parts);
        numbers.map(f64::to_string).collect::<Vec<_>>().join("\t") + "\n"
    };
    let path = folder.join("measured.tsv");
    let rows: String = measured.iter().map(row).collect();
    std::fs::write(&path, rows).map_err(|why| format!("{}: {why}", path.display()))?;
    let mut text = String::new();
    for (which, what) in ["instructions", "flash"].into_iter().enumerate() {
        let is_fitted = |(i, _): &(usize, &Measured)| i % 5 != 0;
        let fitted: Vec<&Measured> = measured.iter().enumerate().filter(is_fitted).map(|(_, model)| model).collect();
        let table = fit(&fitted, which);
        let errors: Vec<f64> = measured.iter().step_by(5).map(|model| error(model, which, &table)).collect();
        let rms = (errors.iter().map(|error| error * error).sum::<f64>() / errors.len() as f64).sqrt();
        let most = errors.iter().fold(0.0_f64, |most, error| most.max(error.abs()));
        let numbers: Vec<String> = table.iter().map(|cost| format!("{cost:.1}")).collect();
        let lines: Vec<String> = numbers.chunks(16).map(|line| format!("    {},", line.join(", "))).collect();
        let _ = writeln!(
            text,
            "/// {what}, {name}: errors of models that were left out {:.1} % (root mean square), {:.0} % at most.\n[\n{}\n]",
            100.0 * rms,
            100.0 * most,
            lines.join("\n")
        );
    }
    Ok(text)
}

/// Measures a model that is in the folder.
fn measure(processor: &Processor, folder: &Path, i: usize) -> Outcome<Measured> {
    let path = folder.join(format!("{i}.parts"));
    let text = std::fs::read_to_string(&path).map_err(|why| format!("{}: {why}", path.display()))?;
    let parts = text.lines().map(|line| line.parse().map_err(|why| format!("{}: {why}", path.display())));
    let model = folder.join(format!("{i}.awd"));
    let costs = cost(processor, &model, &noise(processor, &model)?, "-Os")?.map(f64::from);
    Ok(Measured { parts: parts.collect::<Outcome<_>>()?, costs })
}

/// Windows of noise for a model, in the source of a program.
fn noise(processor: &Processor, model: &Path) -> Outcome<String> {
    let inspected = Awd::new(SEEDS[0])?.run(&["inspect", &model.display().to_string(), "--json"])?;
    let inspected: serde_json::Value = serde_json::from_str(&inspected).map_err(|why| format!("inspect: {why}"))?;
    let window = inspected["window"].as_u64().ok_or("inspect: no window")?;
    let mut state = 1_u32;
    let samples = (0..super::generated::WINDOWS as u64 * window).map(|_| {
        // A xorshift generator (Marsaglia 2003).
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        f64::from(state.cast_signed()) / 2.0_f64.powi(31)
    });
    Ok(processor.source(samples, 1.0 / 1024.0))
}

/// The relative error of an estimate.
fn error(model: &Measured, which: usize, table: &[f64]) -> f64 {
    model.parts.iter().zip(table).map(|(times, cost)| times * cost).sum::<f64>() / model.costs[which] - 1.0
}

/// The costs, at least 0, with the least sum of squares of the relative errors, by descent along one cost at a time.
fn fit(measured: &[&Measured], which: usize) -> Vec<f64> {
    let parts = measured.first().map_or(0, |model| model.parts.len());
    let rows: Vec<Vec<f64>> =
        measured.iter().map(|model| model.parts.iter().map(|times| times / model.costs[which]).collect()).collect();
    let mut table = vec![0.0; parts];
    let mut errors = vec![-1.0; rows.len()];
    for _ in 0..20_000 {
        for part in 0..parts {
            let (mut slope, mut curvature) = (0.0, 0.0);
            for (row, error) in rows.iter().zip(&errors) {
                slope += row[part] * error;
                curvature += row[part] * row[part];
            }
            if curvature == 0.0 {
                continue;
            }
            let change = (table[part] - slope / curvature).max(0.0) - table[part];
            table[part] += change;
            rows.iter().zip(&mut errors).for_each(|(row, error)| *error += change * row[part]);
        }
    }
    table
}
