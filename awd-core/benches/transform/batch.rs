//! All windows at once, against PyWavelets on an array of them.

use crate::{COUNT, N, coefficients, dwt, measure::micros, same_bits};
use awd_core::Boundary;
use awd_core::transform::batch::separate;
use std::collections::HashMap;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Windows side by side.
const LANES: usize = 32;

/// Prints a line for each boundary.
pub fn table(windows: &[f32]) {
    let python = pywavelets();
    let version = python.as_ref().map_or("PyWavelets", |(version, _)| version);
    println!("| batch of {COUNT} windows | `Dwt::analyze_batch`, {LANES} lanes | {version} | ratio |");
    println!("|---|--:|--:|--:|");
    for (mode, boundary) in [("zero", Boundary::Zero), ("periodization", Boundary::Periodization)] {
        let ours = ours(windows, boundary);
        match python.as_ref().and_then(|(_, times)| times.get(mode)) {
            Some(theirs) => println!("| {mode} | {ours:.3} | {theirs:.3} | {:.1} |", theirs / ours),
            None => println!("| {mode} | {ours:.3} | left out | |"),
        }
    }
}

/// From windows to an array for each band, so with the way to lanes and back.
fn ours(windows: &[f32], boundary: Boundary) -> f64 {
    let dwt = dwt(boundary);
    let mut work = vec![[0.0; LANES]; dwt.batch_work_len(N)];
    let mut bands: Vec<_> = dwt.band_ranges(N).map(|band| vec![0.0; COUNT * band.len()]).collect();
    let mut analyze = |windows: &[f32], bands: &mut [Vec<f32>]| {
        let done = dwt.analyze_batch(windows, N, &mut work, |first, band, rows| {
            if let Some(into) = bands[band].get_mut(first * rows.len()..) {
                separate(rows, into);
            }
        });
        done.expect("the buffers are as long as they must be");
    };

    analyze(windows, &mut bands);
    let mut work = vec![0.0; dwt.work_len(N)];
    let alone = coefficients(windows, |x, visit| dwt.analyze(x, &mut work, visit).expect("the buffer is long enough"));
    assert!(same_bits(&bands, &alone), "a lane must have the bits that its window has alone");

    micros(|| {
        analyze(black_box(windows), &mut bands);
        black_box(&bands);
    })
}

/// PyWavelets' version, and µs a window by its name of the boundary.
fn pywavelets() -> Option<(String, HashMap<String, f64>)> {
    let script = include_str!("pywavelets.py");
    let (n, count) = (N.to_string(), COUNT.to_string());
    let measured = |python: &Path| said(Command::new(python).args(["-c", script, &n, &count]));
    let printed = measured(Path::new("python3")).or_else(|| measured(&installed()?));
    let Some(printed) = printed else {
        eprintln!("\n*** PyWavelets IS LEFT OUT: it is neither here nor can pip install it ***\n");
        return None;
    };
    let (version, times) = printed.split_once('\n')?;
    let times = times.lines().filter_map(|line| line.split_once('\t'));
    let times = times.filter_map(|(mode, micros)| Some((mode.to_owned(), micros.parse().ok()?))).collect();
    Some((version.to_owned(), times))
}

/// A Python with PyWavelets, in an environment beside what cargo builds.
fn installed() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pywavelets");
    said(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
    let python = folder.join("bin/python");
    said(Command::new(&python).args(["-m", "pip", "install", "--quiet", "PyWavelets"]))?;
    Some(python)
}

/// What a command prints, if it ends well.
fn said(command: &mut Command) -> Option<String> {
    let ran = command.output().ok().filter(|ran| ran.status.success())?;
    Some(String::from_utf8_lossy(&ran.stdout).into_owned())
}
