//! Windows in, scores out, in work space of the caller's: one `&Model` serves many.

mod images;

use crate::dwt::Transform;
use crate::health::{Health, MAX_BANDS};
use crate::image::MAX_COUNTS;
use crate::readout::{MAX_OUTPUTS, add};
use crate::summary::{Group, Needs, Sink, gather, log_energy};
use crate::{Arithmetic, Dwt, Invalid, Layout, Model, Q14, Readout, Scores, Spec, Term, Unrolled};
use core::convert::identity;
use heapless::Vec;
pub use images::ImageScorer;

impl Model {
    /// Scores one window of [`Model::window`] samples, in the units of the training data.
    ///
    /// # Errors
    /// The model is one of images, `x` has not as many samples as its window, or `work` is shorter than [`Model::work_len`].
    pub fn score(&self, x: &[f32], work: &mut [f32]) -> Result<Scores, Invalid> {
        self.spec().signal()?;
        Invalid::unless(x.len() == self.window(), "window", "as many samples as the model's window")?;
        score(&self.spec().dwt, Terms::of(self.spec()), &self.spec().readout, x, work)
    }

    /// As [`Model::score`], to the bit; `health` takes in the window.
    ///
    /// # Errors
    /// As [`Model::score`]; then `health` has not seen the window.
    pub fn score_observed(&self, x: &[f32], work: &mut [f32], health: &mut Health) -> Result<Scores, Invalid> {
        self.spec().signal()?;
        Invalid::unless(x.len() == self.window(), "window", "as many samples as the model's window")?;
        observe(self, &self.spec().dwt, Terms::of(self.spec()), x, work, health)
    }

    /// A scorer of this model with code for its layout alone.
    ///
    /// # Errors
    /// The first field of the model that is not as in the layout `L`.
    pub fn unrolled<L: Layout>(&self) -> Result<Scorer<'_, L>, Invalid> {
        self.spec().signal()?;
        Invalid::unless(self.window() == L::WINDOW, "window", "that of the layout")?;
        Ok(Scorer { model: self, transform: Unrolled::new(&self.spec().dwt)?, plan: Plan::of(self.spec()) })
    }

    /// A scorer of this model in 16-bit fixed point. The taps are rounded here, once.
    ///
    /// # Errors
    /// The model's scalar is not fixed: nobody said what unit its samples would have.
    pub fn fixed(&self) -> Result<FixedScorer<'_>, Invalid> {
        let Spec { dwt, readout, scalar, .. } = self.spec();
        let Arithmetic::Fixed { unit } = *scalar else {
            return Err(Invalid { field: "scalar", bound: "fixed" });
        };
        Ok(FixedScorer { readout, window: self.window(), transform: dwt.rounded(), plan: Plan::of(self.spec()), unit })
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
        let worth = |c: i16| self.unit * f32::from(c);
        self.transform.analyze(x, work, |band, coefficients| pass.take_band(band, coefficients, worth))?;
        pass.take_window(x, worth);
        Ok(self.readout.scores(pass.sums.outputs))
    }
}

/// What a model asks for, band by band in ascending order. Within a band terms ascend, so that their order is that of the
/// values.
pub(crate) trait Asks {
    /// What is asked for of the next band.
    fn needs(&mut self, band: usize) -> Needs;

    /// The same of the window, after all bands.
    fn needs_of_window(&mut self) -> Needs;

    /// Standard deviation of the training samples.
    fn deviation(&self) -> f32;
}

/// The terms of bands to come, for a single window.
struct Terms<'m> {
    rest: &'m [Term],
    deviation: f32,
}

impl<'m> Terms<'m> {
    fn of(spec: &'m Spec) -> Self {
        Self { rest: &spec.terms, deviation: spec.deviation }
    }

    /// What those ask for that are `here`, before the first that is not.
    #[inline(always)]
    fn take(&mut self, here: impl Fn(&Term) -> bool) -> Needs {
        let mut needs = Needs::default();
        while let Some((term, rest)) = self.rest.split_first().filter(|(term, _)| here(term)) {
            needs.add(term.feature);
            self.rest = rest;
        }
        needs
    }
}

