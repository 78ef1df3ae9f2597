//! Windows in, scores out, in work space of the caller's: one `&Model` serves many.

use crate::dwt::Transform;
use crate::feature::{Feature, Term};
use crate::health::{Health, MAX_BANDS};
use crate::model::MAX_TERMS;
use crate::summary::{Needs, Summary};
use crate::{Arithmetic, Dwt, Invalid, Layout, Model, Q14, Readout, Scores, Spec, Unrolled};

impl Model {
    /// Scores one window of [`Model::window`] samples, in the units of the training data.
    ///
    /// # Errors
    /// `x` has not as many samples as the model's window, or `work` is shorter than [`Model::work_len`].
    pub fn score(&self, x: &[f32], work: &mut [f32]) -> Result<Scores, Invalid> {
        Invalid::unless(x.len() == self.window(), "window", "as many samples as the model's window")?;
        score(&self.spec().dwt, &Plan::of(&self.spec().terms), &self.spec().readout, x, work)
    }

    /// As [`Model::score`], to the bit; `health` takes in the window.
    ///
    /// # Errors
    /// As [`Model::score`]; then `health` has not seen the window.
    pub fn score_observed(&self, x: &[f32], work: &mut [f32], health: &mut Health) -> Result<Scores, Invalid> {
        Invalid::unless(x.len() == self.window(), "window", "as many samples as the model's window")?;
        observe(self, &self.spec().dwt, &Plan::of(&self.spec().terms), x, work, health)
    }

    /// A scorer of this model with code for its layout alone.
    ///
    /// # Errors
    /// The first field of the model that is not as in the layout `L`.
    pub fn unrolled<L: Layout>(&self) -> Result<Scorer<'_, L>, Invalid> {
        Invalid::unless(self.window() == L::WINDOW, "window", "that of the layout")?;
        Ok(Scorer { model: self, transform: Unrolled::new(&self.spec().dwt)?, plan: Plan::of(&self.spec().terms) })
    }

    /// A scorer of this model in 16-bit fixed point. The taps are rounded here, once.
    ///
    /// # Errors
    /// The model's scalar is not fixed: nobody said what unit its samples would have.
    pub fn fixed(&self) -> Result<FixedScorer<'_>, Invalid> {
        let Spec { dwt, terms, readout, scalar, .. } = self.spec();
        let Arithmetic::Fixed { unit } = *scalar else {
            return Err(Invalid { field: "scalar", bound: "fixed" });
        };
        let transform = Dwt::new(dwt.lifting().rounded(), dwt.boundary(), dwt.levels());
        Ok(FixedScorer { readout, window: self.window(), transform, plan: Plan::of(terms), unit })
    }
}

/// A model whose layout is known when the firmware is compiled: the bits of [`Model::score`] in a fraction of its
/// instructions.
#[derive(Debug, Clone)]
pub struct Scorer<'m, L> {
    model: &'m Model,
    transform: Unrolled<L, f32>,
    plan: Plan,
}

impl<L: Layout> Scorer<'_, L> {
    /// Scores one window, in the units of the training data.
    ///
    /// # Errors
    /// `x` is not a window of the layout, or `work` is shorter than [`Unrolled::WORK`].
    pub fn score(&self, x: &[f32], work: &mut [f32]) -> Result<Scores, Invalid> {
        score(&self.transform, &self.plan, &self.model.spec().readout, x, work)
    }

    /// As [`Scorer::score`], to the bit; `health` takes in the window.
    ///
    /// # Errors
    /// As [`Scorer::score`]; then `health` has not seen the window.
    pub fn score_observed(&self, x: &[f32], work: &mut [f32], health: &mut Health) -> Result<Scores, Invalid> {
        observe(self.model, &self.transform, &self.plan, x, work, health)
    }

    /// The transform alone.
    #[must_use]
    pub const fn transform(&self) -> &Unrolled<L, f32> {
        &self.transform
    }
}

/// A model whose transform is computed in 16 bits, as its [`Arithmetic::Fixed`] says.
#[derive(Debug, Clone)]
pub struct FixedScorer<'m> {
    readout: &'m Readout,
    window: usize,
    transform: Dwt<Q14>,
    plan: Plan,
    unit: f32,
}

