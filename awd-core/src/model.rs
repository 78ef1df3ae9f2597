//! All that a device needs to know to score a window, validated once.

use crate::Invalid;
use crate::dwt::{Dwt, MAX_LEVELS};
use crate::feature::{Feature, MAX_PLACE, MAX_RANK, Term};
use crate::health::Reference;
use crate::image::Image;
use crate::lifting::MAX_FILTER;
use crate::provenance::Provenance;
use crate::readout::{Kind, MAX_OUTPUTS, Readout};
use crate::step::MAX_TAP;
use heapless::Vec;
use serde::{Deserialize, Serialize};

pub use crate::capacity::MAX_TERMS;

/// Samples of the longest window.
pub const MAX_WINDOW: u16 = 4096;

/// The fields of a model; not yet validated. [`crate::format`] says how they stand in its file.
#[derive(Debug, Clone, PartialEq)]
pub struct Spec {
    /// Samples of a window.
    pub window: u16,
    /// Wavelet, boundary and depth.
    pub dwt: Dwt<f32>,
    /// The inputs of the readout, in ascending order.
    pub terms: Vec<Term, MAX_TERMS>,
    /// The weights that make scores of them.
    pub readout: Readout,
    /// What the windows looked like that it was trained on.
    pub health: Option<Reference>,
    /// What boards compute with.
    pub scalar: Arithmetic,
    /// Where it came from.
    pub provenance: Option<Provenance>,
    /// What the window is if it is an image: then it stands row by row.
    pub image: Option<Image>,
    /// Standard deviation of the training samples, in their unit, more than 0. Features with a logarithm have a floor relative to
    /// it. It is a scale, not one of the numbers that [`Model::parameters`] counts.
    pub deviation: f32,
}

/// What boards compute with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Arithmetic {
    /// `f32`.
    #[default]
    Float,
    /// 16-bit fixed point ([`Model::fixed`]). In `f32` the same weights give the same scores to rounding.
    Fixed {
        /// Units of the samples that one in the last place is worth, more than 0.
        unit: f32,
    },
}

/// A model that has been validated: scoring with it cannot fail.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    pub(crate) spec: Spec,
}

impl Spec {
    /// Nothing yet, to be filled where it stands.
    #[inline(always)]
    pub(crate) const fn blank() -> Self {
        Self {
            window: 0,
            dwt: Dwt::blank(),
            terms: Vec::new(),
            readout: Readout { kind: Kind::Linear, bias: Vec::new(), weights: Vec::new(), threshold: None },
            health: None,
            scalar: Arithmetic::Float,
            provenance: None,
            image: None,
            deviation: 1.0,
        }
    }

    /// Makes it blank again where it stands.
    pub(crate) fn clear(&mut self) {
        let Self { window, dwt, terms, readout, health, scalar, provenance, image, deviation } = self;
        let Readout { kind, bias, weights, threshold } = readout;
        (*window, *kind, *threshold, *scalar, *deviation) = (0, Kind::Linear, None, Arithmetic::Float, 1.0);
        (*health, *provenance, *image) = (None, None, None);
        dwt.clear();
        terms.clear();
        bias.clear();
        weights.clear();
    }

    /// Number of bands of the transform. The band after them is the window itself, and those after that, of images, are
    /// histograms of peaks.
    #[must_use]
    pub const fn bands(&self) -> usize {
        if self.image.is_some() { self.dwt.image_bands() } else { self.dwt.bands() }
    }

    /// Coefficients of a band; none if there is no such band.
    #[must_use]
    pub fn band_len(&self, band: usize) -> Option<usize> {
        let (window, bands) = (usize::from(self.window), self.bands());
        match &self.image {
            _ if band == bands => Some(window),
            Some(image) if band < bands => {
                // Three details a level.
                let [height, width] = image.size(window).map(|side| self.half_len(side, band / 3));
                Some(height * width)
            }
            Some(image) => image.counts.get(band - bands - 1).map(|counts| usize::from(counts.bins.count)),
            None => (band < bands).then(|| self.half_len(window, band)),
        }
    }

