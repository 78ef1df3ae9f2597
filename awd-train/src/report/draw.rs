//! Draws charts with the library plotters: as SVG for the page, or as pixels for an animation.
//!
//! The colours are those of a light page. style.css lists each of them and replaces it on a dark page.

use super::chart::{Axis, Chart, Ink, Layer, Legend, Mark, Picture, Scale, WIDE};
use crate::{Error, Result};
use plotters::coord::Shift;
use plotters::element::DashedPathElement;
use plotters::prelude::*;
use plotters::style::register_font;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use std::fmt::Display;

impl Ink {
    /// The colours of style.css.
    const fn color(self) -> RGBColor {
        match self {
            Self::Model => RGBColor(0x0b, 0x5c, 0xad),
            Self::Other => RGBColor(0x76, 0x7d, 0x86),
            Self::Warning => RGBColor(0xb3, 0x54, 0x1e),
            Self::Text => RGBColor(0x1b, 0x1f, 0x24),
            Self::Faint => RGBColor(0xd8, 0xde, 0xe4),
        }
    }
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
    /// The library cannot draw it.
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
    /// Grey pixels in this many columns and rows. The least value is white.
    fn pixels(&self, width: u32, height: u32) -> Vec<u8> {
        let rows = self.values.len() / self.width.max(1);
        let ends = |(a, b): (f64, f64), &v: &f64| (a.min(v), b.max(v));
        let (least, greatest) = self.values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), ends);
        let unit = if greatest > least { 255.0 / (greatest - least) } else { 0.0 };
        let index = |pixel: u32, pixels: u32, len: usize| {
            (pixel as usize * len / pixels.max(1) as usize).min(len.saturating_sub(1))
        };
        let grey = |(row, column): (usize, usize)| {
            let value = self.values.get(row * self.width + column).copied().unwrap_or(least);
            255 - (unit * (value - least)) as u8
        };
        (0..height)
            .flat_map(|y| (0..width).map(move |x| (y, x)))
            .flat_map(|(y, x)| [grey((index(y, height, rows), index(x, width, self.width))); 3])
            .collect()
    }
}

/// Registers the font that measures texts, and that draws them in pixels. SVG texts are drawn in the reader's own font.
fn fonts() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    // This fails only if the data are not a font.
    ONCE.call_once(|| drop(register_font("sans-serif", FontStyle::Normal, epaint_default_fonts::UBUNTU_LIGHT)));
}

fn failed(why: impl Display) -> Error {
    Error::failed("chart", why)
}
