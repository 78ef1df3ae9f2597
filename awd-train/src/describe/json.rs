//! A model as JSON: every field.

use crate::model::Model;
use crate::readout::{Costs, Estimate, Platform};
use crate::wavelet::{orthogonality_defect, taps_of_scheme};
use awd_core::model::format::MAGIC;
use awd_core::{Arithmetic, Boundary, Kind, Scheme, Step};
use serde_json::{Value, json};

/// Orthogonality defect below which a filter is orthogonal: its lifting steps are rounded to f32.
const ROUNDING: f64 = 1e-5;

/// The family of a wavelet, by its orthogonality defect and the symmetry of its lifting steps.
pub(super) fn family(defect: f64, symmetric: bool) -> &'static str {
    match (defect < ROUNDING, symmetric) {
        (true, _) => "orthogonal",
        (_, true) => "symmetric",
        _ => "other",
    }
}

/// The lifting steps of a scheme.
fn lifting(scheme: Scheme<'_, f32>) -> Vec<Value> {
    let changes = |detail| if detail { "detail" } else { "approximation" };
    let step = |(step, detail): (Step<f32>, bool)| json!({"changes": changes(detail), "offset": step.offset, "taps": step.taps});
    scheme.steps_with_targets().map(step).collect()
}

/// Returns every field of a model. `taps` and `lifting` are those of the first wavelet at the finest level, and at all
/// levels if `deeper` is empty. `beside` has the schemes of the other wavelets.
#[must_use]
pub fn json(model: &Model) -> Value {
    let (spec, bytes) = (model.spec(), model.file());
    let steps: Vec<Step<f32>> = spec.dwt().schemes().flat_map(|scheme| scheme.steps()).collect();
    let max = steps.iter().flat_map(|step| step.taps).fold(0.0_f32, |max, tap| max.max(tap.abs()));
    let taps: Vec<Vec<f64>> = spec.dwt().schemes().map(|scheme| taps_of_scheme(scheme.rounded().scheme())).collect();
    let defect = taps.iter().map(|taps| orthogonality_defect(taps)).fold(0.0, f64::max);
    let symmetric = steps.iter().all(|step| step.taps[0] == step.taps[1]);
    let deeper = taps.iter().zip(spec.dwt().schemes()).skip(1);
    let deeper: Vec<Value> = deeper
        .map(|(taps, scheme)| json!({"taps": taps, "lifting": lifting(scheme), "origin": scheme.origin()}))
        .collect();
    let beside = spec.wavelets.iter().skip(1).map(|dwt| {
        let to_json = |scheme: Scheme<'_, f32>| {
            let taps = taps_of_scheme(scheme.rounded().scheme());
            json!({"taps": taps, "lifting": lifting(scheme), "origin": scheme.origin()})
        };
        dwt.schemes().map(to_json).collect::<Vec<_>>()
    });
    let beside: Vec<Vec<Value>> = beside.collect();
    let features: Vec<Value> = spec.terms.iter().map(|t| json!({"band": t.band, "feature": t.feature})).collect();
    json!({
        // The two version bytes follow the magic bytes.
        "schema": bytes.iter().skip(MAGIC.len()).take(2).map(u8::to_string).collect::<Vec<_>>().join("."),
        "bytes": bytes.len(),
        "parameters": model.parameters(),
        // Estimated for a score from the file on a Cortex-M4F, and for generated code.
        "instructions": Costs::of_model(model, Platform::File).map(|cost| cost.instructions),
        "generated": generated(model).map(|(target, cost)| (target.name().to_owned(), json!(cost))).collect::<serde_json::Map<_, _>>(),
        "family": family(defect, symmetric),
        "taps": taps[0],
        "orthogonality_defect": defect,
        "lifting": lifting(spec.dwt().scheme(0)),
        "origin": spec.dwt().scheme(0).origin(),
        "deeper": deeper,
        "beside": beside,
        "phases": if spec.dwt().is_oversampled() { 2 } else { 1 },
        "max_abs_step": max,
        "levels": spec.dwt().levels(),
        "boundary": match spec.dwt().boundary() {
            Boundary::Zero => "zero",
            Boundary::Symmetric => "symmetric",
            Boundary::Periodization => "periodization",
        },
        "window": spec.window,
        "scalar": match spec.scalar {
            Arithmetic::Float => json!("f32"),
            Arithmetic::Fixed { unit, limit } => json!({"fixed": {"unit": unit, "limit": limit, "readout": spec.integers}}),
        },
        "image": spec.image,
        "work": work_len(model),
        "features": features,
        "products": spec.products,
        "readout": {
            "kind": match spec.readout.kind {
                Kind::Linear => "linear",
                Kind::Softmax => "softmax",
            },
            "bias": spec.readout.bias,
            "weights": spec.readout.weights.chunks(spec.readout.bias.len()).collect::<Vec<_>>(),
        },
        "class_names": spec.class_names,
        "threshold": (spec.readout.threshold != 0.0).then_some(spec.readout.threshold),
        "health": spec.health,
        "provenance": spec.provenance.map(|provenance| json!({
            "data": format!("{:016x}", provenance.data),
            "attributions": provenance.attributions.map(|hash| format!("{hash:016x}")),
            "products": provenance.products,
            "lambda": provenance.lambda,
            "gamma": provenance.gamma,
            "supervised": provenance.supervised,
            "seed": provenance.seed,
            "version": provenance.version.map(|number| number.to_string()).join("."),
        })),
    })
}

/// Samples of work space, including the buffer of images.
pub(super) fn work_len(model: &Model) -> usize {
    model
        .view()
        .images::<1>()
        .map_or(model.work_len(), |scorer| scorer.images().buffer_len() + scorer.images().work_len())
}

/// The estimated costs of code that is generated from a model, on the processors that compute in its arithmetic.
pub(super) fn generated(model: &Model) -> impl Iterator<Item = (Platform, Estimate)> {
    let is_fixed = model.spec().scalar != Arithmetic::Float;
    let targets =
        Platform::ALL.into_iter().filter(move |target| *target != Platform::File && target.is_fixed() == is_fixed);
    targets.filter_map(|target| Some((target, Costs::of_model(model, target)?)))
}
