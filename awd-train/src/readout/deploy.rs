//! From a wavelet and a training split to a model for the instrument.

use super::{All, Candidates, Chosen, Curve, Fitted, Lesson, Standardised, best, path};
use crate::data::{Samples, Target};
use crate::model::Reference;
use crate::model::{Integers, Model, Readout, Spec};
use crate::ranks::{Ranks, each};
use crate::wavelet::Wavelets;
use crate::{Error, Result};
use awd_core::model::MAX_TERMS;
use awd_core::model::MAX_WEIGHTS;
use awd_core::model::Moments;
use awd_core::{Arithmetic, Boundary, Dwt, Feature, Kind, Term};
use ndarray::{Array2, Axis};
use serde::{Deserialize, Serialize};

/// Penalties that are tried, multiples of the loss of standardised columns.
pub const PENALTIES: [f64; 4] = [1e-4, 1e-3, 1e-2, 1e-1];

/// That of the readouts that compare wavelets.
const COMPARING: f64 = PENALTIES[2];

/// Least deviation of a band's log energy that a reference states: a hundredth more energy is not worth a warning, even
/// where the training windows do not vary at all.
const LEAST_DEVIATION: f64 = 0.01;

/// A wavelet with boundary and depth, before it has a readout.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Transform {
    /// The wavelet, or one a level.
    pub wavelets: Wavelets,
    /// What stands beyond the window's ends.
    pub boundary: Boundary,
    /// Number of levels J.
    pub levels: u8,
    /// Rows of an image, whose boundary is a circle; 1 of a signal.
    pub height: usize,
    /// Histograms of its peaks that readouts may choose from; each takes two numbers.
    pub histograms: usize,
    /// Standard deviation of the training samples.
    pub deviation: f32,
}

impl Transform {
    /// As the board computes it.
    ///
    /// # Panics
    /// The wavelets have more steps than a transform has room for: [`Wavelets::each`] and [`Wavelets::moved`] made none such.
    #[must_use]
    pub fn dwt(&self) -> Dwt<f32> {
        self.wavelets.dwt(self.boundary, self.levels).expect("wavelets that have room").rounded()
    }

    /// Terms that fit a budget of `numbers` deployed numbers an output, besides the wavelet's taps and the biases.
    #[must_use]
    pub fn budget(&self, numbers: usize, outputs: usize) -> usize {
        let taps = self.dwt().parameters() + self.of_histograms();
        let weights = numbers.saturating_mul(outputs).saturating_sub(taps + outputs);
        (weights / outputs).min(MAX_TERMS).min(MAX_WEIGHTS / outputs)
    }

    /// Deployed numbers with so many terms: wavelet, weights and biases.
    #[must_use]
    pub fn numbers(&self, terms: usize, outputs: usize) -> usize {
        self.dwt().parameters() + self.of_histograms() + (terms + 1) * outputs
    }

    /// Numbers of the histograms, if all of them are used.
    const fn of_histograms(&self) -> usize {
        2 * self.histograms
    }

    /// Bands of the transform.
    fn bands(&self) -> usize {
        usize::from(self.levels) * if self.height > 1 { 3 } else { 1 } + 1
    }

    /// The candidates (n, p) of these samples.
    fn columns(&self, samples: &Samples) -> Array2<f64> {
        Candidates::of(self, &samples.x).features(&samples.x)
    }

