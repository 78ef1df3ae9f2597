//! All wavelets of four taps, by their one free angle: the loss of their readouts, and the terms of the method's
//! objective.

use super::chart::{Axis, Chart, Ink, Layer, Legend, Mark};
use crate::Result;
use std::fmt::Write;

/// Width and height of a curve, in pixels.
const SIZE: [u32; 2] = [760, 210];

/// A wavelet of four taps.
#[derive(Debug, Clone, Copy)]
pub struct Around {
    /// Its free angle, in degrees.
    pub angle: f64,
    /// The held-out loss of readouts, mean and standard error over several folds.
    pub loss: [f64; 2],
    /// The mean L1 norm of coefficients over the bands.
    pub coefficients: f64,
    /// The mean L1 norm of attributions over the bands.
    pub attributions: f64,
}

/// The curves, one below the other, as SVG. `named` has the angles of wavelets with a name.
///
/// # Errors
/// A chart cannot be drawn.
pub fn circle(all: &[Around], named: &[(&str, f64)]) -> Result<String> {
    let curve = |value: fn(&Around) -> f64| all.iter().map(|here| [here.angle, value(here)]).collect::<Vec<_>>();
    let ends = all.iter().map(|here| [here.loss[0] - here.loss[1], here.loss[0] + here.loss[1]]).collect();
    let curves = [
        ("held-out loss of the readout", curve(|here| here.loss[0]), Mark::AlongY(ends)),
        ("L1 of coefficients", curve(|here| here.coefficients), Mark::Line),
        ("L1 of attributions", curve(|here| here.attributions), Mark::Line),
    ];
    let [width, height] = SIZE;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{0}\" viewBox=\"0 0 {width} {0}\" style=\"background:white\">",
        height * 3
    );
    for (i, (label, points, mark)) in (0..).zip(curves) {
        let marks = if let Mark::AlongY(ends) = &mark { ends.clone() } else { vec![] };
        let y = Axis::around(label, points.iter().map(|p| p[1]).chain(marks.into_iter().flatten()));
        let [low, high] = y.range;
        let names = named.iter().map(|(_, angle)| [*angle, high - 0.04 * (high - low)]).collect();
        let words = Mark::Words(named.iter().map(|(name, _)| (*name).into()).collect());
        let lines = named
            .iter()
            .map(|(_, angle)| Layer::new("", Ink::Faint, Mark::Dashed, vec![[*angle, low], [*angle, high]]));
        let chart = Chart {
            size: SIZE,
            x: Axis::new("free angle in degrees", [-92.0, 92.0]),
            y,
            picture: None,
            layers: lines
                .chain([Layer::new("", Ink::Text, words, names), Layer::new("", Ink::Model, mark, points)])
                .collect(),
            legend: Legend::None,
        };
        let _ = write!(svg, "{}", chart.svg()?.replacen("<svg ", &format!("<svg y=\"{}\" ", i * height), 1));
    }
    Ok(svg + "</svg>\n")
}
