//! A model as text.

use super::json::{family, generated, work_len};
use super::names::input;
use crate::model::{Model, Spec};
use crate::readout::{Costs, Platform};
use crate::wavelet::{orthogonality_defect, taps_of_scheme};
use awd_core::{Arithmetic, Boundary, Kind, Provenance, Scheme};
use std::fmt::Write;

/// Describes a model: its input and output, its wavelets, its origin, and each feature with its weight for each output.
#[must_use]
pub fn text(model: &Model) -> String {
    let spec = model.spec();
    let mut text = format!("{} bytes, {} parameters", model.file().len(), model.parameters());
    // The estimates are not more precise.
    let hundreds = |cost: u32| (f64::from(cost) / 100.0).round() * 100.0;
    if let Some(cost) = Costs::of_model(model, Platform::File) {
        let _ = write!(text, ", about {} instructions per score on a Cortex-M4F", hundreds(cost.instructions));
    }
    for (target, cost) in generated(model) {
        let [instructions, flash] = [cost.instructions, cost.flash].map(hundreds);
        let _ = write!(
            text,
            "\nexported as C: about {instructions} instructions and {flash} bytes of flash on a {}",
            target.processor()
        );
    }
    text += "\n\n";
    for (name, value) in facts(model) {
        let _ = writeln!(text, "{name:<10}  {value}");
    }
    text + "\nEach output is its bias plus the sum of weight times feature:\n\n" + &weights(spec)
}

fn facts(model: &Model) -> Vec<(String, String)> {
    let spec = model.spec();
    let mut facts = vec![("Input".into(), input_text(spec)), ("Output".into(), output_text(spec))];
    let phases = if spec.dwt().is_oversampled() { ", details at both phases" } else { "" };
    facts.push(("Transform".into(), format!("{} levels{phases}, {}", spec.dwt().levels(), boundary_text(spec))));
    for (i, dwt) in (1..).zip(&spec.wavelets) {
        let name = if spec.wavelets.len() == 1 { "Wavelet".into() } else { format!("Wavelet {i}") };
        let levels = dwt.schemes().len();
        for (level, scheme) in (1..).zip(dwt.schemes()) {
            let prefix = if levels == 1 { String::new() } else { format!("level {level}: ") };
            facts.push((name.clone(), format!("{prefix}{}", wavelet(scheme))));
        }
    }
    facts.push(("Memory".into(), format!("{} samples of work space", work_len(model))));
    if let Some(health) = &spec.health {
        let [low, high] = health.range;
        facts.push(("Trained on".into(), format!("samples from {low} to {high}")));
    }
    facts.push(("Made by".into(), spec.provenance.as_ref().map_or_else(|| "not in the file".into(), origin)));
    facts
}

fn input_text(spec: &Spec) -> String {
    let window = usize::from(spec.window);
    let shape = match &spec.image {
        Some(image) => {
            let [height, width] = image.size(window);
            format!("an image of {height} by {width} samples")
        }
        None => format!("a window of {window} samples"),
    };
    match spec.scalar {
        Arithmetic::Float => format!("{shape}, computed in 32-bit floating point"),
        Arithmetic::Fixed { unit, limit } => {
            format!("{shape} up to ±{}, computed in 16-bit fixed point with unit {unit}", f32::from(limit) * unit)
        }
    }
}

fn output_text(spec: &Spec) -> String {
    let outputs = spec.readout.bias.len();
    match spec.readout.kind {
        Kind::Linear => "a value".into(),
        Kind::Softmax if outputs == 1 => {
            let threshold = spec.readout.threshold;
            let p = 1.0 / (1.0 + (-threshold).exp());
            format!(
                "class {} if its probability is above {p:.3}, otherwise class {}",
                spec.class_name(1),
                spec.class_name(0)
            )
        }
        Kind::Softmax => {
            let names: Vec<String> = (0..=outputs).map(|class| spec.class_name(class)).collect();
            let of = if spec.class_names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) };
            format!(
                "one of {} classes{of}, the one with the greatest output; class {} has output 0",
                outputs + 1,
                names[0]
            )
        }
    }
}

fn boundary_text(spec: &Spec) -> &'static str {
    match spec.dwt().boundary() {
        Boundary::Zero => "zeros beyond the ends of the window",
        Boundary::Symmetric => "the window mirrored at its ends",
        Boundary::Periodization => "the window extended periodically",
    }
}

fn wavelet(scheme: Scheme<'_, f32>) -> String {
    let symmetric = scheme.steps().all(|step| step.taps[0] == step.taps[1]);
    let taps = taps_of_scheme(scheme.rounded().scheme());
    let family = family(orthogonality_defect(&taps), symmetric);
    let words: Vec<String> = taps.iter().map(|tap| format!("{tap:.5}")).collect();
    format!("{} taps, {family}: {}", taps.len(), words.join(" "))
}

fn origin(Provenance { data, attributions, lambda, gamma, seed, version, .. }: &Provenance) -> String {
    let [major, minor, patch] = version;
    let teacher = match attributions {
        Some(hash) => format!("gradients {hash:016x}, γ {gamma:.4}"),
        None => "no teacher".into(),
    };
    format!("awd {major}.{minor}.{patch}, seed {seed}, λ {lambda}, {teacher}, data {data:016x}")
}

/// The table of features and weights.
fn weights(spec: &Spec) -> String {
    let outputs = spec.readout.bias.len();
    let inputs = spec.readout.weights.chunks(outputs).enumerate();
    let rows: Vec<(String, &[f32])> = [("bias".to_owned(), spec.readout.bias.as_slice())]
        .into_iter()
        .chain(inputs.map(|(i, weights)| (input(spec, i), weights)))
        .collect();
    let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let head = |output: usize| match spec.readout.kind {
        Kind::Softmax => format!("class {}", spec.class_name(output + 1)),
        Kind::Linear if outputs == 1 => "weight".into(),
        Kind::Linear => format!("output {output}"),
    };
    let mut text = format!("{:<width$}", "feature");
    (0..outputs).for_each(|output| _ = write!(text, " {:>10}", head(output)));
    text.push('\n');
    for (name, weights) in rows {
        let _ = write!(text, "{name:<width$}");
        weights.iter().for_each(|weight| _ = write!(text, " {weight:>10.4}"));
        text.push('\n');
    }
    text
}
