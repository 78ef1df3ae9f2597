//! A model on the host: its fields as lists, and the file that boards read.

use awd_core::features::image::Image;
use awd_core::model::Moments;
use awd_core::model::{Draft, Header, MAX_BYTES};
use awd_core::{Arithmetic, Dwt, FormatError, Kind, Provenance, Term};
use serde::Serialize;

/// The fields of a model; not yet validated. docs/model-format.md has their bounds.
#[derive(Debug, Clone, PartialEq)]
pub struct Spec {
    /// Samples of a window.
    pub window: u16,
    /// Wavelet, boundary and depth of each transform; one at least. Their bands are numbered through.
    pub wavelets: Vec<Dwt<f32>>,
    /// The inputs of the readout, in ascending order.
    pub terms: Vec<Term>,
    /// More inputs after those: products of two of them, by their places i ≤ j, in ascending order.
    pub products: Vec<[u8; 2]>,
    /// The weights that make scores of them.
    pub readout: Readout,
    /// What the windows looked like that it was trained on.
    pub health: Option<Reference>,
    /// What boards compute with.
    pub scalar: Arithmetic,
    /// The readout in integers, of a model in fixed point.
    pub integers: Integers,
    /// Where it came from.
    pub provenance: Option<Provenance>,
    /// What the window is if it is an image: then it stands row by row.
    pub image: Option<Image>,
    /// Standard deviation of the training samples, in their unit, more than 0.
    pub deviation: f32,
}

/// Biases and weights, and how to decide.
#[derive(Debug, Clone, PartialEq)]
pub struct Readout {
    /// What the outputs mean.
    pub kind: Kind,
    /// One for each output.
    pub bias: Vec<f32>,
    /// Term after term and then product after product, the weights of all outputs for one together.
    pub weights: Vec<f32>,
    /// Of two classes, the logit above which class 1 is decided: 0 is a probability of one half. 0 of all others.
    pub threshold: f32,
}

/// The readout of a model in fixed point, see [`awd_core::model::Integers`]. Of other models all is empty.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Integers {
    /// One for each feature and then each product.
    pub shifts: Vec<i8>,
    /// Bits of the outputs after their binary point.
    pub point: i8,
    /// One for each output.
    pub bias: Vec<i32>,
    /// As those of the [`Readout`].
    pub weights: Vec<i16>,
}

/// What the windows of the training set looked like.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reference {
    /// The least and the greatest sample, in units of the samples.
    pub range: [f32; 2],
    /// The energy of each band of the first wavelet, finest detail first.
    pub bands: Vec<Moments>,
}

impl Spec {
    /// The transform of the first wavelet.
    ///
    /// # Panics
    /// There is none.
    #[must_use]
    pub fn dwt(&self) -> &Dwt<f32> {
        self.wavelets.first().expect("a model has a wavelet")
    }

    /// Bands of all transforms together. The band after them is the window itself, and those after that, of images, are histograms of
    /// peaks.
    #[must_use]
    pub fn bands(&self) -> usize {
        let of = |dwt: &Dwt<f32>| if self.image.is_some() { dwt.image_bands() } else { dwt.bands() };
        self.wavelets.iter().map(of).sum()
    }

    /// The fields as the file has them.
    fn draft(&self) -> Draft<'_> {
        let Self { window, wavelets, terms, products, readout, health, scalar, integers, provenance, image, deviation } =
            self;
        let [rows, columns] = match image {
            // What is no divisor leaves other samples than the window's, which histograms and bands then do not fit.
            Some(image) => [image.height, window.checked_div(image.height).unwrap_or(0)],
            None => [1, *window],
        };
        Draft {
            rows,
            columns,
            deviation: *deviation,
            arithmetic: *scalar,
            kind: readout.kind,
            threshold: readout.threshold,
            wavelets,
            histograms: image.as_ref().map_or(&[], |image| &image.counts),
            terms,
            products,
            bias: &readout.bias,
            weights: &readout.weights,
            integers: awd_core::model::Integers {
                shifts: &integers.shifts,
                point: integers.point,
                bias: &integers.bias,
                weights: &integers.weights,
            },
            reference: health.as_ref().map(|reference| (reference.range, &reference.bands[..])),
            provenance: *provenance,
        }
    }
}

/// A model that has been validated.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    spec: Spec,
    file: Vec<u8>,
    header: Header,
}

impl Model {
    /// Writes the model's file, and validates every field.
    ///
    /// # Errors
    /// The first field that is outside its bounds.
    pub fn new(spec: Spec) -> Result<Self, FormatError> {
        let file = spec.draft().write(&mut [0; MAX_BYTES])?.to_vec();
        let header = awd_core::Model::from_bytes(&file)?.header();
        Ok(Self { spec, file, header })
    }

    /// Reads a model file and validates it.
    ///
    /// # Errors
    /// Those of [`awd_core::Model::from_bytes`].
    pub fn from_bytes(file: &[u8]) -> Result<Self, FormatError> {
        let model = awd_core::Model::from_bytes(file)?;
        let spec = Spec {
            // A window has at most 4096 samples.
            window: u16::try_from(model.window()).unwrap_or(u16::MAX),
            wavelets: model.wavelets().collect(),
            terms: model.terms().collect(),
            products: model.products().to_vec(),
            readout: Readout {
                kind: model.kind(),
                bias: model.bias().collect(),
                weights: model.weights().collect(),
                threshold: model.threshold(),
            },
            health: model.range().map(|range| Reference { range, bands: model.moments().collect() }),
            scalar: model.arithmetic(),
            integers: Integers {
                shifts: model.shifts().collect(),
                point: model.point(),
                bias: model.fixed_bias().collect(),
                weights: model.fixed_weights().collect(),
            },
            provenance: model.provenance(),
            image: model.image(),
            deviation: model.deviation(),
        };
        Ok(Self { spec, file: file.to_vec(), header: model.header() })
    }

    /// The model that boards have, which scores.
    #[must_use]
    pub fn view(&self) -> awd_core::Model<'_> {
        self.header.model(&self.file)
    }

    /// The fields.
    #[must_use]
    pub const fn spec(&self) -> &Spec {
        &self.spec
    }

    /// The file.
    #[must_use]
    pub fn file(&self) -> &[u8] {
        &self.file
    }

    /// Samples of a window.
    #[must_use]
    pub fn window(&self) -> usize {
        self.view().window()
    }

    /// Samples of work space that a window of a signal needs.
    #[must_use]
    pub fn work_len(&self) -> usize {
        self.view().work_len()
    }

    /// How many numbers the device needs, see [`awd_core::Model::parameters`].
    #[must_use]
    pub fn parameters(&self) -> usize {
        self.view().parameters()
    }
}
