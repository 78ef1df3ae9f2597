//! Charts as data: layers over two axes. Sections make them, and draw.rs draws them.
//!
//! Layers differ by their marks and dashes, not by colour alone, so that they are told apart in greyscale.

use super::number::short;

/// Pixels of a chart that is as wide as the page.
pub const WIDE: u32 = 900;

/// What a layer is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// The model, or what matters.
    Model,
    /// What it is compared with.
    Other,
    /// What asks for attention.
    Warning,
    /// Axes and text.
    Text,
    /// What only helps the eye.
    Faint,
}

/// How the points of a layer are drawn.
#[derive(Debug, Clone, PartialEq)]
pub enum Mark {
    /// A line through them.
    Line,
    /// A dashed line through them.
    Dashed,
    /// A dot each.
    Dots,
    /// A cross each.
    Crosses,
    /// A ring around each.
    Rings,
    /// A bar of this width each, from a base up or down by so many units of its value: what has another scale than the axis.
    BarsFrom {
        /// Width along x.
        width: f64,
        /// Where y is 0.
        base: f64,
        /// What one of y is.
        unit: f64,
    },
    /// A dot each, and a line from one end to the other along x.
    AlongX(Vec<[f64; 2]>),
    /// A dot each, and a line from one end to the other along y.
    AlongY(Vec<[f64; 2]>),
    /// These words to the right of each.
    Words(Vec<String>),
}

/// Where the names of layers stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Legend {
    /// In the text alone: in a narrow chart they would stand in the way.
    None,
    /// At the top, to the right.
    Upper,
    /// At the bottom, to the right.
    Lower,
}

/// Points that belong together.
#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    /// In the legend, where it is not empty.
    pub name: String,
    /// What it is about.
    pub ink: Ink,
    /// How they are drawn.
    pub mark: Mark,
    /// x and y of each.
    pub points: Vec<[f64; 2]>,
}

impl Layer {
    /// Points that are drawn so; without a name they are in no legend.
    pub fn new(name: &str, ink: Ink, mark: Mark, points: Vec<[f64; 2]>) -> Self {
        Self { name: name.into(), ink, mark, points }
    }
}

/// A grey picture behind the layers: rows of values from the top, which fill both axes.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// Row by row.
    pub values: Vec<f64>,
    /// Columns.
    pub width: usize,
}

/// What numbers stand at an axis.
#[derive(Debug, Clone, PartialEq)]
pub enum Scale {
    /// Those of the values.
    Plain,
    /// The values are decimal logarithms, and powers stand at the axis.
    Decades,
    /// Whole numbers have these names, from 0; the others none.
    Names(Vec<String>),
}

/// An axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// What it is of, and the unit.
    pub label: String,
    /// First and last value.
    pub range: [f64; 2],
    /// What stands at it.
    pub scale: Scale,
}

impl Axis {
    /// A plain axis.
    pub fn new(label: impl Into<String>, range: [f64; 2]) -> Self {
        Self { label: label.into(), range, scale: Scale::Plain }
    }

    /// The same with another scale.
    pub fn scaled(self, scale: Scale) -> Self {
        Self { scale, ..self }
    }

    /// A plain axis that shows all of these values, and a little more.
    pub fn around(label: impl Into<String>, values: impl Iterator<Item = f64>) -> Self {
        let (least, greatest) =
            values.filter(|v| v.is_finite()).fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)));
        let (least, greatest) = if least <= greatest { (least, greatest) } else { (0.0, 1.0) };
        let more = if greatest > least { 0.05 * (greatest - least) } else { 0.5 * least.abs().max(1.0) };
        Self::new(label, [least - more, greatest + more])
    }

    /// A value in a table.
    pub fn told(&self, value: f64) -> String {
        match &self.scale {
            Scale::Names(_) => self.tick(value),
            Scale::Decades => short(10_f64.powf(value)),
            Scale::Plain => short(value),
        }
    }

    /// What stands at the axis at a value.
    pub fn tick(&self, value: f64) -> String {
        match &self.scale {
            Scale::Plain => plain(value),
            // A part of a decade is no round number, but where there are few decades it is all there is.
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

/// A number as short as it can be told apart at an axis.
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
    /// Behind all.
    pub picture: Option<Picture>,
    /// From the back to the front.
    pub layers: Vec<Layer>,
    /// Where the layers' names stand.
    pub legend: Legend,
}

/// A positive number to three digits.
fn three_digits(value: f64) -> f64 {
    let unit = 10_f64.powf(value.log10().floor() - 2.0);
    (value / unit).round() * unit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_at_an_axis_is_short_and_true() {
        let axis = |scale, range| Axis::new("", range).scaled(scale);
        let ticks = |axis: &Axis, values: [f64; 4]| values.map(|value| axis.tick(value));
        assert_eq!(ticks(&axis(Scale::Plain, [0.0, 1.0]), [-0.0, 0.25, -1.5, 2e-7]), ["0", "0.25", "-1.5", "2e-7"]);
        assert_eq!(ticks(&axis(Scale::Decades, [0.0, 5.0]), [0.0, 0.5, 1.0, 4.0]), ["1", "", "10", "10000"]);
        assert_eq!(ticks(&axis(Scale::Decades, [1.0, 1.9]), [1.0, 1.1, 1.2, 1.7]), ["10", "12.6", "15.8", "50.1"]);
        let names = Scale::Names(vec!["a".into(), "b".into()]);
        assert_eq!(ticks(&axis(names, [-0.5, 1.5]), [-1.0, 0.0, 0.5, 1.0]), ["", "a", "", "b"]);
    }

    #[test]
    fn an_axis_shows_all_that_is_finite() {
        assert_eq!(Axis::around("", [1.0, f64::NAN, 3.0].into_iter()).range, [0.9, 3.1]);
        let [low, high] = Axis::around("", [2.0].into_iter()).range;
        assert!(low < 2.0 && 2.0 < high);
        assert!(Axis::around("", std::iter::empty()).range.iter().all(|end| end.is_finite()));
    }
}
