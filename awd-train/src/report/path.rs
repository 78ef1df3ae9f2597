//! How the wavelet was chosen: all trials, along λ and γ.

use super::chart::{Axis, Chart, Ink, Layer, Legend, Mark, Scale, WIDE};
use super::page::figure;
use crate::Result;
use crate::distil::Trial;
use maud::{Markup, html};

/// The section.
///
/// # Errors
/// The chart cannot be drawn.
pub fn path(tried: &[Trial]) -> Result<Markup> {
    let Some(chosen) = tried.iter().find(|row| row.chosen == 1) else { return Ok(html! {}) };
    let shape =
        |row: &Trial| (row.wavelet.clone(), row.family.clone(), row.taps, row.levels, row.beside, row.lambda.to_bits());
    let mut along: Vec<&Trial> = tried.iter().filter(|row| shape(row) == shape(chosen)).collect();
    along.sort_by(|a, b| a.gamma.total_cmp(&b.gamma));
    // Only the ratio of the weights matters. Without attributions it is 0, which is drawn at the left edge.
    let ratio = |row: &Trial| row.gamma / row.lambda;
    let ratios = || tried.iter().map(ratio).filter(|ratio| *ratio > 0.0 && ratio.is_finite());
    let (least, greatest) = ratios().fold((f64::INFINITY, 0.0_f64), |(a, b), r| (a.min(r), b.max(r)));
    let [least, greatest] = if greatest > 0.0 { [least, greatest] } else { [1.0, 1.0] };
    let edges = [least.log10() - 1.0, greatest.log10() + 1.0];
    let x = |row: &Trial| match ratio(row) {
        0.0 => edges[0],
        ratio if ratio.is_finite() => ratio.log10(),
        _ => edges[1],
    };
    let point = |row: &Trial| [x(row), row.loss];
    let ends =
        along.iter().map(|row| [row.loss - row.standard_error, row.loss + row.standard_error]).collect::<Vec<_>>();
    let points: Vec<[f64; 2]> = along.iter().map(|row| point(row)).collect();
    // The worst tenth of the trials is not drawn, as it is not informative.
    let mut losses: Vec<f64> = tried.iter().map(|row| row.loss).collect();
    losses.sort_by(f64::total_cmp);
    let worst = losses[losses.len() * 9 / 10];
    let all: Vec<[f64; 2]> = tried.iter().map(point).filter(|p| p[1] <= worst).collect();
    let seen = all.iter().map(|p| p[1]).chain(ends.iter().flatten().copied());
    let y = Axis::around("loss on held-out windows", seen);
    let top = y.range[1] + 0.2 * (y.range[1] - y.range[0]);
    let chart = Chart {
        size: [WIDE, 340],
        x: Axis::new("γ/λ, with γ = 0 at the left, and fixed wavelets at the right", [edges[0] - 0.1, edges[1] + 0.1])
            .scaled(Scale::Decades),
        y: Axis { range: [y.range[0], top], ..y },
        picture: None,
        layers: vec![
            Layer::new("other families, lengths and depths", Ink::Other, Mark::Crosses, all),
            Layer::new("", Ink::Model, Mark::Line, points.clone()),
            Layer::new(
                "chosen family, length and depth, with one standard error",
                Ink::Model,
                Mark::AlongY(ends),
                points,
            ),
            Layer::new("chosen", Ink::Warning, Mark::Rings, vec![point(chosen)]),
        ],
        legend: Legend::Upper,
    };
    let (best, worst) = (along.iter().map(|row| row.loss).fold(f64::INFINITY, f64::min), losses[losses.len() - 1]);
    let shown = format!(
        "{} wavelets were tried. The choice is {} with {} taps and {} levels, with λ = {} and γ = {:.3}. Its loss is {:.4}; the lowest along the line is {best:.4}, the highest of all is {worst:.4}. \
         Of the wavelets that cannot be distinguished from the best, the one with the greatest γ is chosen.",
        tried.len(),
        if chosen.wavelet == "learned" { "a learned wavelet" } else { &chosen.wavelet },
        chosen.taps,
        chosen.levels,
        chosen.lambda,
        chosen.gamma,
        chosen.loss
    );
    Ok(html! {
        p { "Learned wavelets have two weights, fixed wavelets have none: λ weights the sparsity of the signals, γ the sparsity of the teacher's attributions. Each point is the best readout of a wavelet, by cross-validation inside the training split." }
        (figure("The path over λ and γ", &shown, &[chart])?)
    })
}