impl FixedScorer<'_> {
    /// Scores one window of integers, each worth the model's unit. Coefficients become `f32` as features are taken.
    ///
    /// # Errors
    /// `x` has not as many samples as the model's window, or `work` is shorter than [`Model::work_len`].
    pub fn score(&self, x: &[i16], work: &mut [i16]) -> Result<Scores, Invalid> {
        Invalid::unless(x.len() == self.window, "window", "as many samples as the model's window")?;
        let mut pass = Pass::new(&self.plan, self.readout);
        self.transform.analyze(x, work, |band, coefficients| {
            pass.take(band, coefficients.iter().map(|&c| self.unit * f32::from(c)), Needs::default());
        })?;
        Ok(pass.scores)
    }
}

/// What the terms of a model ask for, band by band.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    bands: [Needs; MAX_BANDS],
    /// Where the value of each term stands in its band's summary.
    slots: [u8; MAX_TERMS],
}

impl Plan {
    pub(crate) fn of(terms: &[Term]) -> Self {
        let mut plan = Self { bands: [Needs::default(); MAX_BANDS], slots: [0; MAX_TERMS] };
        for (term, slot) in terms.iter().zip(&mut plan.slots) {
            *slot = term.feature.slot();
            if let Some(needs) = plan.bands.get_mut(usize::from(term.band)) {
                needs.add(term.feature);
            }
        }
        plan
    }
}

/// A window through transform, features and readout.
#[inline(always)]
pub(crate) fn score(
    transform: &impl Transform<f32>,
    plan: &Plan,
    readout: &Readout,
    x: &[f32],
    work: &mut [f32],
) -> Result<Scores, Invalid> {
    let mut pass = Pass::new(plan, readout);
    transform.analyze(x, work, |band, coefficients| {
        pass.take(band, coefficients.iter().copied(), Needs::default());
    })?;
    Ok(pass.scores)
}

/// The same, and what a monitor asks of the window.
#[inline(always)]
fn observe(
    model: &Model,
    transform: &impl Transform<f32>,
    plan: &Plan,
    x: &[f32],
    work: &mut [f32],
    health: &mut Health,
) -> Result<Scores, Invalid> {
    let mut pass = Pass::new(plan, &model.spec().readout);
    let mut energies = [0.0; MAX_BANDS];
    transform.analyze(x, work, |band, coefficients| {
        let summary = pass.take(band, coefficients.iter().copied(), Needs::beside(Feature::LogEnergy));
        if let Some(energy) = energies.get_mut(band) {
            *energy = summary.value(Feature::LogEnergy);
        }
    })?;
    health.observe(model, x, energies.get(..model.spec().dwt.bands()).unwrap_or_default());
    Ok(pass.scores)
}

/// What a window has scored after some of its bands.
struct Pass<'m> {
    bands: &'m [Needs; MAX_BANDS],
    outputs: usize,
    /// Of the terms in bands to come.
    slots: &'m [u8],
    weights: &'m [f32],
    summary: Summary,
    scores: Scores,
}

impl<'m> Pass<'m> {
    #[inline(always)]
    fn new(plan: &'m Plan, readout: &'m Readout) -> Self {
        Self {
            bands: &plan.bands,
            outputs: readout.bias.len(),
            slots: &plan.slots,
            weights: &readout.weights,
            summary: Summary::EMPTY,
            scores: readout.start(),
        }
    }

