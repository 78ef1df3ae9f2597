//! An animation of the wavelet during the search: each frame shows a wavelet and its objective.

use super::chart::{Axis, Chart, Ink, Layer, Legend, Mark};
use crate::distil::Visited;
use crate::wavelet::{Sampled, Shape, Wavelets};
use crate::{Error, Result};
use plotters::prelude::*;
use std::io::Read;

/// Width and height of a frame, in pixels.
const SIZE: (u32, u32) = (660, 280);

/// Duration of a frame in milliseconds.
const FRAME: u32 = 120;

/// How many times the last frame is repeated before the animation restarts.
const REST: usize = 9;

/// Maximum number of different frames.
const FRAMES: usize = 40;

/// Renders the animation, a GIF that repeats.
///
/// # Errors
/// There are no wavelets, or a frame cannot be drawn.
pub fn film(path: &[Visited]) -> Result<Vec<u8>> {
    let failed = |why: &dyn std::fmt::Display| Error::failed("film", why);
    let shape = |wavelets: &Wavelets| {
        let shape = Shape::of(wavelets.finest().lifting().rounded().scheme());
        shape.map(|shape| points(&shape.wavelet)).map_err(|why| failed(&why))
    };
    let shapes = path.iter().map(|visited| shape(&visited.wavelets)).collect::<Result<Vec<_>>>()?;
    let (Some(first), Some(last)) = (shapes.first(), shapes.len().checked_sub(1)) else {
        return Err(failed(&"there are no wavelets to show"));
    };
    let objective: Vec<[f64; 2]> = path.iter().enumerate().map(|(i, visited)| [i as f64, visited.objective]).collect();
    let all = || shapes.iter().flatten();
    let axes = [Axis::around("time in samples", all().map(|p| p[0])), Axis::around("", all().map(|p| p[1]))];
    // The library writes only to a file.
    let output = tempfile::NamedTempFile::new().map_err(|why| failed(&why))?;
    {
        let backend = BitMapBackend::gif(output.path(), SIZE, FRAME).map_err(|why| failed(&why))?;
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
    output.reopen().and_then(|mut file| file.read_to_end(&mut film)).map_err(|why| failed(&why))?;
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
