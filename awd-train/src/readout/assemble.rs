//! A model's fields: the features that a readout has selected, and its weights for features as they are.

use super::fit::odds;
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

/// Least deviation of a band's log energy that a reference states: a hundredth more energy is not worth a warning, even
/// where the training windows do not vary at all.
const LEAST_DEVIATION: f64 = 0.01;

/// The features that a readout asks for, and its fit to them.
#[derive(Debug, Clone)]
pub(super) struct Selected {
    /// Those features, of the wavelets and the histograms that they are of.
    pub candidates: Candidates,
    /// How they are standardised.
    pub by: Standardised,
    /// The fit; the inputs' columns are places in the list of features.
    pub fitted: Fitted,
}

impl Selected {
    /// Those of all candidates that a fit to them asks for.
    pub fn new(all: &Candidates, by: &Standardised, fitted: &Fitted) -> Self {
        let used: BTreeSet<usize> = fitted.support.iter().flat_map(|input| input.columns()).collect();
        let used: Vec<usize> = used.into_iter().collect();
        let place = |j: usize| used.binary_search(&j).expect("it is used");
        let support = fitted.support.iter().map(|input| input.moved(place)).collect();
        let fitted = Fitted { support, ..fitted.clone() };
        let terms = used.iter().map(|&j| all.terms[j]).collect();
        let candidates = Candidates { terms, ..all.clone() }.without_unused();
        Self { candidates, by: by.select(&used), fitted }
    }

    /// The fit whose outputs are `factor` times as large.
    pub fn times(self, factor: f64) -> Self {
        Self { fitted: self.fitted.times(factor), ..self }
    }

    /// The fit that decides as if the classes of `y` were as frequent as each other: by Bayes' rule odds are divided by those of the classes
    /// themselves.
    pub fn balanced(mut self, y: &Target) -> Self {
        if let Aim::Shares(shares) = Aim::from(y) {
            self.fitted.bias.iter_mut().zip(odds(&shares)).for_each(|(bias, odds)| *bias -= odds);
        }
        self
    }

    /// The inputs (n, inputs) of windows (n, N).
    pub fn inputs(&self, x: &Array2<f32>) -> Array2<f64> {
        let z = self.by.apply(&self.candidates.features(x));
        let support = &self.fitted.support;
        Array2::from_shape_fn((z.nrows(), support.len()), |(row, i)| support[i].value(z.row(row)))
    }

    /// The energies of the bands of the first wavelet, of which a reference is.
    pub fn energies(&self) -> Candidates {
        let first = &self.candidates.wavelets[0];
        let bands = if self.candidates.image.is_some() { first.image_bands() } else { first.bands() };
        let terms = (0..bands).map(|band| Term { band: band as u8, feature: Feature::LogEnergy }).collect();
        Candidates { terms, wavelets: vec![first.clone()], ..self.candidates.clone() }
    }

    /// What these windows look like.
    pub fn reference(&self, x: &Array2<f32>) -> Reference {
        reference(range(x), &Standardised::of(&self.energies().features(x)))
    }

    /// The model, in floating point, of windows such as these.
    pub fn model(self, samples: &Samples, reference: Reference) -> Result<Model> {
        let (products, readout) = self.unstandardised(&samples.y);
        let Candidates { wavelets, image, terms, deviation, .. } = self.candidates;
        let window = u16::try_from(samples.x.ncols()).expect("a data set's windows are within the bounds");
        let health = Some(reference);
        // In floating point until the whole model is known.
        let (scalar, integers, provenance) = (Arithmetic::Float, Integers::default(), None);
        let spec =
            Spec { window, wavelets, terms, products, readout, health, scalar, integers, provenance, image, deviation };
        Model::new(spec).map_err(|why| Error::failed("model", why))
    }

