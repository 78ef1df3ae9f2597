//! The costs of the model on a board.

use super::Subject;
use super::number::thousands;
use super::page::table;
use crate::model::Model;
use crate::score::LINES;
use awd_core::{Arithmetic, Dwt};
use maud::{Markup, html};

/// Bytes of an `awd_core::Model` on a 32-bit board, as docs/performance.md measures them.
const PARSED_MODEL: usize = 36;

/// The section.
pub fn costs(subject: &Subject<'_>) -> Markup {
    let (spec, model) = (subject.model.spec(), subject.model);
    let sample = if matches!(spec.scalar, Arithmetic::Fixed { .. }) { size_of::<i16>() } else { size_of::<f32>() };
    let cost = |what: &str, value: usize, note: &str| vec![what.to_owned(), thousands(value), note.to_owned()];
    let rows = [
        cost("Bytes of the model file", model.file().len(), "in flash, in one of the board's model slots"),
        cost("Bytes of the parsed model", PARSED_MODEL, "of RAM for any model; none for a scorer made by awd export"),
        cost("Bytes of a window", sample * model.window(), "of RAM"),
        cost("Bytes of work space", sample * work(model), "of RAM, only while a window is scored"),
        cost("Multiplications of the transform", multiplications(model), "for each window, each with an addition"),
        cost("Multiplications of the readout", spec.readout.weights.len(), "for each window, each with an addition"),
        cost("Multiplications of the products of features", spec.products.len(), "for each window"),
    ];
    html! {
        p {
            "These figures are counted from the model, not measured. docs/performance.md lists the executed instructions and the stack of similar models on emulated boards. "
            code { "awd score --device" } " compares the scores of a board with those of this computer, bit for bit."
        }
        (table("What a board needs", &["", "", ""], &rows, None))
    }
}

/// Samples of work space.
fn work(model: &Model) -> usize {
    model.view().images::<LINES>().map_or(model.work_len(), |_| {
        // A board transforms one line at a time.
        model.view().images::<1>().map_or(0, |scorer| scorer.images().buffer_len() + scorer.images().work_len())
    })
}

/// Multiplications of the transforms: each tap is applied to every sample of the half that its step changes, in each
/// phase.
fn multiplications(model: &Model) -> usize {
    let spec = model.spec();
    let taps = |dwt: &Dwt<f32>, level: usize| {
        dwt.scheme(level).steps().flat_map(|step| step.taps).filter(|tap| *tap != 0.0).count()
    };
    let Some(image) = &spec.image else {
        let of_wavelet = |dwt: &Dwt<f32>| {
            let phases = if dwt.is_oversampled() { 2 } else { 1 };
            let lens = dwt.half_lens(model.window()).enumerate();
            lens.map(|(level, half)| phases * half * taps(dwt, level)).sum::<usize>()
        };
        return spec.wavelets.iter().map(of_wavelet).sum();
    };
    let dwt = spec.dwt();
    let [height, width] = image.size(model.window());
    // Each level transforms rows and then columns, of a quarter of the image of the level before.
    let lens = dwt.half_lens(height).zip(dwt.half_lens(width)).enumerate();
    lens.map(|(level, (down, right))| taps(dwt, level) * (2 * down * right + right * 2 * down)).sum()
}
