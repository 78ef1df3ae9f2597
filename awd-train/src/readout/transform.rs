//! The wavelets whose bands a readout may choose from, before it has chosen.

use crate::wavelet::{Wavelet, Wavelets};
use awd_core::model::{MAX_TERMS, MAX_WEIGHTS};
use awd_core::{Boundary, Dwt};
use serde::{Deserialize, Serialize};

/// Wavelets with boundary and depth. The details of signals are those of both phases.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Transform {
    /// The wavelet that was looked for, or one a level.
    pub wavelets: Wavelets,
    /// Fixed wavelets whose bands stand beside its bands, for signals.
    pub beside: Vec<Wavelet>,
    /// What stands beyond the window's ends.
    pub boundary: Boundary,
    /// Number of levels J.
    pub levels: u8,
    /// Rows of an image, whose boundary is a circle; 1 of a signal.
    pub height: usize,
    /// Histograms of its peaks that readouts may choose from; each takes two parameters.
    pub histograms: usize,
    /// Standard deviation of the training samples.
    pub deviation: f32,
}

impl Transform {
    /// The transforms as the board computes them, that of the wavelet that was looked for first.
    ///
    /// # Panics
    /// The wavelets have more steps than a transform has room for: [`Wavelets::each`] and [`Wavelets::moved`] made none such.
    #[must_use]
    pub fn transforms(&self) -> Vec<Dwt<f32>> {
        let of = |wavelets: &Wavelets| {
            let dwt = wavelets.dwt(self.boundary, self.levels).expect("wavelets that have room").rounded();
            if self.height > 1 { dwt } else { dwt.oversampled() }
        };
        let beside = self.beside.iter().map(|wavelet| of(&Wavelets::from(wavelet.clone())));
        [of(&self.wavelets)].into_iter().chain(beside).collect()
    }

    /// Features that fit a budget of `parameters` deployed parameters an output, besides the wavelets' taps and the biases.
    #[must_use]
    pub fn budget(&self, parameters: usize, outputs: usize) -> usize {
        let weights = parameters.saturating_mul(outputs).saturating_sub(self.fixed_parameters() + outputs);
        (weights / outputs).min(MAX_TERMS).min(MAX_WEIGHTS / outputs)
    }

    /// Deployed parameters with so many features: wavelets, weights and biases.
    #[must_use]
    pub fn parameters(&self, features: usize, outputs: usize) -> usize {
        self.fixed_parameters() + (features + 1) * outputs
    }

    /// Numbers of the wavelets, and of the histograms if all of them are used.
    fn fixed_parameters(&self) -> usize {
        2 * self.histograms + self.transforms().iter().map(Dwt::parameters).sum::<usize>()
    }
}
