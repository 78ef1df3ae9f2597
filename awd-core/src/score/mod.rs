//! Scores windows in work space of the caller. A model is shared by reference and has no state, so one `&Model` serves
//! many callers.

mod fixed;
mod float;
mod images;
mod pass;
mod position;
pub(crate) mod readout;
mod rounded;
mod sample;
mod stream;
mod tracks;

use crate::features::log_energy;
use crate::health::{Health, MAX_BANDS};
use crate::transform::levels::{Levels, Reader};
use crate::{Invalid, Layout, Model, Unrolled};
pub use fixed::FixedScores;
use float::FloatReadout;
use heapless::Vec;
pub use images::ImageScorer;
use pass::{Pass, with_value_buffer};
pub use position::{Position, Timing};
pub use readout::Scores;
pub use sample::Sample;
pub use stream::Stream;
pub use tracks::{Track, Tracks};

impl<'a> Model<'a> {
    /// Scores one window of [`Model::window`] samples, in the units of the training data.
    ///
    /// # Errors
    /// The model is for images, the length of `x` is not [`Model::window`], or `work` is shorter than
    /// [`Model::work_len`].
    pub fn score(&self, x: &[f32], work: &mut [f32]) -> Result<Scores, Invalid> {
        self.check(x.len(), work.len())?;
        with_value_buffer(self, |values| {
            let mut pass = Pass::new(self, values);
            pass.all(self, x, work)?;
            Ok(pass.scores(self))
        })
    }

    /// The same as [`Model::score`], bit for bit; `health` observes the window.
    ///
    /// # Errors
    /// Those of [`Model::score`]; then `health` is unchanged.
    pub fn score_observed(&self, x: &[f32], work: &mut [f32], health: &mut Health) -> Result<Scores, Invalid> {
        self.check(x.len(), work.len())?;
        with_value_buffer(self, |values| self.score_with(x, work, health, values))
    }

    fn score_with(
        &self,
        x: &[f32],
        work: &mut [f32],
        health: &mut Health,
        values: &mut [f32],
    ) -> Result<Scores, Invalid> {
        let mut observed = ObservedPass { pass: Pass::new(self, values), energies: Vec::new() };
        for wavelet in self.stored_wavelets() {
            wavelet.analyze_window(x, work, &mut observed)?;
            observed.pass.first += usize::from(wavelet.levels) + 1;
        }
        observed.pass.window(x);
        health.observe(self, x, &observed.energies);
        Ok(observed.pass.scores(self))
    }

    /// A scorer of this model with code specialised for its layout.
    ///
    /// # Errors
    /// The model has another layout than `L`, or more than one wavelet.
    pub fn unrolled<L: Layout>(&self) -> Result<Scorer<'a, L>, Invalid> {
        self.check_signal(L::WINDOW)?;
        Invalid::Layout.unless(self.stored_count() == 1)?;
        Ok(Scorer { model: *self, transform: Unrolled::new(&self.dwt())? })
    }

    /// Checks that the model is for signals, and the lengths of window and work space. The work space is checked here
    /// because a score that skips bands could do with less.
    #[inline(never)]
    fn check(&self, samples: usize, work: usize) -> Result<(), Invalid> {
        self.check_signal(samples)?;
        Invalid::WorkLen.unless(work >= self.work_len())
    }

    /// Checks that the model is for signals, and the length of the window.
    fn check_signal(&self, samples: usize) -> Result<(), Invalid> {
        Invalid::Signal.unless(!self.is_image())?;
        Invalid::WindowLen.unless(samples == self.window())
    }
}

/// A model whose layout is known at compile time: the same bits as [`Model::score`] in a fraction of its instructions.
#[derive(Debug, Clone)]
pub struct Scorer<'m, L> {
    model: Model<'m>,
    transform: Unrolled<L, f32>,
}

