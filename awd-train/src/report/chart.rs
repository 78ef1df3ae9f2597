//! Charts: layers over two axes, as data. The library plotters draws them, as SVG for the page or as pixels for a film.
//!
//! Layers differ by their marks and dashes, not by colour alone, so that they are told apart in greyscale. The few colours are
//! those of a light page; style.css names each of them and gives it another one on a dark page.

use super::page::short;
use crate::{Error, Result};
use plotters::coord::Shift;
use plotters::element::DashedPathElement;
use plotters::prelude::*;
use plotters::style::register_font;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use std::fmt::Display;

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

impl Ink {
    /// As in style.css.
    pub const fn color(self) -> RGBColor {
        match self {
            Self::Model => RGBColor(0x0b, 0x5c, 0xad),
            Self::Other => RGBColor(0x76, 0x7d, 0x86),
            Self::Warning => RGBColor(0xb3, 0x54, 0x1e),
            Self::Text => RGBColor(0x1b, 0x1f, 0x24),
            Self::Faint => RGBColor(0xd8, 0xde, 0xe4),
        }
    }
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

    fn tick(&self, value: f64) -> String {
        match &self.scale {
            Scale::Plain => plain(value),
            // A part of a decade is no round number, but where there are few decades it is all there is.
            Scale::Decades if (value - value.round()).abs() < 1e-6 => plain(10_f64.powf(value)),
            Scale::Decades if self.range[1] - self.range[0] < 1.5 => {
                format!("{:.3}", 10_f64.powf(value)).chars().take(4).collect::<String>().trim_end_matches('.').into()
            }
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

impl Chart {
    /// The chart as an SVG element.
    ///
    /// # Errors
    /// The library cannot draw it.
    pub fn svg(&self) -> Result<String> {
        let mut svg = String::new();
        let area = SVGBackend::with_string(&mut svg, (self.size[0], self.size[1])).into_drawing_area();
        self.draw(&area)?;
        area.present().map_err(failed)?;
        drop(area);
        Ok(svg)
    }

    /// Draws the chart.
    ///
    /// # Errors
    /// The library cannot.
    pub fn draw<B: DrawingBackend>(&self, area: &DrawingArea<B, Shift>) -> Result<()> {
        fonts();
        let [[left, right], [low, high]] = [self.x.range, self.y.range];
        let names = if let Scale::Names(names) = &self.y.scale { names.iter().map(String::len).max() } else { None };
        // Charts that stand above one another have the same time axis, unless names are long.
        let least = if self.size[0] == WIDE { 122 } else { 58 };
        let beside = names.map_or(least, |len| least.max(24 + 15 * len / 2));
        let mut chart = ChartBuilder::on(area)
            .margin(6)
            .margin_right(14)
            .x_label_area_size(if self.x.label.is_empty() { 22 } else { 40 })
            .y_label_area_size(u32::try_from(beside).unwrap_or(122))
            .build_cartesian_2d(left..right, low..high)
            .map_err(failed)?;
        if let Some(picture) = &self.picture {
            let (width, height) = chart.plotting_area().dim_in_pixel();
            let pixels = picture.pixels(width, height);
            let element = BitMapElement::with_owned_buffer((left, high), (width, height), pixels);
            chart.plotting_area().draw(&element.ok_or_else(|| failed("a picture of another size"))?).map_err(failed)?;
        }
        let font = ("sans-serif", 14).into_font().color(&Ink::Text.color());
        let labels = |axis: &Axis, most| if let Scale::Names(names) = &axis.scale { names.len() } else { most };
        let mut mesh = chart.configure_mesh();
        mesh.light_line_style(TRANSPARENT)
            .bold_line_style(Ink::Faint.color().stroke_width(1))
            .axis_style(Ink::Text.color().stroke_width(1))
            .label_style(font.clone())
            .axis_desc_style(font.clone())
            .x_desc(&self.x.label)
            .y_desc(&self.y.label)
            .x_labels(labels(&self.x, 8))
            .y_labels(labels(&self.y, if self.size[1] < 160 { 3 } else { 6 }));
        let (x, y) = (|v: &f64| self.x.tick(*v), |v: &f64| self.y.tick(*v));
        mesh.x_label_formatter(&x).y_label_formatter(&y);
        if self.picture.is_some() {
            mesh.disable_mesh();
        }
        mesh.draw().map_err(failed)?;
        for layer in &self.layers {
            layer.draw(&mut chart)?;
        }
        let corner = match self.legend {
            Legend::None => return Ok(()),
            Legend::Upper => SeriesLabelPosition::UpperRight,
            Legend::Lower => SeriesLabelPosition::LowerRight,
        };
        let mut legend = chart.configure_series_labels();
        legend.position(corner).label_font(font).margin(4).draw().map_err(failed)?;
        Ok(())
    }
}

type Plane = plotters::coord::cartesian::Cartesian2d<
    plotters::coord::types::RangedCoordf64,
    plotters::coord::types::RangedCoordf64,
>;

impl Layer {
    fn draw<'a, B: DrawingBackend + 'a>(&self, chart: &mut ChartContext<'a, B, Plane>) -> Result<()> {
        let color = self.ink.color();
        let (line, full) = (color.stroke_width(2), color.filled());
        let points = || self.points.iter().map(|&[x, y]| (x, y));
        let drawn = match &self.mark {
            Mark::Line => chart.draw_series(LineSeries::new(points(), line)),
            Mark::Dashed => chart.draw_series(DashedLineSeries::new(points(), 6, 4, line)),
            Mark::Dots => chart.draw_series(points().map(|at| Circle::new(at, 3, full))),
            Mark::Rings => chart.draw_series(points().map(|at| Circle::new(at, 7, line))),
            Mark::Crosses => chart.draw_series(points().map(|at| Cross::new(at, 4, line))),
            Mark::BarsFrom { width, base, unit } => {
                let bar = |(x, y)| Rectangle::new([(x - width / 2.0, *base), (x + width / 2.0, base + unit * y)], full);
                chart.draw_series(points().filter(|(_, y)| *y != 0.0).map(bar))
            }
            Mark::AlongX(ends) | Mark::AlongY(ends) => {
                let along_x = matches!(self.mark, Mark::AlongX(_));
                let span = move |((x, y), &[from, to]): ((f64, f64), &[f64; 2])| {
                    let ends = if along_x { vec![(from, y), (to, y)] } else { vec![(x, from), (x, to)] };
                    PathElement::new(ends, line)
                };
                chart.draw_series(points().zip(ends).map(span)).map_err(failed)?;
                chart.draw_series(points().map(|at| Circle::new(at, 4, full)))
            }
            Mark::Words(words) => {
                let style = ("sans-serif", 14).into_font().color(&color).pos(Pos::new(HPos::Left, VPos::Center));
                let word = |((x, y), word): ((f64, f64), &String)| {
                    EmptyElement::at((x, y)) + Text::new(word.clone(), (8, 0), style.clone())
                };
                chart.draw_series(points().zip(words).map(word)).map_err(failed)?;
                return Ok(());
            }
        };
        let named = drawn.map_err(failed)?;
        if self.name.is_empty() {
            return Ok(());
        }
        let key = named.label(&self.name);
        match self.mark {
            Mark::Dots | Mark::AlongX(_) | Mark::AlongY(_) => {
                key.legend(move |(x, y)| Circle::new((x + 10, y), 4, full).into_dyn())
            }
            Mark::Rings => key.legend(move |(x, y)| Circle::new((x + 10, y), 6, line).into_dyn()),
            Mark::Crosses => key.legend(move |(x, y)| Cross::new((x + 10, y), 4, line).into_dyn()),
            Mark::BarsFrom { .. } => {
                key.legend(move |(x, y)| Rectangle::new([(x, y - 5), (x + 20, y + 5)], full).into_dyn())
            }
            Mark::Dashed => {
                key.legend(move |(x, y)| DashedPathElement::new([(x, y), (x + 20, y)], 6, 4, line).into_dyn())
            }
            _ => key.legend(move |(x, y)| PathElement::new(vec![(x, y), (x + 20, y)], line).into_dyn()),
        };
        Ok(())
    }
}

impl Picture {
    /// Greys of so many columns and rows of pixels, the least value white.
    fn pixels(&self, width: u32, height: u32) -> Vec<u8> {
        let rows = self.values.len() / self.width.max(1);
        let ends = |(a, b): (f64, f64), &v: &f64| (a.min(v), b.max(v));
        let (least, greatest) = self.values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), ends);
        let unit = if greatest > least { 255.0 / (greatest - least) } else { 0.0 };
        let place = |pixel: u32, pixels: u32, of: usize| {
            (pixel as usize * of / pixels.max(1) as usize).min(of.saturating_sub(1))
        };
        let grey = |(row, column): (usize, usize)| {
            let value = self.values.get(row * self.width + column).copied().unwrap_or(least);
            255 - (unit * (value - least)) as u8
        };
        (0..height)
            .flat_map(|y| (0..width).map(move |x| (y, x)))
            .flat_map(|(y, x)| [grey((place(y, height, rows), place(x, width, self.width))); 3])
            .collect()
    }
}

/// Registers what texts are measured with, and drawn with in pixels; in SVG the reader's own font draws them.
fn fonts() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    // It fails only for what is no font.
    ONCE.call_once(|| drop(register_font("sans-serif", FontStyle::Normal, epaint_default_fonts::UBUNTU_LIGHT)));
}

fn failed(why: impl Display) -> Error {
    Error::failed("chart", why)
}
