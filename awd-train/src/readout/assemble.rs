//! Assembles a model: the features that a readout selected, and the weights for these features without standardisation.

use super::fit::log_odds;
use super::fitted::{Fitted, Input};
use super::standardised::Standardised;
use super::{Aim, Candidates};
use crate::data::{Samples, Target};
use crate::model::{Integers, Model, Readout, Reference, Spec};
use crate::{Error, Result};
use awd_core::model::Moments;
use awd_core::{Arithmetic, Dwt, Feature, Kind, Term};
use ndarray::Array2;
use std::collections::BTreeSet;
use std::ops::Range;

/// Least deviation of a band's log energy in a reference: 1 % more energy is not worth a warning, even if the training
/// windows do not vary at all.
const LEAST_DEVIATION: f64 = 0.01;

/// The features that a readout uses, and its fit to them.
#[derive(Debug, Clone)]
pub(super) struct Selected {
    /// The features, with only the wavelets and histograms that they need.
    pub candidates: Candidates,
    /// How the features are standardised.
    pub by: Standardised,
    /// The fit. The columns of its inputs are indices into the list of features.
    pub fitted: Fitted,
}

impl Selected {
    /// Keeps those candidates that a fit to all of them uses.
    pub fn new(all: &Candidates, by: &Standardised, fitted: &Fitted) -> Self {
        let used: BTreeSet<usize> = fitted.support.iter().flat_map(|input| input.columns()).collect();
        let used: Vec<usize> = used.into_iter().collect();
        let index = |j: usize| used.binary_search(&j).expect("the column is used");
        let support = fitted.support.iter().map(|input| input.moved(index)).collect();
        let fitted = Fitted { support, ..fitted.clone() };
        let terms = used.iter().map(|&j| all.terms[j]).collect();
        let candidates = Candidates { terms, ..all.clone() }.without_unused();
        Self { candidates, by: by.select(&used), fitted }
    }

    /// Multiplies the outputs of the fit by `factor`.
    pub fn times(self, factor: f64) -> Self {
        Self { fitted: self.fitted.times(factor), ..self }
    }

    /// Makes the fit decide as if all classes of `y` were equally frequent: by Bayes' rule, the odds are divided by the
    /// prior odds of the classes.
    pub fn balanced(mut self, y: &Target) -> Self {
        if let Aim::Shares(shares) = Aim::from(y) {
            self.fitted.bias.iter_mut().zip(log_odds(&shares)).for_each(|(bias, odds)| *bias -= odds);
        }
        self
    }

    /// The inputs (n, inputs) of windows (n, N).
    pub fn inputs(&self, x: &Array2<f32>) -> Array2<f64> {
        let z = self.by.apply(&self.candidates.features(x));
        let support = &self.fitted.support;
        Array2::from_shape_fn((z.nrows(), support.len()), |(row, i)| support[i].value(z.row(row)))
    }

    /// The log energies of the bands of the first wavelet, which a reference describes.
    pub fn energies(&self) -> Candidates {
        let first = &self.candidates.wavelets[0];
        let bands = if self.candidates.image.is_some() { first.image_bands() } else { first.bands() };
        let terms = (0..bands).map(|band| Term { band: band as u8, feature: Feature::LogEnergy }).collect();
        Candidates { terms, wavelets: vec![first.clone()], ..self.candidates.clone() }
    }

    /// The reference of these windows.
    pub fn reference(&self, x: &Array2<f32>) -> Reference {
        reference(range(x), &Standardised::of(&self.energies().features(x)))
    }

    /// The model in floating point, for windows such as these.
    pub fn model(self, samples: &Samples, reference: Reference) -> Result<Model> {
        let (products, readout) = self.unstandardised(&samples.y);
        let Candidates { wavelets, image, terms, deviation, .. } = self.candidates;
        let window = u16::try_from(samples.x.ncols()).expect("a data set's windows are within the bounds");
        let health = Some(reference);
        // Fixed point needs the complete model, so the model starts in floating point.
        let (scalar, integers, provenance) = (Arithmetic::Float, Integers::default(), None);
        let class_names = Vec::new();
        let spec = Spec {
            window,
            wavelets,
            terms,
            products,
            readout,
            health,
            scalar,
            integers,
            provenance,
            image,
            deviation,
            class_names,
        };
        Model::new(spec).map_err(|why| Error::failed("model", why))
    }

