//! The contents of the model: its parameters, its features, and its origin.

use super::Subject;
use super::number::thousands;
use super::page::table;
use crate::data::Target;
use crate::describe::input;
use crate::model::Spec;
use crate::wavelet::taps_of_scheme;
use awd_core::{Arithmetic, Boundary, Dwt, Kind, Provenance, Step};
use maud::{Markup, html};

/// The section.
pub fn what(subject: &Subject<'_>) -> Markup {
    let spec = subject.model.spec();
    let facts = facts(subject);
    html! {
        p {
            "The model transforms a window into " (spec.bands()) " subbands and computes " (spec.terms.len()) " features of them"
            @if !spec.products.is_empty() { ", and " (spec.products.len()) " products of two of these" }
            ". The outputs are weighted sums of these. Below are all its parameters; the device computes nothing else."
        }
        (table("The model", &["", ""], &facts, None))
        (wavelet(spec))
        (weights(spec))
    }
}

fn facts(subject: &Subject<'_>) -> Vec<Vec<String>> {
    let spec = subject.model.spec();
    let fact = |name: &str, value: String| vec![name.to_owned(), value];
    let window = match &spec.image {
        Some(image) => {
            let [height, width] = image.size(subject.model.window());
            format!("{height} by {width} samples, an image")
        }
        None => format!("{} samples", spec.window),
    };
    let output = match (&subject.data.train.y, spec.readout.kind) {
        (Target::Classes { classes, .. }, _) if spec.class_names.is_empty() => {
            format!("one of {classes} classes, with probabilities")
        }
        (Target::Classes { classes, .. }, _) => {
            format!("one of {classes} classes ({}), with probabilities", spec.class_names.join(", "))
        }
        (_, Kind::Linear) => "a value".into(),
        (_, Kind::Softmax) => "a class".into(),
    };
    let boundary = match spec.dwt().boundary() {
        Boundary::Zero => "zeros",
        Boundary::Symmetric => "its mirror image",
        Boundary::Periodization => "periodic",
    };
    let filters = spec.wavelets.iter().flat_map(Dwt::schemes);
    let taps: Vec<String> = filters.map(|scheme| scheme.filter_len().to_string()).collect();
    let arithmetic = match spec.scalar {
        Arithmetic::Float => "32-bit floating point".into(),
        Arithmetic::Fixed { unit, limit } => {
            format!("16-bit fixed point with unit {unit}, samples up to ±{}", f32::from(limit) * unit)
        }
    };
    let mut facts = vec![
        fact("Input", window),
        fact("Output", output),
        fact("Taps of the filters", taps.join(", ")),
        fact("Levels", spec.dwt().levels().to_string()),
        fact("Extension beyond the window", boundary.into()),
        fact("Parameters", thousands(subject.model.parameters())),
        fact("Bytes of the model file", thousands(subject.model.file().len())),
        fact("Arithmetic", arithmetic),
    ];
    match &spec.provenance {
        Some(Provenance { data, attributions, lambda, gamma, supervised, seed, version, .. }) => {
            let [major, minor, patch] = version;
            facts.push(fact("Distilled by awd", format!("{major}.{minor}.{patch}, seed {seed}")));
            facts.push(fact("Checksum of the training data", format!("{data:016x}")));
            let checksum = attributions.map_or("none".into(), |hash| format!("{hash:016x}"));
            facts.push(fact("Checksum of the teacher's gradients", checksum));
            facts.push(fact(
                "Weights of the objective",
                format!("λ {lambda}, γ {gamma:.4}, loss of the readout {supervised}"),
            ));
        }
        None => facts.push(fact("Origin", "not in the file".into())),
    }
    facts
}

/// The filters and their lifting steps.
fn wavelet(spec: &Spec) -> Markup {
    let several = spec.wavelets.len() > 1;
    let schemes = |dwt: &Dwt<f32>| dwt.schemes().len();
    let all = (1..).zip(&spec.wavelets).flat_map(|(wavelet, dwt)| {
        (1..).zip(dwt.schemes()).map(move |(level, scheme)| (wavelet, schemes(dwt), level, scheme))
    });
    html! {
        @for (wavelet, schemes, level, scheme) in all {
            @let name = if several { format!("wavelet {wavelet}") } else { "the wavelet".into() };
            @let caption = if schemes == 1 { format!("Lifting steps of {name}") } else { format!("Lifting steps of {name}, level {level}") };
            @let rows: Vec<Vec<String>> = scheme.steps_with_targets().map(|(step, detail)| step_of(&step, detail)).collect();
            @let taps: Vec<String> = taps_of_scheme(scheme.rounded().scheme()).iter().map(|tap| format!("{tap:.6}")).collect();
            p { "Lowpass taps: " (taps.join(", ")) "." }
            (table(&caption, &["changes", "offset", "first tap", "second tap"], &rows, None))
        }
    }
}

fn step_of(step: &Step<f32>, detail: bool) -> Vec<String> {
    let changes = if detail { "the detail" } else { "the approximation" };
    [changes.into(), step.offset.to_string()]
        .into_iter()
        .chain(step.taps.iter().map(|tap| format!("{tap:.6}")))
        .collect()
}

/// All weights, by feature.
fn weights(spec: &Spec) -> Markup {
    let outputs = spec.readout.bias.len();
    let heads: Vec<String> = match (spec.readout.kind, outputs) {
        (_, 1) => vec!["weight".into()],
        (Kind::Softmax, _) => (1..=outputs).map(|class| format!("class {}", spec.class_name(class))).collect(),
        (Kind::Linear, _) => (0..outputs).map(|output| format!("output {output}")).collect(),
    };
    let heads: Vec<&str> = ["feature"].into_iter().chain(heads.iter().map(String::as_str)).collect();
    let row = |name: String, weights: &[f32]| {
        [name].into_iter().chain(weights.iter().map(|w| format!("{w:.4}"))).collect::<Vec<_>>()
    };
    let bias = row("bias".into(), &spec.readout.bias);
    let inputs = spec.readout.weights.chunks(outputs).enumerate();
    let rows: Vec<_> = [bias].into_iter().chain(inputs.map(|(i, weights)| row(input(spec, i), weights))).collect();
    html! { details { summary { "All " (rows.len()) " rows of weights" } (table("The readout", &heads, &rows, None)) } }
}
