//! All windows at once, compared with PyWavelets on an array of them.

use crate::{COUNT, N, coefficients, dwt, measure::micros, same_bits};
use awd_core::Boundary;
use awd_core::transform::batch::separate;
use std::collections::HashMap;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The number of windows side by side.
const LANES: usize = 32;

/// Prints a table with one line per boundary.
pub fn table(windows: &[f32]) {
    let python = pywavelets();
    let version = python.as_ref().map_or("PyWavelets", |(version, _)| version);
    println!("| batch of {COUNT} windows | `Dwt::analyze_batch`, {LANES} lanes | {version} | ratio |");
    println!("|---|--:|--:|--:|");
    for (mode, boundary) in [("zero", Boundary::Zero), ("periodization", Boundary::Periodization)] {
        let ours = measure(windows, boundary);
        match python.as_ref().and_then(|(_, times)| times.get(mode)) {
            Some(theirs) => println!("| {mode} | {ours:.3} | {theirs:.3} | {:.1} |", theirs / ours),
            None => println!("| {mode} | {ours:.3} | not measured | |"),
        }
    }
}

/// Measures the way from windows to one array per band, including the conversion to lanes and back.
fn measure(windows: &[f32], boundary: Boundary) -> f64 {
    let dwt = dwt(boundary);
    let mut work = vec![[0.0; LANES]; dwt.batch_work_len(N)];
    let mut bands: Vec<_> = dwt.band_ranges(N).map(|band| vec![0.0; COUNT * band.len()]).collect();
    let mut analyze = |windows: &[f32], bands: &mut [Vec<f32>]| {
        let done = dwt.analyze_batch(windows, N, &mut work, |first, band, rows| {
            if let Some(into) = bands[band].get_mut(first * rows.len()..) {
                separate(rows, into);
            }
        });
        done.expect("the buffers have the required lengths");
    };

    analyze(windows, &mut bands);
    let mut work = vec![0.0; dwt.work_len(N)];
    let alone = coefficients(windows, |x, visit| dwt.analyze(x, &mut work, visit).expect("the buffer is long enough"));
    assert!(same_bits(&bands, &alone), "a lane must have the same bits as its window in a single analysis");

    micros(|| {
        analyze(black_box(windows), &mut bands);
        black_box(&bands);
    })
}

/// The version of PyWavelets, and its µs per window by mode.
fn pywavelets() -> Option<(String, HashMap<String, f64>)> {
    let script = include_str!("pywavelets.py");
    let (n, count) = (N.to_string(), COUNT.to_string());
    let run = |python: &Path| stdout_of(Command::new(python).args(["-c", script, &n, &count]));
    let printed = run(Path::new("python3")).or_else(|| run(&install()?));
    let Some(printed) = printed else {
        eprintln!("\n*** PyWavelets IS NOT MEASURED: it is not installed, and pip could not install it ***\n");
        return None;
    };
    let (version, times) = printed.split_once('\n')?;
    let times = times.lines().filter_map(|line| line.split_once('\t'));
    let times = times.filter_map(|(mode, micros)| Some((mode.to_owned(), micros.parse().ok()?))).collect();
    Some((version.to_owned(), times))
}

/// Installs PyWavelets in a virtual environment in cargo's target directory; returns its Python.
fn install() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pywavelets");
    stdout_of(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
    let python = folder.join("bin/python");
    stdout_of(Command::new(&python).args(["-m", "pip", "install", "--quiet", "PyWavelets"]))?;
    Some(python)
}

/// The standard output of a command, if it succeeds.
fn stdout_of(command: &mut Command) -> Option<String> {
    let output = command.output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}
