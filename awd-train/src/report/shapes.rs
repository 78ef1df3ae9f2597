//! The shape of the wavelet, beside that of a fixed one.

use super::chart::{Axis, Chart, Ink, Layer, Legend, Mark};
use super::page::figure;
use crate::model::Model;
use crate::wavelet::{Sampled, Shape, Wavelet};
use crate::{Error, Result};
use maud::{Markup, html};

/// The wavelet for comparison.
const REFERENCE: &str = "db5";

/// The section: a figure for each scheme of the model.
///
/// # Errors
/// A chart cannot be drawn.
pub fn shapes(model: &Model) -> Result<Markup> {
    let failed = |why| Error::failed("wavelet", why);
    let db5 = Wavelet::named(REFERENCE).ok_or_else(|| Error::failed(REFERENCE, "is not in the catalogue"))?;
    let db5 = Shape::of(db5.lifting().rounded().scheme()).map_err(failed)?;
    let schemes = model.spec().dwt().schemes();
    let one = schemes.len() == 1;
    let figures = (1..).zip(schemes).map(|(level, scheme)| {
        let title = if one { "The wavelet".into() } else { format!("The wavelet of level {level}") };
        shape(&title, &Shape::of(scheme).map_err(failed)?, &db5)
    });
    let figures = figures.collect::<Result<Vec<_>>>()?;
    Ok(html! {
        p {
            "A coefficient measures how much of this wavelet is in the signal at one time and one scale. Each level has twice the scale of the previous one. "
            "The scaling function belongs to the approximation after the last level."
        }
        @for figure in &figures { (figure) }
    })
}

fn shape(title: &str, own: &Shape, db5: &Shape) -> Result<Markup> {
    let functions = [("Scaling function", &own.scaling, &db5.scaling), ("Wavelet", &own.wavelet, &db5.wavelet)];
    let mut charts: Vec<Chart> = functions.map(|(name, own, db5)| function(name, own, db5)).into();
    charts.push(response(own, db5));
    let span = |sampled: &Sampled| sampled.step * sampled.values.len() as f64;
    let extremes =
        own.wavelet.values.windows(3).filter(|v| (v[1] - v[0]) * (v[2] - v[1]) < 0.0 && v[1].abs() > 0.1).count();
    let half = own.gains[1].iter().position(|gain| *gain > std::f64::consts::FRAC_1_SQRT_2);
    let half = half.and_then(|i| Shape::frequencies().nth(i)).map_or_else(
        || "and passes no frequency with more than half of its amplitude".into(),
        |f| format!("and passes frequencies above {f:.2} cycles per sample with more than half of their amplitude"),
    );
    let shown = format!(
        "The solid line is the wavelet, the dashed line {REFERENCE} for comparison. The wavelet spans {:.1} samples of the finest level ({REFERENCE}: {:.1}), has {extremes} extremes, {half}.",
        span(&own.wavelet),
        span(&db5.wavelet)
    );
    figure(title, &shown, &charts)
}

fn function(name: &str, own: &Sampled, db5: &Sampled) -> Chart {
    let points = |sampled: &Sampled| -> Vec<[f64; 2]> {
        let at = |(i, &v): (usize, &f64)| [sampled.start + i as f64 * sampled.step, v];
        sampled.values.iter().enumerate().map(at).collect()
    };
    let [own, db5] = [own, db5].map(points);
    let all = || own.iter().chain(&db5);
    Chart {
        size: [296, 240],
        x: Axis::around(format!("{name}: time in samples"), all().map(|p| p[0])),
        y: Axis::around("", all().map(|p| p[1])),
        picture: None,
        layers: overlay(own.clone(), db5.clone()),
        legend: Legend::None,
    }
}

/// A line and, behind it, that of the reference wavelet.
fn overlay(own: Vec<[f64; 2]>, db5: Vec<[f64; 2]>) -> Vec<Layer> {
    vec![Layer::new(REFERENCE, Ink::Other, Mark::Dashed, db5), Layer::new("this wavelet", Ink::Model, Mark::Line, own)]
}

fn response(own: &Shape, db5: &Shape) -> Chart {
    let points = |gains: &[f64]| Shape::frequencies().zip(gains).map(|(f, gain)| [f, *gain]).collect::<Vec<_>>();
    let mut layers = overlay(points(&own.gains[1]), points(&db5.gains[1]));
    // The lowpass filter needs no name: its gain falls where that of the highpass rises.
    layers.extend(
        overlay(points(&own.gains[0]), points(&db5.gains[0])).into_iter().map(|l| Layer { name: String::new(), ..l }),
    );
    let greatest = layers.iter().flat_map(|layer| &layer.points).map(|p| p[1]).fold(1.0, f64::max);
    layers.iter_mut().for_each(|layer| layer.name.clear());
    Chart {
        size: [296, 240],
        x: Axis::new("Frequency, cycles per sample", [0.0, 0.5]),
        y: Axis::new("", [0.0, 1.05 * greatest]),
        picture: None,
        layers,
        legend: Legend::None,
    }
}