impl Asks for Terms<'_> {
    #[inline(always)]
    fn needs(&mut self, band: usize) -> Needs {
        self.take(|term| usize::from(term.band) == band)
    }

    #[inline(always)]
    fn needs_of_window(&mut self) -> Needs {
        if self.rest.is_empty() { Needs::default() } else { self.take(|_| true) }
    }

    fn deviation(&self) -> f32 {
        self.deviation
    }
}

/// What is asked for of each band, for many windows: bands of the transform, the window itself, histograms of peaks.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    needs: [Needs; MAX_BANDS + 1 + MAX_COUNTS],
    /// The band that is the window.
    window: usize,
    /// Of the training samples.
    deviation: f32,
}

impl Plan {
    pub(crate) fn of(spec: &Spec) -> Self {
        let needs = [Needs::default(); MAX_BANDS + 1 + MAX_COUNTS];
        let mut plan = Self { needs, window: spec.bands(), deviation: spec.deviation };
        for term in &spec.terms {
            if let Some(needs) = plan.needs.get_mut(usize::from(term.band)) {
                needs.add(term.feature);
            }
        }
        plan
    }
}

impl Asks for &Plan {
    #[inline(always)]
    fn needs(&mut self, band: usize) -> Needs {
        self.needs.get(band).copied().unwrap_or_default()
    }

    #[inline(always)]
    fn needs_of_window(&mut self) -> Needs {
        self.needs(self.window)
    }

    fn deviation(&self) -> f32 {
        self.deviation
    }
}

/// A window through transform, features and readout.
#[inline(always)]
pub(crate) fn score(
    transform: &impl Transform<f32>,
    asks: impl Asks,
    readout: &Readout,
    x: &[f32],
    work: &mut [f32],
) -> Result<Scores, Invalid> {
    let mut pass = Pass::new(asks, readout);
    transform.analyze(x, work, |band, coefficients| {
        pass.take_band(band, coefficients, identity);
    })?;
    pass.take_window(x, identity);
    Ok(readout.scores(pass.sums.outputs))
}

/// The same, and what a monitor asks of the window.
#[inline(always)]
fn observe(
    model: &Model,
    transform: &impl Transform<f32>,
    asks: impl Asks,
    x: &[f32],
    work: &mut [f32],
    health: &mut Health,
) -> Result<Scores, Invalid> {
    let mut pass = Pass::new(asks, &model.spec().readout);
    let mut energies = [0.0; MAX_BANDS];
    transform.analyze(x, work, |band, coefficients| {
        pass.take_band(band, coefficients, identity);
        if let Some(energy) = energies.get_mut(band) {
            *energy = log_energy(coefficients, model.spec().deviation);
        }
    })?;
    pass.take_window(x, identity);
    health.observe(model, x, energies.get(..model.spec().bands()).unwrap_or_default());
    Ok(model.spec().readout.scores(pass.sums.outputs))
}

/// A window on its way through the bands.
struct Pass<'m, A> {
    asks: A,
    sums: Sums<'m>,
}

/// What a window has scored after some of its bands.
struct Sums<'m> {
    /// Of the terms in bands to come.
    weights: &'m [f32],
    outputs: Vec<f32, MAX_OUTPUTS>,
    /// What the terms of the band at hand ask for.
    terms: Needs,
    deviation: f32,
}

impl<'m, A: Asks> Pass<'m, A> {
    #[inline(always)]
    fn new(asks: A, readout: &'m Readout) -> Self {
        let deviation = asks.deviation();
        let (weights, outputs) = (&readout.weights, readout.start());
        Self { asks, sums: Sums { weights, outputs, terms: Needs::default(), deviation } }
    }

    /// Takes the next band, of whose coefficients `value` makes numbers.
    #[inline(always)]
    fn take_band<T: Copy>(&mut self, band: usize, coefficients: &[T], value: impl Fn(T) -> f32 + Copy) {
        // Here, because an unrolled transform knows the band when it is compiled.
        self.sums.terms = self.asks.needs(band);
        self.sums.weigh(coefficients, value);
    }