    /// The products in the model's order, and the readout's weights for features and products without standardisation.
    #[expect(clippy::cast_possible_truncation, reason = "the board computes in f32")]
    fn unstandardised(&self, y: &Target) -> (Vec<[u8; 2]>, Readout) {
        let Self { by, fitted, .. } = self;
        let outputs = fitted.bias.len();
        let inputs = fitted.support.iter().zip(fitted.weights.chunks_exact(outputs));
        let mut bias = fitted.bias.clone();
        let mut term_weights = Array2::<f64>::zeros((by.mean.len(), outputs));
        let mut product_weights: Vec<([u8; 2], Vec<f64>)> = Vec::new();
        for (input, weights) in inputs {
            let add = |table: &mut Array2<f64>, j: usize, by: f64| {
                table.row_mut(j).iter_mut().zip(weights).for_each(|(sum, w)| *sum += by * w);
            };
            // Each factor is z = (f − m) / d; this multiplies out.
            let offset = match *input {
                Input::Feature(j) => {
                    add(&mut term_weights, j, by.deviation[j].recip());
                    -by.mean[j] / by.deviation[j]
                }
                Input::Product(i, j) => {
                    let unit = by.deviation[i] * by.deviation[j];
                    add(&mut term_weights, i, -by.mean[j] / unit);
                    add(&mut term_weights, j, -by.mean[i] / unit);
                    product_weights.push(([i, j].map(|index| index as u8), weights.iter().map(|w| w / unit).collect()));
                    by.mean[i] * by.mean[j] / unit
                }
            };
            bias.iter_mut().zip(weights).for_each(|(bias, w)| *bias += offset * w);
        }
        product_weights.sort_by_key(|(indices, _)| *indices);
        let kind = match y {
            Target::Values(_) => Kind::Linear,
            Target::Classes { .. } => Kind::Softmax,
        };
        let weights = term_weights.iter().chain(product_weights.iter().flat_map(|(_, weights)| weights));
        let weights = weights.map(|&w| w as f32).collect();
        let bias = bias.iter().map(|&b| b as f32).collect();
        let products = product_weights.iter().map(|(indices, _)| *indices).collect();
        (products, Readout { kind, bias, weights, threshold: 0.0 })
    }
}

impl Candidates {
    /// Removes wavelets and histograms that no feature uses. One wavelet stays.
    fn without_unused(mut self) -> Self {
        let bands = |dwt: &Dwt<f32>| if self.image.is_some() { dwt.image_bands() } else { dwt.bands() };
        let lens: Vec<usize> = self.wavelets.iter().map(bands).collect();
        for i in (0..lens.len()).rev() {
            let first: usize = lens[..i].iter().sum();
            if self.wavelets.len() > 1 && self.remove_unused_bands(first..first + lens[i]) {
                self.wavelets.remove(i);
            }
        }
        let bands = |dwt: &Dwt<f32>| if self.image.is_some() { dwt.image_bands() } else { dwt.bands() };
        let after = 1 + self.wavelets.iter().map(bands).sum::<usize>();
        let histograms = self.image.as_ref().map_or(0, |image| image.counts.len());
        for i in (0..histograms).rev() {
            if self.remove_unused_bands(after + i..after + i + 1)
                && let Some(image) = &mut self.image
            {
                image.counts.remove(i);
            }
        }
        self
    }

    /// Removes `bands` if no feature uses them. Returns whether it did.
    fn remove_unused_bands(&mut self, bands: Range<usize>) -> bool {
        let unused = !self.terms.iter().any(|term| bands.contains(&term.band.into()));
        if unused {
            let later = self.terms.iter_mut().filter(|term| usize::from(term.band) >= bands.end);
            later.for_each(|term| term.band -= bands.len() as u8);
        }
        unused
    }
}

/// The least and the greatest sample of windows (n, N).
pub(super) fn range(x: &Array2<f32>) -> [f32; 2] {
    x.iter().fold([f32::INFINITY, f32::NEG_INFINITY], |[least, greatest], &x| [least.min(x), greatest.max(x)])
}

/// The reference of windows, from the range of their samples and the moments of their log energies.
#[expect(clippy::cast_possible_truncation, reason = "the board computes in f32")]
pub(super) fn reference(range: [f32; 2], energies: &Standardised) -> Reference {
    let moments = |(&mean, &deviation): (&f64, &f64)| {
        // A column that does not vary has an infinite deviation.
        let deviation = if deviation.is_finite() { deviation.max(LEAST_DEVIATION) } else { LEAST_DEVIATION };
        Moments { mean: mean as f32, deviation: deviation as f32 }
    };
    Reference { range, bands: energies.mean.iter().zip(&energies.deviation).map(moments).collect() }
}