    /// Takes the next band: gathers what its terms and `beside` need, and weighs the terms.
    #[inline(always)]
    fn take(&mut self, band: usize, coefficients: impl Iterator<Item = f32> + Clone, beside: Needs) -> &Summary {
        let needs = self.bands.get(band).copied().unwrap_or_default().with(beside);
        let here = self.slots.split_at_checked(needs.terms());
        let weighted = self.weights.split_at_checked(needs.terms() * self.outputs);
        if let (Some((here, slots)), Some((by, weights))) = (here, weighted)
            && !needs.is_none()
        {
            self.summary.gather(coefficients, needs);
            self.scores.add(&self.summary, here, by);
            (self.slots, self.weights) = (slots, weights);
        }
        &self.summary
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Boundary;
    use crate::model::tests::{reference, spec};
    use crate::summary::LOG_FLOOR;

    #[test]
    fn a_window_scores_as_by_hand() {
        let model = Model::new(spec()).unwrap();
        // Level 1: sums 3 7 0 0, half differences .5 .5 0 0; level 2: sums 10 0, half differences 2 0.
        let scores = model.score(&[1.0, 2.0, 3.0, 4.0, 0.0, 0.0, 0.0, 0.0], &mut [0.0; 16]).unwrap();
        let log = libm::logf(0.5 + LOG_FLOOR);
        assert_eq!(scores.outputs(), [0.25 + 1.0 * log + 3.0 * 2.0 + 5.0 * 0.0, -1.5 + 2.0 * log + 4.0 * 2.0]);
    }

    #[test]
    fn a_watched_window_scores_the_same_and_shows_the_energy_of_every_band() {
        // A term in the middle band alone: the others are gathered for the monitor.
        let mut spec = spec();
        spec.terms = spec.terms[1..2].iter().copied().collect();
        spec.readout.weights.truncate(2);
        let model = Model::new(Spec { health: Some(reference()), ..spec }).unwrap();
        let x = [1.0, 2.0, 3.0, 4.0, 0.0, 0.0, 0.0, 0.0];
        let (mut health, mut by_hand) = (Health::new(None), Health::new(None));
        let scores = model.score_observed(&x, &mut [0.0; 16], &mut health).unwrap();
        assert_eq!(scores, model.score(&x, &mut [0.0; 16]).unwrap());
        by_hand.observe(&model, &x, &[0.5, 4.0, 100.0].map(|energy| libm::logf(energy + LOG_FLOOR)));
        assert_eq!((health.counts(), health.drift()), (by_hand.counts(), by_hand.drift()));
        assert!(health.drift() > Some(1.0), "{:?}", health.drift());
    }

    /// The layout of the small model.
    struct Small;

    impl Layout for Small {
        const WINDOW: usize = 8;
        const LEVELS: usize = 2;
        const BOUNDARY: Boundary = Boundary::Zero;
        const FILTER_LEN: usize = 2;
        const ORIGIN: [i8; 2] = [0, 1];
        const STEPS: &'static [(i8, [bool; 2])] = &[(0, [true, false]), (0, [true, false])];
    }

    #[test]
    fn a_scorer_of_a_layout_shows_a_monitor_the_same() {
        let model = Model::new(Spec { health: Some(reference()), ..spec() }).unwrap();
        let x = [1.0, 2.0, 3.0, 4.0, -5.0, 0.5, 0.0, 7.0];
        let [mut any, mut unrolled] = [Health::new(None), Health::new(None)];
        let scores = model.unrolled::<Small>().unwrap().score_observed(&x, &mut [0.0; 16], &mut unrolled).unwrap();
        assert_eq!(scores, model.score_observed(&x, &mut [0.0; 16], &mut any).unwrap());
        assert_eq!((unrolled.counts(), unrolled.drift()), (any.counts(), any.drift()));
        assert_eq!(unrolled.counts().out_of_range, 4);
    }

    #[test]
    fn fixed_point_scores_as_floating_point_does_to_rounding() {
        let unit = 0.125;
        let model = Model::new(Spec { scalar: Arithmetic::Fixed { unit }, ..spec() }).unwrap();
        let fixed = model.fixed().unwrap();
        let worth = |x: [i16; 8]| x.map(|x| unit * f32::from(x));
        // Every half of these is whole, so that nothing is rounded.
        let x = [8, 16, 24, 32, -40, 4, 0, 56];
        let scores = fixed.score(&x, &mut [0; 16]).unwrap();
        assert_eq!(scores, model.score(&worth(x), &mut [0.0; 16]).unwrap());
        // Here it is, by at most half a unit a coefficient.
        let x = [1001, -1002, 777, 353, 4001, -1, 9, -999];
        let scores = fixed.score(&x, &mut [0; 16]).unwrap();
        let float = model.score(&worth(x), &mut [0.0; 16]).unwrap();
        assert!(scores != float);
        for (fixed, float) in scores.outputs().iter().zip(float.outputs()) {
            assert!((fixed - float).abs() < 16.0 * unit, "{fixed} {float}");
        }

        assert_eq!(fixed.score(&[0; 7], &mut [0; 16]).unwrap_err().field, "window");
        assert_eq!(fixed.score(&[0; 8], &mut [0; 4]).unwrap_err().field, "work");
        assert_eq!(Model::new(spec()).unwrap().fixed().unwrap_err().field, "scalar");
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let model = Model::new(spec()).unwrap();
        let mut health = Health::new(None);
        assert_eq!(model.score_observed(&[0.0; 8], &mut [0.0; 4], &mut health).unwrap_err().field, "work");
        assert_eq!(model.score_observed(&[0.0; 7], &mut [0.0; 16], &mut health).unwrap_err().field, "window");
        assert_eq!(health.counts().windows, 0);
        assert_eq!(model.score(&[0.0; 8], &mut [0.0; 4]).unwrap_err().field, "work");
        assert_eq!(model.score(&[0.0; 7], &mut [0.0; 16]).unwrap_err().field, "window");
    }
}
