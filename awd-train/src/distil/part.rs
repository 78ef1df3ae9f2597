//! The windows that a search sees: the objective is a mean, and its least point moves little beyond a few thousand.

use super::{Objective, Options};
use crate::data::{Attributions, Dataset};
use crate::readout::Transform;
use crate::wavelet::Wavelets;
use awd_core::Boundary;
use ndarray::{Array2, Axis};
use rand::SeedableRng;
use rand::seq::index::sample;
use rand_chacha::ChaCha8Rng;

/// Windows that the grid searches over.
const WINDOWS: usize = 2048;

/// Samples that they have at most, all together, of images: one of them tells as much as many short signals.
const SAMPLES: usize = 1 << 18;

/// Windows that hops search over: where the valleys are, few windows tell.
const FEW: usize = 128;

/// A part of the training windows, and of their attributions.
pub struct Part {
    x: Array2<f32>,
    attributions: Option<Attributions>,
    boundary: Boundary,
    /// Rows of an image; 1 of a signal.
    rows: usize,
    /// Histograms of its peaks.
    histograms: usize,
}

impl Part {
    /// A few thousand windows at most, drawn with the seed.
    pub fn of(data: &Dataset, attributions: Option<&Attributions>, options: &Options) -> Self {
        let (n, samples) = data.train.x.dim();
        let most = if data.rows > 1 { WINDOWS.min(SAMPLES.div_ceil(samples)) } else { WINDOWS };
        // Drawn, and not every so many: a file may be in a periodic order.
        let mut rows = sample(&mut ChaCha8Rng::seed_from_u64(options.seed), n, n.min(most)).into_vec();
        rows.sort_unstable();
        Self {
            x: data.train.x.select(Axis(0), &rows),
            attributions: attributions.map(|attributions| attributions.select(&rows)),
            boundary: options.boundary(data),
            rows: data.rows,
            histograms: options.histograms(data),
        }
    }

    /// A few windows of them, evenly spread; each sample has others.
    pub fn few(&self, sample: usize) -> Self {
        let n = self.x.nrows();
        let step = n.div_ceil(FEW).max(1);
        let rows: Vec<usize> = (sample % step..n).step_by(step).collect();
        Self {
            x: self.x.select(Axis(0), &rows),
            attributions: self.attributions.as_ref().map(|attributions| attributions.select(&rows)),
            ..*self
        }
    }

    /// The objective of a transform over these windows.
    pub fn objective(&self, levels: u8) -> Objective<'_> {
        Objective::new(&self.x, self.attributions.as_ref(), self.boundary, levels).images(self.rows)
    }

    /// A wavelet with the boundary and the shape of these windows.
    pub const fn transform(&self, wavelets: Wavelets, levels: u8) -> Transform {
        Transform { wavelets, boundary: self.boundary, levels, height: self.rows, histograms: self.histograms }
    }
}