    /// Length of a level's halves, the finest 0; of those that are deeper than the last, of the last.
    // One of it, which is what makes it small.
    #[inline(never)]
    fn half_len(&self, n: usize, level: usize) -> usize {
        self.dwt.half_lens(n).take(level + 1).last().unwrap_or(n)
    }

    /// Is the window a signal?
    pub(crate) fn signal(&self) -> Result<(), Invalid> {
        Invalid::unless(self.image.is_none(), "image", "none: images are scored by Model::images")
    }

    /// Is every field within its bounds?
    ///
    /// # Errors
    /// The first that is not.
    pub(crate) fn validate(&self) -> Result<(), Invalid> {
        let check = Invalid::unless;
        let levels = self.dwt.levels();
        check((2..=MAX_WINDOW).contains(&self.window), "window", "2..=4096 samples")?;
        check((1..=MAX_LEVELS).contains(&levels), "levels", "1..=12")?;
        check(self.window >> levels >= 1, "levels", "2^levels at most the window")?;
        if let Some(image) = &self.image {
            image.validate(&self.dwt, usize::from(self.window))?;
            check(self.scalar == Arithmetic::Float, "scalar", "float of an image")?;
        }

        check(self.dwt.ladders().len() <= usize::from(levels), "lifting", "at most one ladder a level")?;
        for ladder in self.dwt.ladders() {
            ladder.validate()?;
            for step in ladder.steps() {
                check(step.offset.unsigned_abs() <= MAX_FILTER, "lifting.offset", "-40..=40")?;
                // NaN is not within the bound either.
                let small = step.taps.iter().all(|tap| f64::from(tap.abs()) <= MAX_TAP);
                check(small, "lifting.taps", "of modulus at most 2")?;
            }
        }

        let outputs = self.readout.bias.len();
        check((1..=MAX_OUTPUTS).contains(&outputs), "readout.bias", "1..=8 outputs")?;
        check(
            self.readout.weights.len() == self.terms.len() * outputs,
            "readout.weights",
            "as many as terms times outputs",
        )?;
        check(
            self.readout.bias.iter().chain(&self.readout.weights).all(|w| w.is_finite()),
            "readout",
            "finite numbers",
        )?;

        check(self.terms.is_sorted_by(|a, b| a < b), "terms", "in ascending order, none twice")?;
        for term in &self.terms {
            let len = self.band_len(usize::from(term.band));
            let len = len.ok_or(Invalid { field: "terms.band", bound: "one of the bands, or the window itself" })?;
            if let Feature::Largest(rank) | Feature::Smallest(rank) = term.feature {
                check(rank < MAX_RANK, "terms.rank", "at most 7")?;
                check(usize::from(rank) < len, "terms.rank", "less than the coefficients of its band")?;
            }
            if let Feature::Coefficient(place) = term.feature {
                check(place < MAX_PLACE, "terms.place", "at most 31")?;
                check(usize::from(place) < len, "terms.place", "less than the coefficients of its band")?;
            }
        }

        if let Some(threshold) = self.readout.threshold {
            let two_classes = self.readout.kind == Kind::Softmax && outputs == 1;
            check(two_classes && threshold.is_finite(), "readout.threshold", "finite, for two classes only")?;
        }
        if let Some(health) = &self.health {
            health.validate(self.bands())?;
        }
        // Its square, and a millionth of that, are f32 numbers too.
        check((1e-15..=1e15).contains(&self.deviation), "deviation", "1e-15..=1e15")?;
        if let Arithmetic::Fixed { unit } = self.scalar {
            check(unit.is_finite() && unit > 0.0, "scalar.unit", "finite, more than 0")?;
        }
        self.provenance.as_ref().map_or(Ok(()), Provenance::validate)
    }
}

impl Model {
    /// Validates every field.
    ///
    /// # Errors
    /// The first field that is outside its bounds.
    pub fn new(spec: Spec) -> Result<Self, Invalid> {
        spec.validate()?;
        Ok(Self { spec })
    }

    /// The fields.
    #[must_use]
    pub const fn spec(&self) -> &Spec {
        &self.spec
    }

