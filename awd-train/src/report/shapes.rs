//! The wavelet as it looks, beside one that was never adapted.

use super::chart::{Axis, Chart, Ink, Layer, Legend, Mark};
use super::page::figure;
use crate::model::Model;
use crate::wavelet::{Sampled, Shape, Wavelet};
use crate::{Error, Result};
use maud::{Markup, html};

/// What the wavelet is drawn beside.
const BESIDE: &str = "db5";

/// The section: a figure for each scheme of the model.
///
/// # Errors
/// A chart cannot be drawn.
pub fn shapes(model: &Model) -> Result<Markup> {
    let failed = |why| Error::failed("wavelet", why);
    let db5 = Wavelet::named(BESIDE).ok_or_else(|| Error::failed(BESIDE, "is not in the catalogue"))?;
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
            "A coefficient measures how much of this wavelet is in the signal at one time and one scale. Each level has twice the scale of the one before. "
            "The scaling function belongs to the approximation after the last level."
        }
        @for figure in &figures { (figure) }
    })
}

fn shape(title: &str, of: &Shape, db5: &Shape) -> Result<Markup> {
    let functions = [("Scaling function", &of.scaling, &db5.scaling), ("Wavelet", &of.wavelet, &db5.wavelet)];
    let mut charts: Vec<Chart> = functions.map(|(name, of, db5)| function(name, of, db5)).into();
    charts.push(response(of, db5));
    let span = |sampled: &Sampled| sampled.step * sampled.values.len() as f64;
    let extremes =
        of.wavelet.values.windows(3).filter(|v| (v[1] - v[0]) * (v[2] - v[1]) < 0.0 && v[1].abs() > 0.1).count();
    let half = of.gains[1].iter().position(|gain| *gain > std::f64::consts::FRAC_1_SQRT_2);
    let half = half.and_then(|i| Shape::frequencies().nth(i)).map_or_else(
        || "and lets no frequency through by half".into(),
        |f| format!("and passes frequencies above {f:.2} cycles per sample with more than half of their amplitude"),
    );
    let shown = format!(
        "The line is the wavelet, the dashed line {BESIDE} for comparison. It spans {:.1} samples of the finest level ({BESIDE}: {:.1}), has {extremes} extremes, {half}.",
        span(&of.wavelet),
        span(&db5.wavelet)
    );
    figure(title, &shown, &charts)
}

fn function(name: &str, of: &Sampled, db5: &Sampled) -> Chart {
    let points = |sampled: &Sampled| -> Vec<[f64; 2]> {
        let at = |(i, &v): (usize, &f64)| [sampled.start + i as f64 * sampled.step, v];
        sampled.values.iter().enumerate().map(at).collect()
    };
    let [of, db5] = [of, db5].map(points);
    let all = || of.iter().chain(&db5);
    Chart {
        size: [296, 240],
        x: Axis::around(format!("{name}: time in samples"), all().map(|p| p[0])),
        y: Axis::around("", all().map(|p| p[1])),
        picture: None,
        layers: beside(of.clone(), db5.clone()),
        legend: Legend::None,
    }
}

/// A line, and what it is compared with behind it.
fn beside(of: Vec<[f64; 2]>, db5: Vec<[f64; 2]>) -> Vec<Layer> {
    vec![Layer::new(BESIDE, Ink::Other, Mark::Dashed, db5), Layer::new("this one", Ink::Model, Mark::Line, of)]
}

fn response(of: &Shape, db5: &Shape) -> Chart {
    let points = |gains: &[f64]| Shape::frequencies().zip(gains).map(|(f, gain)| [f, *gain]).collect::<Vec<_>>();
    let mut layers = beside(points(&of.gains[1]), points(&db5.gains[1]));
    // The other half of each pair needs no name: it falls where this one rises.
    layers.extend(
        beside(points(&of.gains[0]), points(&db5.gains[0])).into_iter().map(|l| Layer { name: String::new(), ..l }),
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
