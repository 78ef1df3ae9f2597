//! A model as a constant of its file's bytes, with the lengths of the memory that it needs.

use crate::model::{Model, Spec};
use awd_core::{Boundary, Step};
use std::fmt::Write;

/// Bytes in a line of source.
const WIDTH: usize = 16;

/// A C header, to be used with `awd.h`: the array `awd_model_file`, and the lengths `AWD_MODEL_WINDOW`, `AWD_MODEL_WORK` and
/// `AWD_MODEL_OUTPUTS`. `source` says what it was made of.
#[must_use]
pub fn c(model: &Model, source: &str) -> String {
    let mut text = format!(
        "/* Made by `awd export --as c --file` of {}; scored with awd.h. */\n\n#ifndef AWD_MODEL_H\n#define AWD_MODEL_H\n\n#include \
         <stdint.h>\n\n",
        // A comment that ends early would be source.
        source.replace("*/", "* /")
    );
    for (name, len) in lengths(model) {
        let _ = writeln!(text, "#define AWD_MODEL_{name} {len}");
    }
    text += "\nstatic const uint8_t awd_model_file[] = {\n";
    bytes(&mut text, model);
    text += "};\n\n#endif\n";
    text
}

/// A Rust module: the constants `FILE`, `WINDOW`, `WORK` and `OUTPUTS`, and, where the model has one wavelet for all levels and
/// is one of signals, `Layout`, with which `Model::unrolled` gives the same scores for a fraction of the instructions.
#[must_use]
pub fn rust(model: &Model, source: &str) -> String {
    let mut text = format!("//! Made by `awd export --as rust --file` of {}.\n\n", source.replace('\n', " "));
    for (name, len) in lengths(model) {
        let what = match name {
            "WINDOW" => "Samples of a window.",
            "WORK" => "Samples of work space.",
            _ => "Outputs of a score.",
        };
        let _ = writeln!(text, "/// {what}\npub const {name}: usize = {len};");
    }
    text += "/// The model's file, for `awd_core::Model::from_bytes`.\n#[rustfmt::skip]\npub const FILE: &[u8] = &[\n";
    bytes(&mut text, model);
    text += "];\n";
    if has_layout(model.spec()) {
        layout(&mut text, model);
    }
    text
}

/// Is there a layout of it: one wavelet of one scheme, with the details of one phase?
fn has_layout(spec: &Spec) -> bool {
    let one = spec.image.is_none() && spec.wavelets.len() == 1;
    one && spec.dwt().schemes().len() == 1 && !spec.dwt().is_oversampled()
}

/// Names and lengths of what scoring needs.
fn lengths(model: &Model) -> [(&'static str, usize); 3] {
    let spec = model.spec();
    let work = match &spec.image {
        Some(image) => spec.dwt().image_work_len::<1>(image.size(model.window())),
        None => model.work_len(),
    };
    [("WINDOW", model.window()), ("WORK", work), ("OUTPUTS", spec.readout.bias.len())]
}

fn bytes(text: &mut String, model: &Model) {
    for line in model.file().chunks(WIDTH) {
        let line: Vec<String> = line.iter().map(|byte| format!("{byte:#04x},")).collect();
        let _ = writeln!(text, "    {}", line.join(" "));
    }
}

fn layout(text: &mut String, model: &Model) {
    let dwt = model.spec().dwt();
    let boundary = match dwt.boundary() {
        Boundary::Periodization => "Periodization",
        Boundary::Zero => "Zero",
        Boundary::Symmetric => "Symmetric",
    };
    let scheme = dwt.scheme(0);
    let shape = |Step { offset, taps }: Step<f32>| (offset, taps.map(|tap| tap != 0.0));
    let steps: Vec<_> = scheme.steps().map(shape).collect();
    let _ = write!(
        text,
        "\n/// The model's shape, for `awd_core::Model::unrolled`.\n#[derive(Debug, Clone, Copy)]\npub struct Layout;\n\n#[rustfmt::skip]\nimpl \
         awd_core::Layout for Layout {{\n    const WINDOW: usize = WINDOW;\n    const LEVELS: usize = {};\n    const BOUNDARY: \
         awd_core::Boundary = awd_core::Boundary::{boundary};\n    const FILTER_LEN: usize = {};\n    const ORIGIN: [i8; 2] = \
         {:?};\n    const STEPS: &'static [(i8, [bool; 2])] = &{steps:?};\n}}\n",
        dwt.levels(),
        scheme.filter_len(),
        scheme.origin(),
    );
}
