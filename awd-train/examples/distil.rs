//! Distils a model by calls of the library: how fast does a machine hum?
//!
//! `cargo run --release --package awd-train --example distil -- hum.awd` also writes its file. awd-core's examples score with
//! that.

use awd_train::data::{Dataset, Samples, Target};
use awd_train::distil::{Options, distil};
use awd_train::evaluate::evaluate;
use awd_train::progress::Context;
use awd_train::{Result, file};
use ndarray::Array2;
use std::f32::consts::TAU;

/// Windows of 32 samples of a hum, each of another phase, and how much of a turn each makes from sample to sample: .05 to .25.
fn hums(n: usize) -> Samples {
    let pitch = |i: usize| 0.05 + 0.2 * i as f32 / n as f32;
    let phase = |i: usize| i as f32 * 2.4;
    let x = Array2::from_shape_fn((n, 32), |(i, t)| (TAU * pitch(i) * t as f32 + phase(i)).sin());
    Samples { x, y: Target::Values((0..n).map(|i| pitch(i).into()).collect()) }
}

/// The model's file, and what is said of it.
pub fn distilled() -> Result<(Vec<u8>, String)> {
    let [train, test] = [hums(400), hums(150)];
    let data = Dataset::builder(train.x, train.y).test(test.x, test.y).named("hums").build()?;
    // A teacher's gradients would be the second argument: those of `awd_train::attribution`, or the user's own.
    // Whatever is left out here is chosen by cross-validation.
    let options = Options { gammas: vec![0.0], levels: Some(3), max_parameters: 12, bare: true, ..Options::default() };
    let found = distil(&data, None, &options, Context::default())?;
    let table = evaluate(&data, &found.model, Vec::new(), options.seed, Context::default())?;
    let bytes = found.model.file().to_vec();
    let said =
        format!("{} parameters, {} bytes, R² {:.3}\n", found.model.parameters(), bytes.len(), table.rows[0].score);
    Ok((bytes, said))
}

fn main() -> Result<()> {
    let (bytes, said) = distilled()?;
    if let Some(path) = std::env::args_os().nth(1) {
        file::write(path.as_ref(), &bytes)?;
    }
    print!("{said}");
    Ok(())
}