impl<L: Layout> Scorer<'_, L> {
    /// Scores one window, in the units of the training data.
    ///
    /// # Errors
    /// The length of `x` is not that of the layout's window, or `work` is shorter than [`Unrolled::WORK`].
    pub fn score(&self, x: &[f32], work: &mut [f32]) -> Result<Scores, Invalid> {
        with_value_buffer(&self.model, |values| {
            let mut pass = Pass::new(&self.model, values);
            self.transform.analyze(x, work, |band, coefficients| pass.offer(band, coefficients))?;
            pass.first += L::LEVELS + 1;
            pass.window(x);
            Ok(pass.scores(&self.model))
        })
    }

    /// The transform alone.
    #[must_use]
    pub const fn transform(&self) -> &Unrolled<L, f32> {
        &self.transform
    }
}

/// A pass that also computes the log energies of all bands of the first wavelet, which training statistics refer to.
struct ObservedPass<'m, 'v> {
    pass: Pass<'m, FloatReadout<'m, 'v>>,
    energies: Vec<f32, MAX_BANDS>,
}

impl Reader<f32> for ObservedPass<'_, '_> {
    fn next(&self, band: usize) -> usize {
        if self.pass.first == 0 { band } else { Reader::<f32>::next(&self.pass, band) }
    }

