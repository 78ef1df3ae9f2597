//! A model on the host: its fields as lists, and the file that boards read.

use awd_core::features::image::Image;
use awd_core::model::Moments;
use awd_core::model::{Draft, Header, MAX_BYTES};
use awd_core::{Arithmetic, Dwt, FormatError, Invalid, Kind, Provenance, Term};
use serde::Serialize;

/// The fields of a model, not yet validated. docs/model-format.md lists their bounds.
#[derive(Debug, Clone, PartialEq)]
pub struct Spec {
    /// The number of samples of a window.
    pub window: u16,
    /// Wavelet, boundary and depth of each transform, at least one. Their bands are numbered consecutively.
    pub wavelets: Vec<Dwt<f32>>,
    /// The inputs of the readout, in ascending order.
    pub terms: Vec<Term>,
    /// Further inputs after the terms: products of two terms, given by their indices i ≤ j, in ascending order.
    pub products: Vec<[u8; 2]>,
    /// The readout, which computes scores from the inputs.
    pub readout: Readout,
    /// Statistics of the training windows.
    pub health: Option<Reference>,
    /// The arithmetic of the boards.
    pub scalar: Arithmetic,
    /// The readout in integers, for a model in fixed point.
    pub integers: Integers,
    /// The provenance of the model.
    pub provenance: Option<Provenance>,
    /// The image, if the window is one. Images are stored row by row.
    pub image: Option<Image>,
    /// Standard deviation of the training samples, in their unit, greater than 0.
    pub deviation: f32,
    /// The names of the classes; none if they are the numbers 0, 1, 2, …
    pub class_names: Vec<String>,
}

/// Biases, weights and the decision threshold.
#[derive(Debug, Clone, PartialEq)]
pub struct Readout {
    /// What the outputs mean.
    pub kind: Kind,
    /// One bias for each output.
    pub bias: Vec<f32>,
    /// The weights, ordered by term, then by product. The weights of all outputs for one term or product are adjacent.
    pub weights: Vec<f32>,
    /// For two classes, the logit above which class 1 is decided; 0 means a probability of one half. For all other
    /// readouts 0.
    pub threshold: f32,
}

/// The readout of a model in fixed point, see [`awd_core::model::Integers`]. Empty in other models.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Integers {
    /// One shift for each feature, then for each product.
    pub shifts: Vec<i8>,
    /// The number of bits of the outputs after their binary point.
    pub point: i8,
    /// One bias for each output.
    pub bias: Vec<i32>,
    /// The weights, in the order of those of the [`Readout`].
    pub weights: Vec<i16>,
}

/// Statistics of the windows of the training set.
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
    /// There is no wavelet.
    #[must_use]
    pub fn dwt(&self) -> &Dwt<f32> {
        self.wavelets.first().expect("a model has a wavelet")
    }

    /// The name of a class: its number if it has no other name.
    #[must_use]
    pub fn class_name(&self, class: usize) -> String {
        name_of(&self.class_names, class)
    }

    /// The number of bands of all transforms. The next band is the window itself; for images, the bands after that are
    /// histograms of peaks.
    #[must_use]
    pub fn bands(&self) -> usize {
        let count = |dwt: &Dwt<f32>| if self.image.is_some() { dwt.image_bands() } else { dwt.bands() };
        self.wavelets.iter().map(count).sum()
    }

    /// The fields as the file has them. `class_names` are the names of the classes, one per line.
    fn draft<'a>(&'a self, class_names: &'a str) -> Draft<'a> {
        let Self { window, wavelets, terms, products, readout, health, scalar, integers, provenance, image, .. } = self;
        let [rows, columns] = match image {
            // If the height does not divide the window, rows × columns is not the window's length, and the histograms
            // and bands do not fit.
            Some(image) => [image.height, window.checked_div(image.height).unwrap_or(0)],
            None => [1, *window],
        };
        Draft {
            rows,
            columns,
            deviation: self.deviation,
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
            class_names,
        }
    }
}

/// The name of a class in a list of names: its number if it has no other name.
#[must_use]
pub fn name_of(names: &[String], class: usize) -> String {
    names.get(class).cloned().unwrap_or_else(|| class.to_string())
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
        let names = spec.class_names.join("\n");
        let file = spec.draft(&names).write(&mut [0; MAX_BYTES])?.to_vec();
        let header = awd_core::Model::from_bytes(&file)?.header();
        Ok(Self { spec, file, header })
    }

    /// Reads a model file and validates it.
    ///
    /// # Errors
    /// Those of [`awd_core::Model::from_bytes`].
    pub fn from_bytes(file: &[u8]) -> Result<Self, FormatError> {
        let model = awd_core::Model::from_bytes(file)?;
        let class_names: Vec<String> = model.class_names().map(str::to_owned).collect();
        // A name that is not UTF-8 is empty.
        let valid = |name: &String| !name.is_empty() && !name.contains(char::is_control);
        Invalid::ClassNames.unless(class_names.iter().all(valid))?;
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
            class_names,
        };
        Ok(Self { spec, file: file.to_vec(), header: model.header() })
    }

    /// The model as boards read it, which computes scores.
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

    /// The number of samples of a window.
    #[must_use]
    pub fn window(&self) -> usize {
        self.view().window()
    }

    /// Samples of work space that a window of a signal needs.
    #[must_use]
    pub fn work_len(&self) -> usize {
        self.view().work_len()
    }

    /// The names of the classes; none if they are the numbers 0, 1, 2, …, or if the model predicts values.
    #[must_use]
    pub fn class_names(&self) -> &[String] {
        &self.spec.class_names
    }

    /// The number of classes; `None` if the model predicts values.
    #[must_use]
    pub fn classes(&self) -> Option<usize> {
        (self.spec.readout.kind == Kind::Softmax).then(|| self.spec.readout.bias.len() + 1)
    }

    /// The number of parameters that the device needs, see [`awd_core::Model::parameters`].
    #[must_use]
    pub fn parameters(&self) -> usize {
        self.view().parameters()
    }
}
