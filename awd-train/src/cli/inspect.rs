//! `awd inspect M.awd`

use super::{Global, report};
use awd_core::{Boundary, Kind, Model, format};
use awd_train::wavelet::{rounded, taps_of_ladder};
use awd_train::{Result, file};
use serde_json::{Value, json};
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Args {
    /// The model
    model: PathBuf,
}

impl Args {
    pub fn run(&self, global: &Global) -> Result<()> {
        let model = file::read_model(&self.model)?;
        let json = json(&model);
        report(global, &json, &words(&json))
    }
}

/// Every field of a model.
fn json(model: &Model) -> Value {
    let spec = model.spec();
    let lifting = spec.dwt.lifting();
    let steps = lifting.steps();
    let max = steps.iter().flat_map(|step| step.taps).fold(0.0_f32, |max, tap| max.max(tap.abs()));
    let ladder: Vec<Value> = (lifting.ladder())
        .map(|(step, detail)| {
            json!({"changes": if detail { "detail" } else { "approximation" }, "offset": step.offset, "taps": step.taps})
        })
        .collect();
    let features: Vec<Value> = spec.terms.iter().map(|t| json!({"band": t.band, "feature": t.feature})).collect();
    json!({
        "schema": format!("{}.{}", format::MAJOR, format::MINOR),
        "bytes": file::model_bytes(model).len(),
        "parameters": model.parameters(),
        "family": "orthogonal",
        "taps": taps_of_ladder(&rounded(lifting)),
        "lifting": ladder,
        "origin": lifting.origin(),
        "max_abs_step": max,
        "levels": spec.dwt.levels(),
        "boundary": match spec.dwt.boundary() {
            Boundary::Zero => "zero",
            Boundary::Periodization => "periodization",
        },
        "window": spec.window,
        "scalar": "f32",
        "work": model.work_len(),
        "features": features,
        "readout": {
            "kind": match spec.readout.kind {
                Kind::Linear => "linear",
                Kind::Softmax => "softmax",
            },
            "bias": spec.readout.bias,
            "weights": spec.readout.weights.chunks(spec.readout.bias.len()).collect::<Vec<_>>(),
        },
    })
}

fn words(json: &Value) -> String {
    let fields = json.as_object().into_iter().flatten();
    fields.map(|(name, value)| format!("{name:<13} {value}\n")).collect()
}