    /// Takes the window itself, after all bands.
    #[inline(always)]
    fn take_window<T: Copy>(&mut self, x: &[T], value: impl Fn(T) -> f32 + Copy) {
        self.sums.terms = self.asks.needs_of_window();
        if self.sums.terms != Needs::default() {
            self.sums.weigh(x, value);
        }
    }
}

impl Sums<'_> {
    /// Gathers what the terms of the band at hand need and weighs it.
    #[inline(never)]
    fn weigh<T: Copy>(&mut self, coefficients: &[T], value: impl Fn(T) -> f32 + Copy) {
        gather(coefficients, value, self.terms, self.deviation, self);
    }
}

impl Sink for Sums<'_> {
    #[inline(always)]
    fn take<const M: usize>(&mut self, group: Group, values: [f32; M]) {
        self.weights = add(&mut self.outputs, self.terms.of_group(group), values, self.weights);
    }

    #[inline(always)]
    fn take_coefficient(&mut self, _: usize, value: f32) {
        self.weights = add(&mut self.outputs, 1, [value], self.weights);
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use crate::model::tests::{reference, spec};
    use crate::summary::LOG_FLOOR;
    use crate::{Boundary, Feature, feature};
    use proptest::prelude::*;

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

    /// All features that the bands of the small model have, of 4, 2 and 2 coefficients, and its window of 8 samples.
    fn every_term() -> impl Iterator<Item = Term> {
        let sums = [Feature::AbsSum, Feature::RootEnergy, Feature::LogAbsSum, Feature::LogEnergy, Feature::FirstMoment];
        let features = move |len| {
            let ends = (0..len).map(Feature::Largest).chain((0..len).map(Feature::Smallest));
            let coefficients = (0..len).map(Feature::Coefficient);
            ends.chain(sums).chain([Feature::Centroid, Feature::Position]).chain(coefficients)
        };
        [(0, 4), (1, 2), (2, 2), (3, 8)]
            .into_iter()
            .flat_map(move |(band, len)| features(len).map(move |feature| Term { band, feature }))
    }

    proptest! {
        #[test]
        fn whatever_the_terms_every_path_weighs_each_in_its_place(
            asked in prop_oneof![Just(u128::MAX), any::<u128>()],
            outputs in 1..4_usize,
            x in prop::array::uniform8(-99..99_i16),
        ) {
            let mut spec = Spec { scalar: Arithmetic::Fixed { unit: 1.0 }, ..spec() };
            spec.terms = every_term().enumerate().filter(|(i, _)| asked >> i & 1 != 0).map(|(_, term)| term).collect();
            let weight = |i: usize| (i * i % 13) as f32 - 6.0;
            spec.readout.weights = (0..spec.terms.len() * outputs).map(weight).collect();
            spec.readout.bias = (0..outputs).map(weight).collect();
            let model = Model::new(spec).unwrap();
            // Every half of these is whole, so that fixed point is exact.
            let integers = x.map(|x| 8 * x);
            let window = integers.map(f32::from);
            let mut by_hand = model.spec().readout.bias.clone();
            let mut weights = model.spec().readout.weights.iter();
            feature::features(&model.spec().dwt, &window, &model.spec().terms, 1.0, &mut [0.0; 16], |value| {
                by_hand.iter_mut().zip(&mut weights).for_each(|(output, weight)| *output += weight * value);
            })
            .unwrap();
            let scores = model.score(&window, &mut [0.0; 16]).unwrap();
            prop_assert_eq!(scores.outputs(), &by_hand[..]);
            prop_assert_eq!(&model.unrolled::<Small>().unwrap().score(&window, &mut [0.0; 16]).unwrap(), &scores);
            prop_assert_eq!(&model.fixed().unwrap().score(&integers, &mut [0; 16]).unwrap(), &scores);
        }
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