    /// What readouts within `numbers` deployed numbers an output say of held-out windows: by this, wavelets are compared.
    #[must_use]
    pub fn curve<'a>(&self, lesson: &'a Lesson, numbers: usize) -> Curve<'a> {
        let Lesson { samples, folds, .. } = lesson;
        let terms = self.budget(numbers, samples.y.outputs());
        Curve::of(&self.columns(samples), &samples.y, folds, COMPARING, terms)
    }

    /// The best readout of all lengths and penalties within `numbers` deployed numbers an output, and its penalty. Ranks, which
    /// all have the lesson, share the penalties.
    #[must_use]
    pub fn cross_validate(&self, ranks: &dyn Ranks, lesson: &Lesson, numbers: usize) -> (Chosen, f64) {
        let Lesson { samples, folds, .. } = lesson;
        let columns = self.columns(samples);
        let terms = self.budget(numbers, samples.y.outputs());
        let of_penalties = each(ranks, PENALTIES.len(), |i| {
            let curve = Curve::of(&columns, &samples.y, folds, PENALTIES[i], terms);
            let losses = curve.losses();
            let best = best(&losses);
            (losses[best].mean(), curve.chosen(best))
        });
        let of_penalties = of_penalties.into_iter().zip(PENALTIES);
        let least = of_penalties.min_by(|((a, _), _), ((b, _), _)| a.total_cmp(b));
        least.map(|((_, chosen), penalty)| (chosen, penalty)).expect("there are penalties")
    }

    /// The model whose readout is the chosen one, fitted to all of the lesson, whose windows are the model's reference too; or
    /// where the lesson is a part of the windows, to `all` of them.
    ///
    /// # Errors
    /// Its weights are beyond what an f32 holds: samples or targets of extreme units.
    pub fn model(&self, lesson: &Lesson, chosen: &Chosen, penalty: f64, all: Option<&All<'_>>) -> Result<Model> {
        let Lesson { samples, windows, .. } = lesson;
        let candidates = Candidates::of(self, &samples.x);
        let columns = candidates.features(&samples.x);
        let standardised = Standardised::of(&columns);
        let path = path(&standardised.apply(&columns), &samples.y, penalty, chosen.terms);
        let fitted = path.last().expect("a path has a start").clone();
        let draft = match all {
            Some(all) => all.refitted(&candidates, self.bands(), &standardised, &fitted, penalty),
            None => {
                let rows: Vec<usize> = (0..*windows).collect();
                let (x, columns) = (samples.x.select(Axis(0), &rows), columns.select(Axis(0), &rows));
                let health = reference(range(&x), self.bands(), &candidates.terms, &Standardised::of(&columns));
                Draft { standardised, fitted, health }
            }
        };
        let Candidates { wavelets, image, terms, products, deviation } = candidates;
        let fitted = draft.fitted.times(chosen.slope);
        let (terms, readout) = unstandardised(&fitted, &draft.standardised, &terms, &samples.y);
        let window = u16::try_from(samples.x.ncols()).expect("a data set's windows are within the bounds");
        let health = Some(draft.health);
        // In floating point until the whole model is known.
        let (scalar, integers, provenance) = (Arithmetic::Float, Integers::default(), None);
        let mut spec =
            Spec { window, wavelets, terms, products, readout, health, scalar, integers, provenance, image, deviation };
        forget_unused(&mut spec);
        Model::new(spec).map_err(|why| Error::failed("model", why))
    }
}

/// What windows say about a model.
pub(super) struct Draft {
    /// Moments of all candidates, as far as the fit needs them.
    pub standardised: Standardised,
    /// The fit to the columns that these moments standardise.
    pub fitted: Fitted,
    /// What the windows look like.
    pub health: Reference,
}

/// Leaves out the histograms of which no term is.
fn forget_unused(spec: &mut Spec) {
    let after = spec.bands() + 1;
    let Some(image) = &mut spec.image else { return };
    for i in (0..image.counts.len()).rev() {
        let of = |term: &Term| usize::from(term.band).checked_sub(after);
        if !spec.terms.iter().any(|term| of(term) == Some(i)) {
            image.counts.remove(i);
            spec.terms.iter_mut().filter(|term| of(term) > Some(i)).for_each(|term| term.band -= 1);
        }
    }
}

/// The least and the greatest sample of windows (n, N).
pub(super) fn range(x: &Array2<f32>) -> [f32; 2] {
    x.iter().fold([f32::INFINITY, f32::NEG_INFINITY], |[least, greatest], &x| [least.min(x), greatest.max(x)])
}

/// Is this one of the energies that a reference is of, of so many bands?
pub(super) fn referred(term: &Term, bands: usize) -> bool {
    term.feature == Feature::LogEnergy && usize::from(term.band) < bands
}

/// What windows look like, from the range of their samples and the moments of their candidates: the energy of each of so many
/// bands is one.
#[expect(clippy::cast_possible_truncation, reason = "the board computes in f32")]
pub(super) fn reference(range: [f32; 2], bands: usize, all: &[Term], by: &Standardised) -> Reference {
    let moments = |(_, (&mean, &deviation)): (&Term, (&f64, &f64))| {
        // Infinite is that of a column which does not vary.
        let deviation = if deviation.is_finite() { deviation.max(LEAST_DEVIATION) } else { LEAST_DEVIATION };
        Moments { mean: mean as f32, deviation: deviation as f32 }
    };
    let columns = all.iter().zip(by.mean.iter().zip(&by.deviation));
    let bands = columns.filter(|(term, _)| referred(term, bands)).map(moments).collect();
    Reference { range, bands }
}

