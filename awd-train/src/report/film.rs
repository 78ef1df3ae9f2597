//! A film of the wavelet as it adapts: each frame is a wavelet on the way down, and its objective.

use super::chart::{Axis, Chart, Ink, Layer, Legend, Mark};
use crate::distil::Visited;
use crate::wavelet::{Sampled, Shape, Wavelets};
use crate::{Error, Result};
use plotters::prelude::*;
use std::io::Read;

/// Width and height of a frame, in pixels.
const SIZE: (u32, u32) = (660, 280);

/// Milliseconds that a frame stands.
const FRAME: u32 = 120;

/// How many times the last frame stands, before it starts again.
const REST: usize = 9;

/// Frames at most.
const FRAMES: usize = 40;

/// The film, a GIF that repeats.
///
/// # Errors
/// There is nothing to show, or it cannot be drawn.
pub fn film(way: &[Visited]) -> Result<Vec<u8>> {
    let failed = |why: &dyn std::fmt::Display| Error::failed("film", why);
    let shape = |wavelets: &Wavelets| {
        let shape = Shape::of(wavelets.finest().lifting().rounded().scheme());
        shape.map(|shape| points(&shape.wavelet)).map_err(|why| failed(&why))
    };
    let shapes = way.iter().map(|visited| shape(&visited.wavelets)).collect::<Result<Vec<_>>>()?;
    let (Some(first), Some(last)) = (shapes.first(), shapes.len().checked_sub(1)) else {
        return Err(failed(&"there is no way to show"));
    };
    let objective: Vec<[f64; 2]> = way.iter().enumerate().map(|(i, visited)| [i as f64, visited.objective]).collect();
    let all = || shapes.iter().flatten();
    let axes = [Axis::around("time in samples", all().map(|p| p[0])), Axis::around("", all().map(|p| p[1]))];
    // The library writes to a place of its own.
    let place = tempfile::NamedTempFile::new().map_err(|why| failed(&why))?;
    {
        let backend = BitMapBackend::gif(place.path(), SIZE, FRAME).map_err(|why| failed(&why))?;
        let area = backend.into_drawing_area();
        let (left, right) = area.split_horizontally(SIZE.0 * 6 / 10);
        let frames = super::page::thinned(last, FRAMES).chain(std::iter::repeat_n(last, REST));
        for step in frames {
            area.fill(&WHITE).map_err(|why| failed(&why))?;
            wavelet(first, &shapes[step], &axes).draw(&left)?;
            descent(&objective, step).draw(&right)?;
            area.present().map_err(|why| failed(&why))?;
        }
    }
    let mut film = Vec::new();
    place.reopen().and_then(|mut file| file.read_to_end(&mut film)).map_err(|why| failed(&why))?;
    Ok(film)
}

fn points(sampled: &Sampled) -> Vec<[f64; 2]> {
    sampled.values.iter().enumerate().map(|(i, &v)| [sampled.start + i as f64 * sampled.step, v]).collect()
}

fn wavelet(first: &[[f64; 2]], here: &[[f64; 2]], [x, y]: &[Axis; 2]) -> Chart {
    Chart {
        size: [SIZE.0 * 6 / 10, SIZE.1],
        x: x.clone(),
        y: y.clone(),
        picture: None,
        layers: vec![
            Layer::new("start", Ink::Other, Mark::Dashed, first.to_vec()),
            Layer::new("the wavelet", Ink::Model, Mark::Line, here.to_vec()),
        ],
        legend: Legend::Upper,
    }
}

fn descent(objective: &[[f64; 2]], step: usize) -> Chart {
    Chart {
        size: [SIZE.0 - SIZE.0 * 6 / 10, SIZE.1],
        x: Axis::around("step", objective.iter().map(|p| p[0])),
        y: Axis::around("objective", objective.iter().map(|p| p[1])),
        picture: None,
        layers: vec![
            Layer::new("", Ink::Other, Mark::Line, objective.to_vec()),
            Layer::new("", Ink::Model, Mark::Dots, vec![objective[step]]),
        ],
        legend: Legend::None,
    }
}
