//! The windows that a search sees: the objective is a mean, and its least point moves little beyond a few thousand.

use super::{Objective, Options};
use crate::data::Attributions;
use crate::data::TrainingSet;
use crate::readout::Transform;
use crate::wavelet::Wavelets;
use awd_core::Boundary;
use ndarray::{Array2, Axis};

/// Windows that the grid searches over.
const WINDOWS: usize = 2048;

/// Samples that they have at most, all together, of images: one of them tells as much as many short signals.
const SAMPLES: usize = 1 << 18;

/// Windows that hops search over: where the valleys are, few windows tell.
const FEW: usize = 128;

/// A part of the training windows, and of their attributions.
pub struct SearchSet {
    x: Array2<f32>,
    attributions: Option<Attributions>,
    boundary: Boundary,
    /// Rows of an image; 1 of a signal.
    rows: usize,
    /// Histograms of its peaks.
    histograms: usize,
    /// Standard deviation of all their samples.
    deviation: f32,
}

impl SearchSet {
    /// A few thousand windows at most, drawn with the seed; all ranks have the same.
    pub fn of(set: &TrainingSet<'_>, options: &Options) -> Self {
        let data = set.data;
        let most = if data.rows > 1 { WINDOWS.min(SAMPLES.div_ceil(data.window())) } else { WINDOWS };
        let few = set.subsample(most, options.seed);
        Self {
            deviation: few.samples.x.std(0.0),
            x: few.samples.x,
            attributions: few.attributions,
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

    /// A wavelet as readouts of these windows see it.
    pub const fn transform(&self, wavelets: Wavelets, levels: u8) -> Transform {
        let Self { boundary, rows: height, histograms, deviation, .. } = *self;
        Transform { wavelets, beside: Vec::new(), boundary, levels, height, histograms, deviation }
    }
}
