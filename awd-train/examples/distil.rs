//! Distils a model by calls of the library. It estimates the pitch of a machine's hum.
//!
//! `cargo run --release --package awd-train --example distil -- hum.awd` also writes the model's file, which the
//! examples of awd-core use.

use awd_train::data::{Dataset, Samples, Target};
use awd_train::distil::{Options, distil};
use awd_train::evaluate::evaluate;
use awd_train::progress::Context;
use awd_train::{Result, file};
use ndarray::Array2;
use std::f32::consts::TAU;

/// Windows of 32 samples of a hum, each with its own phase. The value is the pitch in turns per sample: 0.05 to 0.25.
fn hums(n: usize) -> Samples {
    let pitch = |i: usize| 0.05 + 0.2 * i as f32 / n as f32;
    let phase = |i: usize| i as f32 * 2.4;
    let x = Array2::from_shape_fn((n, 32), |(i, t)| (TAU * pitch(i) * t as f32 + phase(i)).sin());
    Samples { x, y: Target::Values((0..n).map(|i| pitch(i).into()).collect()) }
}

/// The model's file, and a summary.
pub fn distilled() -> Result<(Vec<u8>, String)> {
    let [train, test] = [hums(400), hums(150)];
    let data = Dataset::builder(train.x, train.y).test(test.x, test.y).named("hums").build()?;
    // A teacher's gradients would be the second argument: from `awd_train::attribution`, or your own.
    // Cross-validation chooses the options that are left out here.
    let options = Options { gammas: vec![0.0], levels: Some(3), max_parameters: 12, bare: true, ..Options::default() };
    let found = distil(&data, None, &options, Context::default())?;
    let table = evaluate(&data, &found.model, Vec::new(), options.seed, Context::default())?;
    let bytes = found.model.file().to_vec();
    let summary =
        format!("{} parameters, {} bytes, R² {:.3}\n", found.model.parameters(), bytes.len(), table.rows[0].score);
    Ok((bytes, summary))
}

fn main() -> Result<()> {
    let (bytes, summary) = distilled()?;
    if let Some(path) = std::env::args_os().nth(1) {
        file::write(path.as_ref(), &bytes)?;
    }
    print!("{summary}");
    Ok(())
}
