//! All that a device needs to know to score a window, validated once.

use crate::Invalid;
use crate::dwt::{Dwt, MAX_LEVELS};
use crate::feature::{Feature, MAX_RANK, Term};
use crate::lifting::{MAX_FILTER, MAX_TAP};
use crate::readout::{MAX_OUTPUTS, Readout};
use heapless::Vec;
use serde::{Deserialize, Serialize};

/// Terms of the largest model.
pub const MAX_TERMS: usize = 128;

/// Samples of the longest window.
pub const MAX_WINDOW: u16 = 4096;

/// The fields of a model, as they stand in its file; not yet validated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Spec {
    /// Samples of a window.
    pub window: u16,
    /// Wavelet, boundary and depth.
    pub dwt: Dwt<f32>,
    /// The inputs of the readout, in ascending order.
    pub terms: Vec<Term, MAX_TERMS>,
    /// The weights that make scores of them.
    pub readout: Readout,
}

/// A model that has been validated: scoring with it cannot fail.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    spec: Spec,
}

impl Model {
    /// Validates every field.
    ///
    /// # Errors
    /// The first field that is outside its bounds.
    pub fn new(spec: Spec) -> Result<Self, Invalid> {
        let check = Invalid::unless;
        let levels = spec.dwt.levels();
        check((2..=MAX_WINDOW).contains(&spec.window), "window", "2..=4096 samples")?;
        check((1..=MAX_LEVELS).contains(&levels), "levels", "1..=12")?;
        check(spec.window >> levels >= 1, "levels", "2^levels at most the window")?;

        spec.dwt.lifting().validate()?;
        for step in spec.dwt.lifting().steps() {
            check(step.offset.unsigned_abs() <= MAX_FILTER, "lifting.offset", "-40..=40")?;
            // NaN is not within the bound either.
            check(step.taps.iter().all(|tap| f64::from(tap.abs()) <= MAX_TAP), "lifting.taps", "of modulus at most 2")?;
        }

        let outputs = spec.readout.bias.len();
        check((1..=MAX_OUTPUTS).contains(&outputs), "readout.bias", "1..=8 outputs")?;
        check(
            spec.readout.weights.len() == spec.terms.len() * outputs,
            "readout.weights",
            "as many as terms times outputs",
        )?;
        check(
            spec.readout.bias.iter().chain(&spec.readout.weights).all(|w| w.is_finite()),
            "readout",
            "finite numbers",
        )?;

        check(spec.terms.is_sorted_by(|a, b| a < b), "terms", "in ascending order, none twice")?;
        for term in &spec.terms {
            let range = spec.dwt.band_ranges(usize::from(spec.window)).nth(usize::from(term.band));
            let len = range.ok_or(Invalid { field: "terms.band", bound: "at most the number of levels" })?.len();
            if let Feature::Largest(rank) | Feature::Smallest(rank) = term.feature {
                check(rank < MAX_RANK, "terms.rank", "at most 7")?;
                check(usize::from(rank) < len, "terms.rank", "less than the coefficients of its band")?;
            }
        }
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

    /// How many numbers the device needs: the taps that are not zero, the weights and the biases. Nothing else is
    /// multiplied or added; scales and normalisation are in the weights.
    #[must_use]
    pub fn parameters(&self) -> usize {
        self.spec.dwt.lifting().parameters() + self.spec.readout.weights.len() + self.spec.readout.bias.len()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::{Boundary, Kind, Lifting, Step};

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
            },
        }
    }

    #[test]
    fn the_small_model_is_valid() {
        let model = Model::new(spec()).unwrap();
        assert_eq!(model.parameters(), 2 + 6 + 2);
    }

    #[test]
    fn every_bound_is_named() {
        let refused = |change: fn(&mut Spec)| {
            let mut spec = spec();
            change(&mut spec);
            Model::new(spec).unwrap_err().field
        };
        let lifting = |offset, tap| Lifting::new(2, [0, 1], &[Step::new(offset, [tap, 0.0]); 2]).unwrap();
        assert_eq!(refused(|s| s.window = 1), "window");
        assert_eq!(refused(|s| s.window = 4097), "window");
        assert_eq!(refused(|s| s.dwt = Dwt::new(s.dwt.lifting().clone(), Boundary::Zero, 0)), "levels");
        assert_eq!(refused(|s| s.dwt = Dwt::new(s.dwt.lifting().clone(), Boundary::Zero, 4)), "levels");
        let with = |step: Lifting<f32>| Model::new(Spec { dwt: Dwt::new(step, Boundary::Zero, 2), ..spec() });
        assert_eq!(with(lifting(41, 0.5)).unwrap_err().field, "lifting.offset");
        assert_eq!(with(lifting(0, 2.01)).unwrap_err().field, "lifting.taps");
        assert_eq!(with(lifting(0, f32::NAN)).unwrap_err().field, "lifting.taps");
        assert_eq!(refused(|s| s.readout.bias.clear()), "readout.bias");
        assert_eq!(refused(|s| s.readout.weights.truncate(5)), "readout.weights");
        assert_eq!(refused(|s| s.readout.weights[0] = f32::INFINITY), "readout");
        assert_eq!(refused(|s| s.terms.swap(0, 1)), "terms");
        assert_eq!(refused(|s| s.terms[1] = s.terms[0]), "terms");
        assert_eq!(refused(|s| s.terms[2].band = 3), "terms.band");
        assert_eq!(refused(|s| s.terms[1].feature = Feature::Largest(8)), "terms.rank");
        assert_eq!(refused(|s| s.terms[2].feature = Feature::Smallest(2)), "terms.rank");
    }
}
