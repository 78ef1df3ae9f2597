//! Compares the samples and the band energies of the test windows with those of the training windows.

use super::Subject;
use super::chart::{Axis, Chart, Ink, Layer, Legend, Mark, Scale, WIDE};
use super::page::figure;
use crate::Result;
use crate::describe::band;
use crate::model::Reference;
use crate::readout::Candidates;
use awd_core::{Feature, Term};
use maud::{Markup, html};

/// The section.
///
/// # Errors
/// A chart cannot be drawn.
pub fn drift(subject: &Subject<'_>) -> Result<Markup> {
    let spec = subject.model.spec();
    let Some(reference) = &spec.health else {
        return Ok(
            html! { p { "The file has no statistics of the training windows (option --bare), so a board cannot detect drift." } },
        );
    };
    let [least, greatest] = reference.range;
    let samples = subject.data.test.x.len().max(1);
    let outside = subject.data.test.x.iter().filter(|x| **x < least || **x > greatest).count();
    Ok(html! {
        p {
            "The model file contains statistics of the training windows: their samples range from " (format!("{least:.4}")) " to " (format!("{greatest:.4}")) ", and each band has a mean log energy. "
            "Of the samples of the test windows, "(format!("{:.3}%", 100.0 * outside as f64 / samples as f64)) " are outside this range. "
            @if spec.image.is_some() { "Boards do not monitor the drift of images; the figure compares the test images with the training images." }
            @else { "A board compares the windows that it scores with this range and these energies, and " code { "awd device monitor" } " prints the result." }
        }
        (energies(subject, reference)?)
    })
}

fn energies(subject: &Subject<'_>, reference: &Reference) -> Result<Markup> {
    let spec = subject.model.spec();
    let bands = reference.bands.len();
    let terms =
        (0..bands).filter_map(|band| u8::try_from(band).ok()).map(|band| Term { band, feature: Feature::LogEnergy });
    let candidates = Candidates { terms: terms.collect(), products: vec![], ..Candidates::of_model(subject.model) };
    let columns = candidates.features(&subject.data.test.x);
    // In standard deviations of the training windows, from their mean.
    let test = |band: usize| {
        let moments = &reference.bands[band];
        let mut z: Vec<f64> =
            columns.column(band).iter().map(|v| (v - f64::from(moments.mean)) / f64::from(moments.deviation)).collect();
        z.sort_by(f64::total_cmp);
        [5, 50, 95].map(|hundredth| z[(z.len() * hundredth / 100).min(z.len() - 1)])
    };
    let place = |band: usize| (bands - 1 - band) as f64;
    let found: Vec<[f64; 3]> = (0..bands).map(test).collect();
    let points = |shift: f64, value: &dyn Fn(usize) -> f64| {
        (0..bands).map(|band| [value(band), place(band) + shift]).collect::<Vec<_>>()
    };
    let chart = Chart {
        size: [WIDE, 90 + 38 * u32::try_from(bands).unwrap_or(1)],
        x: Axis::around(
            "log energy, in standard deviations from the training mean",
            found.iter().flatten().copied().chain([-2.5, 4.0]),
        ),
        y: Axis::new("", [-0.6, bands as f64 - 0.2])
            .scaled(Scale::Names((0..bands).rev().map(|i| band(spec, i)).collect())),
        picture: None,
        layers: vec![
            Layer::new(
                "training windows, ±2 standard deviations",
                Ink::Other,
                Mark::AlongX(vec![[-2.0, 2.0]; bands]),
                points(0.16, &|_| 0.0),
            ),
            Layer::new(
                "test windows, 5th to 95th percentile",
                Ink::Model,
                Mark::AlongX(found.iter().map(|[low, _, high]| [*low, *high]).collect()),
                points(-0.16, &|band| found[band][1]),
            ),
        ],
        legend: Legend::Upper,
    };
    let farthest = found.iter().map(|[_, middle, _]| middle.abs()).fold(0.0, f64::max);
    let shown = format!(
        "If the lines of a band do not overlap, the signal has changed, for example because of the gain, an electrode or a lamp. Here the medians of the test windows are at most {farthest:.2} standard deviations from the training means."
    );
    figure("The energy of each band", &shown, &[chart])
}
