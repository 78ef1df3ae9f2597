//! Explanations of maps: each map, its bands, and the contributions of its peaks and features.

use super::Subject;
use super::chart::{Axis, Chart, Ink, Layer, Legend, Mark, Picture};
use super::chosen::chosen;
use super::events::{terms, top_features};
use super::page::figure;
use crate::describe::{band, kernel_name};
use crate::explain::ByTerms;
use crate::metric::Outputs;
use crate::model::Model;
use crate::score::LINES;
use crate::{Error, Result};
use awd_core::features::image::Kernel;
use awd_core::features::image::peaks;
use awd_core::features::image::{Image, PeakCounts};
use awd_core::{Feature, Invalid, Term};
use maud::{Markup, html};
use ndarray::Axis as Dim;

/// Maximum number of peaks that are marked, those with the largest weights.
const MAX_PEAKS: usize = 60;

/// Pixels of a map, and of each of its bands.
const MAP: u32 = 448;
const BAND: u32 = 296;

/// The section.
///
/// # Errors
/// A chart cannot be drawn.
pub fn maps(subject: &Subject<'_>, image: &Image, outputs: &Outputs) -> Result<Markup> {
    let Subject { model, data, .. } = *subject;
    let failed = |why: Invalid| Error::failed("bands", why);
    let chosen = chosen(&data.test.y, &data.class_names, outputs);
    let rows: Vec<usize> = chosen.iter().map(|event| event.row).collect();
    let x = data.test.x.select(Dim(0), &rows);
    let by_terms = ByTerms::new(model, &data.train.x);
    let mut figures = Vec::new();
    for (i, event) in chosen.iter().enumerate() {
        let map: Vec<f32> = x.row(i).to_vec();
        let size = image.size(map.len());
        let mut charts = vec![picture("the map and its peaks", &map, size, MAP)];
        charts[0].layers = peak_layers(model, image, &map, event.output).map_err(failed)?;
        charts.extend(bands(model, image, &map).map_err(failed)?);
        let added = by_terms.added(event.output, &x);
        charts.push(terms(subject, &added, i));
        let marks = if image.counts.is_empty() {
            ""
        } else {
            " Dots mark the peaks that raise the prediction most, crosses mark the peaks that lower it most."
        };
        let shown = format!(
            "The map and its bands (dark is high), and below them the contributions of features. {}{marks}",
            top_features(model.spec(), &added, i)
        );
        figures.push((format!("Test map {}", event.row), figure(&event.why, &shown, &charts)?));
    }
    let kernels = kernels(model, image).map_err(failed)?;
    Ok(html! {
        p { "Contributions are in units of the output, relative to the mean training map. The model is a sum, so they are exact." }
        @for (title, figure) in &figures { h3 { (title) } (figure) }
        @if !kernels.is_empty() {
            (figure("The kernels", "The height of a peak is the sum of the map around it, weighted with such a kernel. Dark is positive.", &kernels)?)
        }
    })
}

/// A map as a picture, with its rows and columns as axes.
fn picture(title: &str, values: &[f32], [height, width]: [usize; 2], side: u32) -> Chart {
    Chart {
        size: [side, side],
        x: Axis::new(title, [0.0, width as f64]),
        y: Axis::new("", [0.0, height as f64]),
        picture: Some(Picture { values: values.iter().map(|&v| f64::from(v)).collect(), width }),
        layers: Vec::new(),
        legend: Legend::None,
    }
}

