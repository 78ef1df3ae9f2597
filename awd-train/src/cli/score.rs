//! `awd score M.awd FILE|- [--device qemu]`

#[cfg(feature = "board")]
use super::scorer::Board;
use super::scorer::{Host, Scorer};
use super::{Global, print};
use awd_core::{Model, Scores};
use awd_train::data::read_windows;
#[cfg(feature = "board")]
use awd_train::device::Device;
use awd_train::{Error, Result, file};
use serde_json::json;
use std::fmt::Write;
use std::io::BufRead;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub struct Args {
    /// The model
    model: PathBuf,
    /// Windows: .npz with x or x_test, or .csv; or - for stdin, one window a line, its samples parted by commas or spaces
    windows: PathBuf,
    #[cfg(feature = "board")]
    /// Score on a board: qemu, the emulated Cortex-M4F
    #[arg(long, value_parser = ["qemu"])]
    device: Option<String>,
    /// First so many windows only
    #[arg(long)]
    limit: Option<usize>,
}

impl Args {
    pub fn run(&self, global: &Global) -> Result<()> {
        let model = file::read_model(&self.model)?;
        let mut scorer = self.scorer(&model)?;
        let limit = self.limit.unwrap_or(usize::MAX);
        let mut outputs: Vec<Vec<f32>> = Vec::new();
        let mut each = |window: &[f32]| {
            let scores = scorer.score(window)?;
            if global.json {
                outputs.push(scores.outputs().to_vec());
                return Ok(());
            }
            print(&line(&scores))
        };
        if self.windows == Path::new("-") {
            for (i, line) in std::io::stdin().lock().lines().take(limit).enumerate() {
                let line = line.map_err(|why| Error::input("stdin", format_args!("line {}", i + 1), why))?;
                each(&parse(&line, i + 1, model.window())?)?;
            }
        } else {
            let windows = read_windows(&self.windows)?;
            if windows.ncols() != model.window() {
                let bound =
                    format_args!("{} samples as the model's window; it has {}", model.window(), windows.ncols());
                return Err(Error::input(self.windows.display(), "x", bound));
            }
            windows.rows().into_iter().take(limit).try_for_each(|window| each(&window.to_vec()))?;
        }
        if !global.quiet {
            scorer.logs().iter().for_each(|log| eprintln!("board: {log}"));
        }
        if global.json { print(&format!("{}\n", json!({"outputs": outputs}))) } else { Ok(()) }
    }

    fn scorer<'m>(&self, model: &'m Model) -> Result<Box<dyn Scorer + 'm>> {
        #[cfg(feature = "board")]
        if self.device.is_some() {
            return Ok(Box::new(Board::new(model, Device::emulated()?)?));
        }
        Ok(Box::new(Host::new(model)))
    }
}

/// A predicted value; or the class and the probability of each, parted by tabs.
fn line(scores: &Scores) -> String {
    let mut line = String::new();
    match scores.class() {
        Some(class) => {
            let _ = write!(line, "{class}");
            scores.probabilities().iter().for_each(|p| {
                let _ = write!(line, "\t{p:.6}");
            });
        }
        None => {
            let values: Vec<String> = scores.outputs().iter().map(f32::to_string).collect();
            line.push_str(&values.join("\t"));
        }
    }
    line.push('\n');
    line
}

fn parse(line: &str, number: usize, window: usize) -> Result<Vec<f32>> {
    let bad = |bound: &dyn std::fmt::Display| Error::input("stdin", format_args!("line {number}"), bound);
    let words = line.split(|c: char| c == ',' || c.is_whitespace()).filter(|word| !word.is_empty());
    let samples: Vec<f32> = words
        .map(|word| match word.parse() {
            Ok(sample) if f32::is_finite(sample) => Ok(sample),
            _ => Err(bad(&format_args!("finite numbers; it has {word}"))),
        })
        .collect::<Result<_>>()?;
    if samples.len() == window {
        Ok(samples)
    } else {
        Err(bad(&format_args!("{window} samples as the model's window; it has {}", samples.len())))
    }
}
