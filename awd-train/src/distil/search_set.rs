//! The windows of the wavelet search. The objective is a mean over windows, and beyond a few thousand its minimum
//! hardly moves.

use super::{Objective, Options};
use crate::data::Attributions;
use crate::data::TrainingSet;
use crate::readout::Transform;
use crate::wavelet::Wavelets;
use awd_core::Boundary;
use ndarray::{Array2, Axis};

/// Maximum number of windows for the grid search.
const WINDOWS: usize = 2048;

/// Maximum total number of samples for images: one image carries as much information as many short signals.
const IMAGE_SAMPLES: usize = 1 << 18;

/// Maximum number of windows for hops: a few windows are enough to locate the minima.
const HOP_WINDOWS: usize = 128;

/// A subsample of the training windows and of their attributions.
pub struct SearchSet {
    x: Array2<f32>,
    attributions: Option<Attributions>,
    boundary: Boundary,
    /// Rows of an image; 1 of a signal.
    rows: usize,
    /// Number of peak histograms that readouts may choose from.
    histograms: usize,
    /// Standard deviation of the samples of all windows.
    deviation: f32,
}

impl SearchSet {
    /// Draws at most a few thousand windows with the seed. All ranks draw the same ones.
    pub fn of(set: &TrainingSet<'_>, options: &Options) -> Self {
        let data = set.data;
        let most = if data.rows > 1 { WINDOWS.min(IMAGE_SAMPLES.div_ceil(data.window())) } else { WINDOWS };
        let subsample = set.subsample(most, options.seed);
        Self {
            deviation: subsample.samples.x.std(0.0),
            x: subsample.samples.x,
            attributions: subsample.attributions,
            boundary: options.boundary(data),
            rows: data.rows,
            histograms: options.histograms(data),
        }
    }

    /// A small, evenly spaced subset of the windows. Another index gives another subset.
    pub fn hop_subset(&self, index: usize) -> Self {
        let n = self.x.nrows();
        let step = n.div_ceil(HOP_WINDOWS).max(1);
        let rows: Vec<usize> = (index % step..n).step_by(step).collect();
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

    /// The transform of a wavelet for readouts of these windows.
    pub const fn transform(&self, wavelets: Wavelets, levels: u8) -> Transform {
        let Self { boundary, rows: height, histograms, deviation, .. } = *self;
        Transform { wavelets, beside: Vec::new(), boundary, levels, height, histograms, deviation }
    }
}