    /// Samples of a window.
    #[must_use]
    pub fn window(&self) -> usize {
        usize::from(self.spec.window)
    }

    /// Samples of work space that a window needs, besides the window itself.
    #[must_use]
    pub fn work_len(&self) -> usize {
        self.spec.dwt.work_len(self.window())
    }

    /// How many numbers the device needs: the taps that are not zero, the weights and the biases, and where the bins of each
    /// histogram start and how wide they are. Scales and normalisation are in the weights.
    #[must_use]
    pub fn parameters(&self) -> usize {
        let Spec { dwt, readout, image, .. } = &self.spec;
        let bins = image.as_ref().map_or(0, |image| 2 * image.counts.len());
        dwt.parameters() + readout.weights.len() + readout.bias.len() + bins
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::health::Moments;
    use crate::{Boundary, Lifting, Step};

    /// A small valid model: Haar, two levels, three terms, two outputs.
    pub(crate) fn spec() -> Spec {
        let haar = Lifting::new(2, [0, 1], &[Step::new(0, [1.0, 0.0]), Step::new(0, [-0.5, 0.0])]).unwrap();
        let term = |band, feature| Term { band, feature };
        let terms = [term(0, Feature::LogEnergy), term(1, Feature::Largest(0)), term(2, Feature::Largest(1))];
        Spec {
            window: 8,
            dwt: Dwt::new(haar, Boundary::Zero, 2),
            terms: Vec::from_slice(&terms).unwrap(),
            readout: Readout {
                kind: Kind::Softmax,
                bias: Vec::from_slice(&[0.25, -1.5]).unwrap(),
                weights: Vec::from_slice(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).unwrap(),
                threshold: None,
            },
            health: None,
            scalar: Arithmetic::Float,
            provenance: None,
            image: None,
            deviation: 1.0,
        }
    }

    /// The same with one output, and all that later versions added.
    pub(crate) fn full_spec() -> Spec {
        let mut spec = spec();
        spec.readout.bias.truncate(1);
        spec.readout.weights.truncate(3);
        spec.readout.threshold = Some(-1.25);
        let scalar = Arithmetic::Fixed { unit: 0.5 };
        Spec { health: Some(reference()), scalar, provenance: Some(provenance()), ..spec }
    }

    /// Where a model may have come from.
    pub(crate) fn provenance() -> Provenance {
        let (lambda, gamma, supervised) = (5e-3, 0.25, 0.5);
        let (attributions, version) = (Some(u64::MAX), [0, 1, 0]);
        Provenance { data: 1, attributions, products: true, lambda, gamma, supervised, seed: 7, version }
    }

    /// What training windows may have looked like, in three bands.
    pub(crate) fn reference() -> Reference {
        let bands = [(0.5, 2.0), (-1.0, 0.25), (3.0, 1.0)].map(|(mean, deviation)| Moments { mean, deviation });
        Reference { range: [-1.0, 2.0], bands: Vec::from_slice(&bands).unwrap() }
    }

    #[test]
    fn the_small_models_are_valid() {
        assert_eq!(Model::new(spec()).unwrap().parameters(), 2 + 6 + 2);
        // Neither the threshold nor the reference is a number that scoring needs.
        assert_eq!(Model::new(full_spec()).unwrap().parameters(), 2 + 3 + 1);
    }

    #[test]
    fn every_bound_is_named() {
        let refused = |change: fn(&mut Spec)| {
            let mut spec = spec();
            change(&mut spec);
            Model::new(spec).unwrap_err().field
        };
        fn lifting(offset: i8, tap: f32) -> Lifting<f32> {
            Lifting::new(2, [0, 1], &[Step::new(offset, [tap, 0.0]); 2]).unwrap()
        }
        assert_eq!(refused(|s| s.window = 1), "window");
        assert_eq!(refused(|s| s.window = 4097), "window");
        assert_eq!(refused(|s| s.dwt = Dwt::new(lifting(0, 0.5), Boundary::Zero, 0)), "levels");
        assert_eq!(refused(|s| s.dwt = Dwt::new(lifting(0, 0.5), Boundary::Zero, 4)), "levels");
        let with = |step: Lifting<f32>| Model::new(Spec { dwt: Dwt::new(step, Boundary::Zero, 2), ..spec() });
        assert_eq!(with(lifting(41, 0.5)).unwrap_err().field, "lifting.offset");
        assert_eq!(with(lifting(0, 2.01)).unwrap_err().field, "lifting.taps");
        assert_eq!(with(lifting(0, f32::NAN)).unwrap_err().field, "lifting.taps");
        assert_eq!(refused(|s| (0..2).for_each(|_| s.dwt.push(&lifting(0, 0.5)).unwrap())), "lifting");
        assert_eq!(refused(|s| s.dwt.push(&lifting(0, 2.01)).unwrap()), "lifting.taps");
        assert_eq!(refused(|s| s.readout.bias.clear()), "readout.bias");
        assert_eq!(refused(|s| s.readout.weights.truncate(5)), "readout.weights");
        assert_eq!(refused(|s| s.readout.weights[0] = f32::INFINITY), "readout");
        assert_eq!(refused(|s| s.terms.swap(0, 1)), "terms");
        assert_eq!(refused(|s| s.terms[1] = s.terms[0]), "terms");
        assert_eq!(refused(|s| s.terms[2].band = 4), "terms.band");
        assert_eq!(refused(|s| s.terms[1].feature = Feature::Largest(8)), "terms.rank");
        assert_eq!(refused(|s| s.terms[2].feature = Feature::Smallest(2)), "terms.rank");
        assert_eq!(refused(|s| s.terms[2].feature = Feature::Coefficient(32)), "terms.place");
        assert_eq!(refused(|s| s.terms[2].feature = Feature::Coefficient(2)), "terms.place");
    }

    #[test]
    fn every_bound_of_what_was_added_is_named() {
        let refused = |change: fn(&mut Spec)| {
            let mut spec = full_spec();
            change(&mut spec);
            Model::new(spec).unwrap_err().field
        };
        fn health(spec: &mut Spec) -> &mut Reference {
            spec.health.as_mut().unwrap()
        }
        assert_eq!(refused(|s| s.readout.threshold = Some(f32::NAN)), "readout.threshold");
        assert_eq!(refused(|s| s.readout.kind = Kind::Linear), "readout.threshold");
        assert_eq!(refused(|s| s.readout = Readout { threshold: Some(0.0), ..spec().readout }), "readout.threshold");
        assert_eq!(refused(|s| health(s).range[0] = f32::NEG_INFINITY), "health.range");
        assert_eq!(refused(|s| health(s).range[1] = f32::NAN), "health.range");
        assert_eq!(refused(|s| health(s).range.swap(0, 1)), "health.range");
        assert_eq!(refused(|s| health(s).bands.truncate(2)), "health.bands");
        assert_eq!(refused(|s| health(s).bands[2].mean = f32::INFINITY), "health.bands");
        assert_eq!(refused(|s| health(s).bands[0].deviation = 0.0), "health.bands");
        assert_eq!(refused(|s| health(s).bands[1].deviation = f32::NAN), "health.bands");
        assert_eq!(refused(|s| s.provenance.as_mut().unwrap().gamma = f32::NAN), "provenance");
        assert_eq!(refused(|s| s.provenance.as_mut().unwrap().lambda = -1.0), "provenance");
        assert_eq!(refused(|s| s.provenance.as_mut().unwrap().supervised = f32::INFINITY), "provenance");
        for deviation in [0.0, -1.0, 1e-16, 1e16, f32::INFINITY, f32::NAN] {
            let why = Model::new(Spec { deviation, ..spec() }).unwrap_err();
            assert_eq!(why.field, "deviation", "{deviation}");
        }
        assert_eq!(refused(|s| s.scalar = Arithmetic::Fixed { unit: 0.0 }), "scalar.unit");
        assert_eq!(refused(|s| s.scalar = Arithmetic::Fixed { unit: f32::INFINITY }), "scalar.unit");
    }
}
