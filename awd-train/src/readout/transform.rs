//! The wavelets whose bands are candidates for a readout.

use crate::wavelet::{Wavelet, Wavelets};
use awd_core::model::{MAX_TERMS, MAX_WEIGHTS};
use awd_core::{Boundary, Dwt};
use serde::{Deserialize, Serialize};

/// Wavelets with boundary and depth. Signals have the details of both phases.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Transform {
    /// The wavelet of the search, or one per level.
    pub wavelets: Wavelets,
    /// Fixed wavelets whose bands are candidates too, for signals.
    pub beside: Vec<Wavelet>,
    /// How the window is extended beyond its ends.
    pub boundary: Boundary,
    /// Number of levels J.
    pub levels: u8,
    /// Rows of an image, which is periodic; 1 for a signal.
    pub height: usize,
    /// Histograms of an image's peaks that are candidates; each takes two parameters.
    pub histograms: usize,
    /// Standard deviation of the training samples.
    pub deviation: f32,
}

impl Transform {
    /// The transforms as the board computes them. The wavelet of the search comes first.
    ///
    /// # Panics
    /// A wavelet has too many steps for a transform; none from [`Wavelets::each`] or [`Wavelets::moved`] has.
    #[must_use]
    pub fn transforms(&self) -> Vec<Dwt<f32>> {
        let transform = |wavelets: &Wavelets| {
            let dwt = wavelets.dwt(self.boundary, self.levels).expect("wavelets that have room").rounded();
            if self.height > 1 { dwt } else { dwt.oversampled() }
        };
        let beside = self.beside.iter().map(|wavelet| transform(&Wavelets::from(wavelet.clone())));
        [transform(&self.wavelets)].into_iter().chain(beside).collect()
    }

    /// The number of features that fit a budget of `parameters` deployed parameters per output, after those of
    /// wavelets, histograms and biases.
    #[must_use]
    pub fn budget(&self, parameters: usize, outputs: usize) -> usize {
        let weights = parameters.saturating_mul(outputs).saturating_sub(self.fixed_parameters() + outputs);
        (weights / outputs).min(MAX_TERMS).min(MAX_WEIGHTS / outputs)
    }

    /// Deployed parameters of a model with so many features: wavelets, histograms, weights and biases.
    #[must_use]
    pub fn parameters(&self, features: usize, outputs: usize) -> usize {
        self.fixed_parameters() + (features + 1) * outputs
    }

    /// Parameters of the wavelets, and of the histograms if all of them are used.
    fn fixed_parameters(&self) -> usize {
        2 * self.histograms + self.transforms().iter().map(Dwt::parameters).sum::<usize>()
    }
}