    /// The products in the model's order, and the weights of features and products as they are.
    #[expect(clippy::cast_possible_truncation, reason = "the board computes in f32")]
    fn unstandardised(&self, y: &Target) -> (Vec<[u8; 2]>, Readout) {
        let Self { by, fitted, .. } = self;
        let outputs = fitted.bias.len();
        let inputs = fitted.support.iter().zip(fitted.weights.chunks_exact(outputs));
        let mut bias = fitted.bias.clone();
        let mut of_terms = Array2::<f64>::zeros((by.mean.len(), outputs));
        let mut of_products: Vec<([u8; 2], Vec<f64>)> = Vec::new();
        for (input, weights) in inputs {
            let add = |table: &mut Array2<f64>, j: usize, by: f64| {
                table.row_mut(j).iter_mut().zip(weights).for_each(|(sum, w)| *sum += by * w);
            };
            // z = (f − m) / d of each factor, multiplied out.
            let off = match *input {
                Input::Feature(j) => {
                    add(&mut of_terms, j, by.deviation[j].recip());
                    -by.mean[j] / by.deviation[j]
                }
                Input::Product(i, j) => {
                    let unit = by.deviation[i] * by.deviation[j];
                    add(&mut of_terms, i, -by.mean[j] / unit);
                    add(&mut of_terms, j, -by.mean[i] / unit);
                    of_products.push(([i, j].map(|place| place as u8), weights.iter().map(|w| w / unit).collect()));
                    by.mean[i] * by.mean[j] / unit
                }
            };
            bias.iter_mut().zip(weights).for_each(|(bias, w)| *bias += off * w);
        }
        of_products.sort_by_key(|(places, _)| *places);
        let kind = match y {
            Target::Values(_) => Kind::Linear,
            Target::Classes { .. } => Kind::Softmax,
        };
        let weights = of_terms.iter().chain(of_products.iter().flat_map(|(_, weights)| weights));
        let weights = weights.map(|&w| w as f32).collect();
        let bias = bias.iter().map(|&b| b as f32).collect();
        let products = of_products.iter().map(|(places, _)| *places).collect();
        (products, Readout { kind, bias, weights, threshold: 0.0 })
    }
}

impl Candidates {
    /// Without wavelets and histograms of which no feature is asked for; one wavelet stays.
    fn without_unused(mut self) -> Self {
        let bands = |dwt: &Dwt<f32>| if self.image.is_some() { dwt.image_bands() } else { dwt.bands() };
        let lens: Vec<usize> = self.wavelets.iter().map(bands).collect();
        for i in (0..lens.len()).rev() {
            let first: usize = lens[..i].iter().sum();
            if self.wavelets.len() > 1 && self.without_bands(first..first + lens[i]) {
                self.wavelets.remove(i);
            }
        }
        let bands = |dwt: &Dwt<f32>| if self.image.is_some() { dwt.image_bands() } else { dwt.bands() };
        let after = 1 + self.wavelets.iter().map(bands).sum::<usize>();
        let histograms = self.image.as_ref().map_or(0, |image| image.counts.len());
        for i in (0..histograms).rev() {
            if self.without_bands(after + i..after + i + 1)
                && let Some(image) = &mut self.image
            {
                image.counts.remove(i);
            }
        }
        self
    }

    /// Leaves out bands of which no feature is asked for; says whether there is none.
    fn without_bands(&mut self, bands: Range<usize>) -> bool {
        let none = !self.terms.iter().any(|term| bands.contains(&term.band.into()));
        if none {
            let later = self.terms.iter_mut().filter(|term| usize::from(term.band) >= bands.end);
            later.for_each(|term| term.band -= bands.len() as u8);
        }
        none
    }
}

/// The least and the greatest sample of windows (n, N).
pub(super) fn range(x: &Array2<f32>) -> [f32; 2] {
    x.iter().fold([f32::INFINITY, f32::NEG_INFINITY], |[least, greatest], &x| [least.min(x), greatest.max(x)])
}

/// What windows look like, from the range of their samples and the moments of their energies.
#[expect(clippy::cast_possible_truncation, reason = "the board computes in f32")]
pub(super) fn reference(range: [f32; 2], energies: &Standardised) -> Reference {
    let moments = |(&mean, &deviation): (&f64, &f64)| {
        // Infinite is that of a column which does not vary.
        let deviation = if deviation.is_finite() { deviation.max(LEAST_DEVIATION) } else { LEAST_DEVIATION };
        Moments { mean: mean as f32, deviation: deviation as f32 }
    };
    Reference { range, bands: energies.mean.iter().zip(&energies.deviation).map(moments).collect() }
}
