//! Charts as data: layers over two axes. Sections build them, and draw.rs draws them.
//!
//! Layers differ by their marks and dashes, not only by colour, so that they are distinct in greyscale.

use super::number::short;

/// Pixels of a chart that is as wide as the page.
pub const WIDE: u32 = 900;

/// The role of a layer, which decides its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// The model, or the main result.
    Model,
    /// What the model is compared with.
    Other,
    /// A warning.
    Warning,
    /// Axes and text.
    Text,
    /// A guide for the eye.
    Faint,
}

/// How the points of a layer are drawn.
#[derive(Debug, Clone, PartialEq)]
pub enum Mark {
    /// A line through them.
    Line,
    /// A dashed line through them.
    Dashed,
    /// A dot at each point.
    Dots,
    /// A cross at each point.
    Crosses,
    /// A ring around each point.
    Rings,
    /// A bar at each point, up or down from a base, with a scale that differs from the axis.
    BarsFrom {
        /// Width along x.
        width: f64,
        /// The position on the axis of the value 0.
        base: f64,
        /// The length on the axis of the value 1.
        unit: f64,
    },
    /// A dot at each point, and a line along x between two ends.
    AlongX(Vec<[f64; 2]>),
    /// A dot at each point, and a line along y between two ends.
    AlongY(Vec<[f64; 2]>),
    /// These words to the right of each point.
    Words(Vec<String>),
}

/// Where the legend is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Legend {
    /// There is none, as a narrow chart has no space for it; the text names the layers.
    None,
    /// At the upper right.
    Upper,
    /// At the lower right.
    Lower,
}

/// Points that are drawn in the same way.
#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    /// Its name in the legend, or an empty string.
    pub name: String,
    /// Its role.
    pub ink: Ink,
    /// How the points are drawn.
    pub mark: Mark,
    /// x and y of each point.
    pub points: Vec<[f64; 2]>,
}

impl Layer {
    /// A layer. If its name is empty, it is not in the legend.
    pub fn new(name: &str, ink: Ink, mark: Mark, points: Vec<[f64; 2]>) -> Self {
        Self { name: name.into(), ink, mark, points }
    }
}

/// A grey picture behind the layers, as rows of values from the top. It fills the area of both axes.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// The values, row by row.
    pub values: Vec<f64>,
    /// Number of columns.
    pub width: usize,
}

/// The labels of an axis.
#[derive(Debug, Clone, PartialEq)]
pub enum Scale {
    /// The values.
    Plain,
    /// Powers of ten: the values are decimal logarithms.
    Decades,
    /// These names at the integers from 0. Other values have no label.
    Names(Vec<String>),
}

/// An axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// The quantity and its unit.
    pub label: String,
    /// First and last value.
    pub range: [f64; 2],
    /// The labels.
    pub scale: Scale,
}

impl Axis {
    /// A plain axis.
    pub fn new(label: impl Into<String>, range: [f64; 2]) -> Self {
        Self { label: label.into(), range, scale: Scale::Plain }
    }

    /// The same axis with another scale.
    pub fn scaled(self, scale: Scale) -> Self {
        Self { scale, ..self }
    }

    /// A plain axis that covers these values, with a small margin.
    pub fn around(label: impl Into<String>, values: impl Iterator<Item = f64>) -> Self {
        let (least, greatest) =
            values.filter(|v| v.is_finite()).fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)));
        let (least, greatest) = if least <= greatest { (least, greatest) } else { (0.0, 1.0) };
        let more = if greatest > least { 0.05 * (greatest - least) } else { 0.5 * least.abs().max(1.0) };
        Self::new(label, [least - more, greatest + more])
    }

    /// The text of a value in a table.
    pub fn table_text(&self, value: f64) -> String {
        match &self.scale {
            Scale::Names(_) => self.tick(value),
            Scale::Decades => short(10_f64.powf(value)),
            Scale::Plain => short(value),
        }
    }

    /// The label of the axis at a value.
    pub fn tick(&self, value: f64) -> String {
        match &self.scale {
            Scale::Plain => plain(value),
            // A part of a decade is not a round number, but an axis of few decades has no other labels.
            Scale::Decades if (value - value.round()).abs() < 1e-6 => plain(10_f64.powf(value)),
            Scale::Decades if self.range[1] - self.range[0] < 1.5 => plain(three_digits(10_f64.powf(value))),
            Scale::Decades => String::new(),
            Scale::Names(names) => {
                let nearest = value.round();
                let name = (nearest - value).abs() < 1e-6 && nearest >= 0.0;
                name.then(|| names.get(nearest as usize).cloned()).flatten().unwrap_or_default()
            }
        }
    }
}

/// A number for an axis, in few characters.
fn plain(value: f64) -> String {
    if value != 0.0 && !(1e-3..1e5).contains(&value.abs()) {
        return format!("{value:.0e}");
    }
    let text = format!("{value:.3}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    if text == "-0" { "0".into() } else { text.into() }
}

/// A chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// Width and height in pixels.
    pub size: [u32; 2],
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
    /// A picture behind all layers.
    pub picture: Option<Picture>,
    /// The layers from back to front.
    pub layers: Vec<Layer>,
    /// Where the legend is drawn.
    pub legend: Legend,
}

/// Rounds a positive number to three digits.
fn three_digits(value: f64) -> f64 {
    let unit = 10_f64.powf(value.log10().floor() - 2.0);
    (value / unit).round() * unit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axis_labels_are_short_and_correct() {
        let axis = |scale, range| Axis::new("", range).scaled(scale);
        let ticks = |axis: &Axis, values: [f64; 4]| values.map(|value| axis.tick(value));
        assert_eq!(ticks(&axis(Scale::Plain, [0.0, 1.0]), [-0.0, 0.25, -1.5, 2e-7]), ["0", "0.25", "-1.5", "2e-7"]);
        assert_eq!(ticks(&axis(Scale::Decades, [0.0, 5.0]), [0.0, 0.5, 1.0, 4.0]), ["1", "", "10", "10000"]);
        assert_eq!(ticks(&axis(Scale::Decades, [1.0, 1.9]), [1.0, 1.1, 1.2, 1.7]), ["10", "12.6", "15.8", "50.1"]);
        let names = Scale::Names(vec!["a".into(), "b".into()]);
        assert_eq!(ticks(&axis(names, [-0.5, 1.5]), [-1.0, 0.0, 0.5, 1.0]), ["", "a", "", "b"]);
    }

    #[test]
    fn an_axis_covers_all_finite_values() {
        assert_eq!(Axis::around("", [1.0, f64::NAN, 3.0].into_iter()).range, [0.9, 3.1]);
        let [low, high] = Axis::around("", [2.0].into_iter()).range;
        assert!(low < 2.0 && 2.0 < high);
        assert!(Axis::around("", std::iter::empty()).range.iter().all(|end| end.is_finite()));
    }
}