/// Layers of the peaks with the largest weights.
fn peak_layers(model: &Model, image: &Image, map: &[f32], output: usize) -> std::result::Result<Vec<Layer>, Invalid> {
    let spec = model.spec();
    let size = image.size(map.len());
    let outputs = spec.readout.bias.len();
    // The sign and the column of the weights for the predicted class. Class 0 has no weights; those of class 1 count
    // against it.
    let (sign, column) = match spec.readout.kind {
        awd_core::Kind::Linear => (1.0, output),
        awd_core::Kind::Softmax => output.checked_sub(1).map_or((-1.0, 0), |column| (1.0, column)),
    };
    let kernels = image
        .counts
        .iter()
        .map(|counts| counts.kernel.checked_sub(1).map(|kernel| Kernel::new(spec.dwt(), kernel.into())).transpose());
    let kernels = kernels.collect::<std::result::Result<Vec<_>, _>>()?;
    let weight = |histogram: usize, counts: &PeakCounts, height: f32| {
        let bin = Feature::Coefficient(u8::try_from(counts.bins.of(height)).unwrap_or(u8::MAX));
        let is_bin = |term: &Term| usize::from(term.band) == spec.bands() + 1 + histogram && term.feature == bin;
        spec.terms
            .iter()
            .position(is_bin)
            .map_or(0.0, |term| sign * f64::from(spec.readout.weights[term * outputs + column]))
    };
    let weighted = |[row, column]: [usize; 2]| {
        let heights = image.counts.iter().zip(&kernels).enumerate().map(|(histogram, (counts, kernel))| {
            let height =
                kernel.as_ref().map_or(map[row * size[1] + column], |kernel| kernel.at(map, size, [row, column]));
            weight(histogram, counts, height)
        });
        (heights.sum::<f64>(), [column as f64 + 0.5, (size[0] - row) as f64 - 0.5])
    };
    let mut peaks: Vec<(f64, [f64; 2])> = peaks(map, size).map(weighted).filter(|(weight, _)| *weight != 0.0).collect();
    peaks.sort_by(|a, b| b.0.abs().total_cmp(&a.0.abs()));
    peaks.truncate(MAX_PEAKS);
    let layer = |name: &str, ink, mark, raises: bool| {
        let points = peaks.iter().filter(|(weight, _)| (*weight > 0.0) == raises).map(|peak| peak.1).collect();
        Layer { name: name.into(), ink, mark, points }
    };
    Ok(vec![
        layer("peaks that raise", Ink::Model, Mark::Dots, true),
        layer("peaks that lower", Ink::Warning, Mark::Crosses, false),
    ])
}

/// The bands of a map.
fn bands(model: &Model, image: &Image, map: &[f32]) -> std::result::Result<Vec<Chart>, Invalid> {
    let spec = model.spec();
    let scorer = model.view().images::<LINES>()?;
    let images = scorer.images();
    let (mut buffer, mut work) = (vec![0.0; images.buffer_len()], vec![0.0; images.work_len()]);
    let sizes: Vec<[usize; 2]> = spec.dwt().image_band_sizes(image.size(map.len())).collect();
    let mut found = vec![Vec::new(); sizes.len()];
    images.analyze(map, &mut buffer, &mut work, |band, c| {
        if let Some(found) = found.get_mut(band) {
            *found = c.to_vec();
        }
    })?;
    let charts = found.iter().zip(sizes).enumerate();
    Ok(charts.map(|(i, (values, size))| picture(&band(spec, i), values, size, BAND)).collect())
}

/// The kernels of the histograms, as weights of the map around a peak.
fn kernels(model: &Model, image: &Image) -> std::result::Result<Vec<Chart>, Invalid> {
    let dwt = model.spec().dwt();
    let used = image.counts.iter().filter_map(|counts| Some((counts.kernel, counts.kernel.checked_sub(1)?)));
    let chart = |(name, kernel): (u8, u8)| {
        let kernel = Kernel::new(dwt, kernel.into())?;
        let side = awd_core::features::image::kernel_len(dwt, name) | 1;
        let size = [2 * side + 1; 2];
        // The response to a unit impulse is the reversed kernel.
        let mut impulse = vec![0.0; size[0] * size[1]];
        impulse[side * size[1] + side] = 1.0;
        let (first, last) = (side - side / 2, side + side / 2);
        let reversed = (first..=last).rev().flat_map(|row| (first..=last).rev().map(move |column| [row, column]));
        let values: Vec<f32> = reversed.map(|at| kernel.at(&impulse, size, at)).collect();
        Ok(picture(kernel_name(name).trim_end_matches(','), &values, [last + 1 - first; 2], BAND))
    };
    used.map(chart).collect()
}