/// Terms in the model's order, and the weights of the features as they are.
#[expect(clippy::cast_possible_truncation, reason = "the board computes in f32")]
fn unstandardised(fitted: &Fitted, by: &Standardised, all: &[Term], y: &Target) -> (Vec<Term>, Readout) {
    let outputs = fitted.bias.len();
    let mut columns: Vec<(usize, &[f64])> =
        fitted.support.iter().copied().zip(fitted.weights.chunks_exact(outputs)).collect();
    columns.sort_by_key(|&(j, _)| all[j]);
    let mut bias = fitted.bias.clone();
    let mut weights = Vec::new();
    for &(j, standardised) in &columns {
        for (bias, w) in bias.iter_mut().zip(standardised) {
            *bias -= w * by.mean[j] / by.deviation[j];
            weights.push((w / by.deviation[j]) as f32);
        }
    }
    let kind = match y {
        Target::Values(_) => Kind::Linear,
        Target::Classes { .. } => Kind::Softmax,
    };
    let bias = bias.iter().map(|&b| b as f32).collect();
    (columns.iter().map(|&(j, _)| all[j]).collect(), Readout { kind, bias, weights, threshold: 0.0 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wavelet::Wavelet;
    use awd_core::Health;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    /// 300 windows of 32 samples of uniform noise, the first sample always 0.5, and a value of each.
    fn lesson(seed: u64) -> Lesson {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut x = Array2::from_shape_simple_fn((300, 32), || random.random_range(-1.0..1.0_f32));
        x.column_mut(0).fill(0.5);
        let y = x.rows().into_iter().map(|x| f64::from(x[3]).abs()).collect();
        alone(Samples { x, y: Target::Values(y) })
    }

    fn alone(samples: Samples) -> Lesson {
        Lesson::all(&samples, &[], 1).remove(0)
    }

    fn transform() -> Transform {
        let wavelets = Wavelet::named("db2").unwrap().into();
        Transform { wavelets, boundary: Boundary::Zero, levels: 3, height: 1, histograms: 0, deviation: 1.0 }
    }

    fn chosen(terms: usize) -> Chosen {
        Chosen { terms, score: 0.0, loss: 0.0, slope: 1.0 }
    }

    /// The drift after these windows, and the samples out of range.
    fn watched(model: &Model, x: &Array2<f32>) -> (f32, u64) {
        let mut health = Health::new(None);
        for x in x.rows() {
            model.view().score_observed(&x.to_vec(), &mut vec![0.0; model.work_len()], &mut health).unwrap();
        }
        (health.drift().unwrap(), health.counts().out_of_range)
    }

    #[test]
    fn the_reference_is_that_of_the_windows() {
        let Lesson { samples, .. } = &lesson(1);
        let model = transform().model(&lesson(1), &chosen(2), 1e-3, None).unwrap();
        let reference = model.spec().health.as_ref().unwrap();
        let least = samples.x.iter().copied().fold(f32::INFINITY, f32::min);
        let greatest = samples.x.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        assert_eq!(reference.range, [least, greatest]);

        let terms: Vec<Term> = (0..4).map(|band| Term { band, feature: Feature::LogEnergy }).collect();
        let energies = Candidates { terms, ..Candidates::of(&transform(), &samples.x) }.features(&samples.x);
        assert_eq!(reference.bands.len(), 4);
        for (band, column) in reference.bands.iter().zip(energies.columns()) {
            let mean = column.mean().unwrap();
            assert!((f64::from(band.mean) - mean).abs() < 1e-6, "{band:?} {mean}");
            assert!((f64::from(band.deviation) - column.std(0.0)).abs() < 1e-6, "{band:?}");
        }
    }

    #[test]
    fn windows_as_in_training_do_not_drift_and_others_do() {
        let model = transform().model(&lesson(1), &chosen(2), 1e-3, None).unwrap();
        assert_eq!(watched(&model, &lesson(1).samples.x).1, 0);
        let (same, _) = watched(&model, &lesson(2).samples.x);
        let (louder, out_of_range) = watched(&model, &(lesson(2).samples.x * 2.0));
        assert!(same < 0.3 && louder > 1.0 && out_of_range > 1000, "{same} {louder} {out_of_range}");
    }

    #[test]
    fn windows_that_do_not_vary_have_a_reference() {
        let x = Array2::zeros((20, 32));
        let y = Target::Values((0..20).map(f64::from).collect());
        let model = transform().model(&alone(Samples { x, y }), &chosen(0), 1e-3, None).unwrap();
        let reference = model.spec().health.as_ref().unwrap();
        assert_eq!(reference.range, [0.0, 0.0]);
        assert!(reference.bands.iter().all(|band| band.deviation == 0.01), "{reference:?}");
    }
}