    fn take(&mut self, band: usize, coefficients: &[f32]) {
        self.pass.offer(band, coefficients);
        if self.pass.first == 0 {
            // Cannot fail: no transform has more bands.
            let _ = self.energies.push(log_energy(coefficients, self.pass.deviation));
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use crate::features::LOG_FLOOR;
    use crate::model::tests::{Parts, parts, reference};
    use crate::{Boundary, Dwt, Feature, Term, features, named};
    use proptest::prelude::*;

    #[test]
    fn a_score_matches_a_hand_calculation() {
        let model = parts().model();
        // Level 1: sums 3 7 0 0, half differences .5 .5 0 0; level 2: sums 10 0, half differences 2 0.
        let scores = model.score(&[1.0, 2.0, 3.0, 4.0, 0.0, 0.0, 0.0, 0.0], &mut [0.0; 16]).unwrap();
        let log = libm::logf(0.5 + LOG_FLOOR);
        assert_eq!(scores.outputs(), [0.25 + 1.0 * log + 3.0 * 2.0 + 5.0 * 0.0, -1.5 + 2.0 * log + 4.0 * 2.0]);
    }

    #[test]
    fn an_observed_window_scores_the_same_and_gives_all_energies() {
        // The only term is in the middle band; the energies of the others are computed for the monitor alone.
        let terms = parts().terms[1..2].to_vec();
        let model =
            Parts { reference: Some(reference()), terms, weights: parts().weights[..2].to_vec(), ..parts() }.model();
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

    /// All features that the small model can have: its bands have 4, 2 and 2 coefficients, its window 8 samples.
    fn every_term() -> impl Iterator<Item = Term> {
        let bands = [0, 1, 2, 3].into_iter().flat_map(|band| (0..=u8::MAX).map(move |code| (band, code)));
        let terms = bands.filter_map(|(band, code)| Some(Term { band, feature: Feature::of_code(code)? }));
        terms.filter(|term| {
            let (terms, weights) = (std::vec![*term], std::vec![0.0; 2]);
            Parts { terms, weights, ..parts() }.file().is_ok()
        })
    }

    proptest! {
        #[test]
        fn every_path_gives_each_term_and_product_its_weight(
            (terms, products) in (
                prop::sample::subsequence(every_term().collect::<std::vec::Vec<_>>(), 0..=100),
                prop::collection::vec(any::<[prop::sample::Index; 2]>(), 0..=28),
            ),
            outputs in 1..4_usize,
            x in prop::array::uniform8(-99..99_i16),
        ) {
            let mut parts = Parts { terms, ..parts() };
            if !parts.terms.is_empty() {
                let place = |index: prop::sample::Index| index.index(parts.terms.len()) as u8;
                parts.products = products.iter().map(|pair| pair.map(place)).collect();
                parts.products.iter_mut().for_each(|pair| pair.sort_unstable());
                parts.products.sort_unstable();
                parts.products.dedup();
            }
            let weight = |i: usize| (i * i % 13) as f32 - 6.0;
            parts.weights = (0..(parts.terms.len() + parts.products.len()) * outputs).map(weight).collect();
            parts.bias = (0..outputs).map(weight).collect();
            let model = parts.model();
            let window = x.map(|x| 8.0 * f32::from(x));
            let mut inputs = std::vec![];
            let push = |value| inputs.push(value);
            features::of_window(&[model.dwt()], &window, &parts.terms, 1.0, &mut [0.0; 16], push).unwrap();
            prop_assert_eq!(inputs.len(), parts.terms.len());
            for pair in &parts.products {
                let [first, second] = pair.map(|place| inputs[usize::from(place)]);
                inputs.push(first * second);
            }
            let mut by_hand = parts.bias.clone();
            for (value, weights) in inputs.iter().zip(parts.weights.chunks(outputs)) {
                by_hand.iter_mut().zip(weights).for_each(|(output, weight)| *output += weight * value);
            }
            let scores = model.score(&window, &mut [0.0; 16]).unwrap();
            prop_assert_eq!(scores.outputs(), &by_hand[..]);
            prop_assert_eq!(&model.unrolled::<Small>().unwrap().score(&window, &mut [0.0; 16]).unwrap(), &scores);
            let mut health = Health::new(None);
            prop_assert_eq!(&model.score_observed(&window, &mut [0.0; 16], &mut health).unwrap(), &scores);
        }
    }

    #[test]
    fn several_wavelets_score_as_the_sum_of_models_of_one() {
        let wavelets = [named::HAAR, named::DB2, named::CDF97].map(|named| named.lifting::<f32>().unwrap());
        let [haar, db2, cdf] = [(0, 2), (1, 1), (2, 3)]
            .map(|(which, levels): (usize, u8)| Dwt::new(wavelets[which].clone(), Boundary::Symmetric, levels));
        let x = [1.0, -2.0, 0.5, 4.0, -5.0, 0.25, 8.0, 7.0];
        // One feature per band, and one of the window; integer weights of one output.
        let features = |bands: u8| (0..=bands).map(|band| Term { band, feature: Feature::Largest(0) });
        let weigh = |terms: usize, from: usize| (from..from + terms).map(|i| i as f32).collect::<std::vec::Vec<_>>();
        let alone = |dwt: &Dwt<f32>, from: usize| {
            // Without the feature of the window.
            let terms: std::vec::Vec<_> = features(dwt.levels()).collect();
            let weights = weigh(terms.len(), from);
            Parts { wavelets: std::vec![dwt.clone()], terms, weights, bias: std::vec![0.0], ..parts() }.model()
        };
        let outputs = |model: Model<'_>| {
            let mut work = std::vec![0.0; model.work_len()];
            model.score(&x, &mut work).unwrap().outputs()[0]
        };
        let apart = [(&haar, 0), (&db2, 3), (&cdf, 5)].map(|(dwt, from)| outputs(alone(dwt, from)));
        let terms: std::vec::Vec<_> = features(9).collect();
        let weights = weigh(10, 0);
        let bias = std::vec![0.0];
        let all = Parts { wavelets: std::vec![haar, db2, cdf], terms, weights, bias, ..parts() }.model();
        let sum = apart.iter().sum::<f32>() + 9.0 * 8.0;
        assert!((outputs(all) - sum).abs() < 1e-4 * sum.abs(), "{} {sum}", outputs(all));
        assert_eq!(all.unrolled::<Small>().err(), Some(Invalid::Layout));
    }

    #[test]
    fn wrong_lengths_are_refused() {
        let model = parts().model();
        let mut health = Health::new(None);
        assert_eq!(model.score_observed(&[0.0; 8], &mut [0.0; 4], &mut health).unwrap_err().field(), "work");
        assert_eq!(model.score_observed(&[0.0; 7], &mut [0.0; 16], &mut health).unwrap_err().field(), "window");
        assert_eq!(health.counts().windows, 0);
        assert_eq!(model.score(&[0.0; 8], &mut [0.0; 4]).unwrap_err().field(), "work");
        assert_eq!(model.score(&[0.0; 7], &mut [0.0; 16]).unwrap_err().field(), "window");
    }
}
