//! Scores in integer arithmetic: samples and weights of 16 bits, sums of 32 bits.

use super::pass::{Pass, with_value_buffer};
use crate::features::Sink;
use crate::model::FixedReadout;
use crate::model::MAX_OUTPUTS;
use crate::{Arithmetic, Invalid, Model, Scores};
use heapless::Vec;

impl Model<'_> {
    /// Scores one window of integer samples in units of [`Arithmetic::Fixed::unit`](Arithmetic::Fixed), in integer
    /// arithmetic. Samples at or beyond the model's limit are clamped to it in `x` and counted, so no step of the
    /// transform overflows.
    ///
    /// # Errors
    /// The model is not in fixed point, the length of `x` is not [`Model::window`], or `work` is shorter than
    /// [`Model::work_len`].
    pub fn score_fixed(&self, x: &mut [i16], work: &mut [i16]) -> Result<FixedScores, Invalid> {
        let Arithmetic::Fixed { unit, limit } = self.arithmetic() else { return Err(Invalid::Fixed) };
        self.check(x.len(), work.len())?;
        let clamped = clamp(x, limit);
        let x = &*x;
        with_value_buffer(self, |values| {
            let readout = IntegerReadout::new(self, values, clamped);
            let mut pass = Pass { first: 0, features: self.selected(), deviation: self.deviation() / unit, readout };
            pass.all(self, x, work)?;
            Ok(pass.readout.scores(self))
        })
    }
}

/// Clamps the samples to ±limit; returns the number of samples at or beyond it.
#[inline(never)]
fn clamp(x: &mut [i16], limit: i16) -> u16 {
    let limit = i32::from(limit);
    let mut count = 0;
    for x in x {
        let sample = i32::from(*x);
        if sample >= limit || sample <= -limit {
            *x = if sample > 0 { limit } else { -limit } as i16;
            count += 1;
        }
    }
    count
}

/// The integer outputs after the features so far.
struct IntegerReadout<'m, 'v> {
    fixed: FixedReadout<'m>,
    outputs: Vec<i32, MAX_OUTPUTS>,
    /// Buffer for the values of all features, empty unless there are products; and the index of the next feature.
    values: &'v mut [i16],
    next: usize,
    clamped: u16,
}

impl<'m, 'v> IntegerReadout<'m, 'v> {
    fn new(model: &Model<'m>, values: &'v mut [i16], clamped: u16) -> Self {
        let fixed = model.fixed_readout();
        let mut outputs = Vec::new();
        for bias in fixed.bias {
            let _ = outputs.push(i32::from_le_bytes(*bias));
        }
        Self { fixed, outputs, values, next: 0, clamped }
    }

    /// Shifts a value to 16 bits, keeps it for products, and adds it times its weights to the outputs.
    #[inline(never)]
    fn weigh(&mut self, value: i32) {
        let Some(([shift], shifts)) = self.fixed.shifts.split_first() else { return };
        self.fixed.shifts = shifts;
        let (value, clamped) = shifted(value, shift.cast_signed());
        self.clamped = self.clamped.saturating_add(clamped.into());
        if cfg!(feature = "products")
            && let Some(place) = self.values.get_mut(self.next)
        {
            *place = value;
            self.next += 1;
        }
        // Sliced before the loop, so that the loop has a single end condition.
        let Some((weights, later)) = self.fixed.weights.split_at_checked(self.outputs.len()) else { return };
        self.fixed.weights = later;
        for (output, weight) in self.outputs.iter_mut().zip(weights) {
            *output = output.saturating_add(i32::from(i16::from_le_bytes(*weight)) * i32::from(value));
        }
    }

    /// The scores after the last band and the products.
    fn scores(mut self, model: &Model<'_>) -> FixedScores {
        if cfg!(feature = "products") {
            for [first, second] in model.products() {
                let [first, second] = [first, second].map(|place| self.values.get(usize::from(*place)).copied());
                self.weigh(i32::from(first.unwrap_or_default()) * i32::from(second.unwrap_or_default()));
            }
        }
        let scores = Scores::new(model, Vec::new());
        FixedScores { scores, point: self.fixed.point, outputs: self.outputs, clamped: self.clamped }
    }
}

impl Sink<i32> for IntegerReadout<'_, '_> {
    #[inline(always)]
    fn take<const M: usize>(&mut self, asked: u8, values: [i32; M]) {
        self.take_some(asked, &{ values });
    }

    #[inline(never)]
    fn take_some(&mut self, asked: u8, values: &[i32]) {
        let mut asked = asked;
        for value in values {
            if asked & 1 != 0 {
                self.weigh(*value);
            }
            asked >>= 1;
        }
    }

    #[inline(always)]
    fn take_one(&mut self, value: i32) {
        self.weigh(value);
    }
}

/// Divides a value by 2 to the power of `shift` and rounds it; also returns whether it was clamped to 16 bits.
#[inline(always)]
fn shifted(value: i32, shift: i8) -> (i16, bool) {
    const MAX: i32 = i16::MAX as i32;
    // All shifts are below 32, so the wrapping operations never wrap; they save checks.
    let amount = u32::from(shift.unsigned_abs());
    if shift > 0 {
        let value = value.saturating_add(1_i32.wrapping_shl(amount) >> 1).wrapping_shr(amount);
        let within = value.clamp(-MAX, MAX);
        (within as i16, within != value)
    } else {
        let most = MAX.wrapping_shr(amount);
        let within = value.clamp(-most, most);
        (within.wrapping_shl(amount) as i16, within != value)
    }
}

/// The integer scores of a window.
#[derive(Debug, Clone, PartialEq)]
pub struct FixedScores {
    /// Kind and threshold, without outputs.
    scores: Scores,
    point: i8,
    outputs: Vec<i32, MAX_OUTPUTS>,
    clamped: u16,
}

impl FixedScores {
    /// The outputs in units of 2 to the power of −[point](FixedScores::point).
    #[must_use]
    pub fn outputs(&self) -> &[i32] {
        &self.outputs
    }

    /// The number of bits of the outputs after the binary point.
    #[must_use]
    pub const fn point(&self) -> i8 {
        self.point
    }

    /// The number of samples at or beyond the model's limit, plus the number of features that were clamped.
    #[must_use]
    pub const fn clamped(&self) -> u16 {
        self.clamped
    }

    /// The most likely class; for two classes, the class that the model's threshold decides. `None` for predicted
    /// values.
    #[must_use]
    pub fn class(&self) -> Option<usize> {
        let threshold = self.scores.threshold();
        let threshold = if threshold == 0.0 { 0 } else { (threshold * power_of_two(self.point.into())) as i32 };
        self.scores.is_softmax().then(|| {
            let (mut class, mut highest) = (0, threshold);
            for (i, &logit) in self.outputs.iter().enumerate() {
                if logit > highest {
                    (class, highest) = (i + 1, logit);
                }
            }
            class
        })
    }

    /// The same scores in `f32`.
    #[must_use]
    pub fn scores(&self) -> Scores {
        let unit = power_of_two(-i32::from(self.point));
        let mut outputs = Vec::new();
        for output in &self.outputs {
            let _ = outputs.push(*output as f32 * unit);
        }
        self.scores.with_outputs(outputs)
    }
}

/// 2 to the power of `exponent`, clamped to the normal numbers of `f32`.
fn power_of_two(exponent: i32) -> f32 {
    f32::from_bits((exponent.clamp(-126, 127) + 127).cast_unsigned() << 23)
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use crate::features::{self, LOG_FLOOR};
    use crate::model::tests::{Parts, full_parts, parts};
    use crate::{Feature, Term};
    use proptest::prelude::*;
    use std::{vec, vec::Vec};

    /// All features that the small model can have: its bands have 4, 2 and 2 coefficients, its window 8 samples.
    fn every_term() -> Vec<Term> {
        let bands = (0..4).flat_map(|band| (0..=u8::MAX).map(move |code| (band, code)));
        let terms = bands.filter_map(|(band, code)| Some(Term { band, feature: Feature::of_code(code)? }));
        terms.filter(|term| Parts { terms: vec![*term], weights: vec![0.0; 2], ..parts() }.file().is_ok()).collect()
    }

    /// Slope and offset of the affine map from an integer feature to its value, as in docs/model-format.md.
    fn slope_and_offset(feature: Feature, unit: f64) -> [f64; 2] {
        let log = core::f64::consts::LN_2 / 2048.0;
        match feature {
            Feature::RootEnergy => [unit / 16.0, 0.0],
            Feature::Centroid => [1.0 / 256.0, 0.0],
            Feature::Position
            | Feature::PositiveCount
            | Feature::LongestPositive
            | Feature::LongestNegative
            | Feature::Crossings => [1.0, 0.0],
            Feature::LogEnergy => [log, 2.0 * unit.ln()],
            Feature::LogAbsSum
            | Feature::LogIncrement(_)
            | Feature::LogModulusIncrement(_)
            | Feature::LogSegmentAbsSum(_) => [log, unit.ln()],
            _ => [unit, 0.0],
        }
    }

    proptest! {
        #[test]
        fn outputs_follow_the_definition(
            picks in prop::collection::vec((any::<prop::sample::Index>(), -14..=30_i8), 1..60),
            products in prop::collection::vec((any::<[prop::sample::Index; 2]>(), 0..=30_i8), 0..9),
            mut x in prop::array::uniform8(-9999..=9999_i16), weights in prop::collection::vec(-300..=300_i16, 3 * 70),
        ) {
            let every = every_term();
            let mut picks: Vec<(Term, i8)> = picks.into_iter().map(|(index, shift)| (*index.get(&every), shift)).collect();
            picks.sort_by_key(|(term, _)| *term);
            picks.dedup_by_key(|(term, _)| *term);
            let place = |index: prop::sample::Index| index.index(picks.len()) as u8;
            let mut products: Vec<([u8; 2], i8)> = products.into_iter().map(|(pair, shift)| (pair.map(place), shift)).collect();
            products.iter_mut().for_each(|(pair, _)| pair.sort_unstable());
            products.sort_unstable();
            products.dedup_by_key(|(pair, _)| *pair);
            let shifts: Vec<i8> = picks.iter().map(|(_, shift)| *shift).chain(products.iter().map(|(_, shift)| *shift)).collect();
            let count = 3 * shifts.len();
            let model = Parts {
                arithmetic: Arithmetic::Fixed { unit: 0.5, limit: 8000 },
                terms: picks.iter().map(|(term, _)| *term).collect(),
                products: products.iter().map(|(pair, _)| *pair).collect(),
                weights: vec![1.0; count],
                bias: vec![0.0; 3],
                shifts: shifts.clone(),
                point: -7,
                fixed_bias: vec![5, -6, 7_000_000],
                fixed_weights: weights[..count].to_vec(),
                ..parts()
            }.model();

            let clamped: Vec<i16> = x.iter().map(|x| (*x).clamp(-8000, 8000)).collect();
            let mut changed = clamped.iter().filter(|x| x.abs() == 8000).count();
            let mut values: Vec<i64> = vec![];
            let terms: Vec<Term> = model.terms().collect();
            let push = |value: i32| values.push(value.into());
            features::of_window(&[model.dwt().rounded()], &clamped, &terms, 2.0, &mut [0; 16], push).unwrap();
            let mut shifted = |value: i64, shift: i8| {
                let moved = (value as f64 * (-f64::from(shift)).exp2() + 0.5).floor();
                // A value is clamped before a left shift.
                let most = if shift > 0 { 32767.0 } else { f64::from(32767 >> -shift << -shift) };
                let moved = if shift > 0 { moved } else { moved.floor() };
                changed += usize::from(moved.abs() > most);
                moved.clamp(-most, most) as i64
            };
            let mut inputs: Vec<i64> = values.iter().zip(&shifts).map(|(value, shift)| shifted(*value, *shift)).collect();
            for ((pair, _), shift) in products.iter().zip(&shifts[picks.len()..]) {
                let [first, second] = pair.map(|place| inputs[usize::from(place)]);
                inputs.push(shifted(first * second, *shift));
            }
            let mut expected = [5_i64, -6, 7_000_000];
            for (input, weights) in inputs.iter().zip(weights.chunks(3)) {
                expected.iter_mut().zip(weights).for_each(|(output, weight)| *output += i64::from(*weight) * input);
            }
            let scores = model.score_fixed(&mut x, &mut [0; 16]).unwrap();
            prop_assert_eq!(scores.outputs().iter().map(|output| i64::from(*output)).collect::<Vec<_>>(), expected);
            prop_assert_eq!(usize::from(scores.clamped()), changed);
            prop_assert_eq!(&x[..], &clamped[..]);
            // The outputs are in units of 2⁷.
            let float = expected.map(|output| output as f32 * 128.0);
            let in_float = scores.scores();
            prop_assert_eq!(in_float.outputs(), &float[..]);
            prop_assert_eq!(scores.class(), in_float.class());
            // A second run gives the same: clamped samples are at the limit, and those are counted.
            prop_assert_eq!(model.score_fixed(&mut x, &mut [0; 16]), Ok(scores));
        }

        /// Integer features approximate those in floating point.
        #[test]
        fn integer_features_approximate_those_in_floating_point(x in prop::collection::vec(-3000..3000_i16, 32..200)) {
            let unit = 0.125;
            let float: Vec<f32> = x.iter().map(|x| unit * f32::from(*x)).collect();
            let features: Vec<Feature> = (0..=u8::MAX).filter_map(Feature::of_code).collect();
            let (mut found, mut expected) = (vec![], vec![]);
            features::of_band(features.iter().copied(), &x, 100.0 / unit, |value| found.push(value));
            features::of_band(features.iter().copied(), &float, 100.0, |value| expected.push(value));
            for ((feature, found), expected) in features.iter().zip(found).zip(expected) {
                let [slope, offset] = slope_and_offset(*feature, unit.into());
                let found = slope * f64::from(found) + offset;
                let bound = 1.5 * slope + 2e-3 * f64::from(expected).abs();
                prop_assert!((found - f64::from(expected)).abs() <= bound, "{feature:?} {found} {expected}");
            }
        }
    }

    #[test]
    fn logarithms_have_the_same_floor_as_in_floating_point() {
        let value = |deviation, x: &[i16]| {
            let mut found = 0;
            features::of_band([Feature::LogAbsSum], x, deviation, |value| found = value);
            let [slope, _] = slope_and_offset(Feature::LogAbsSum, 1.0);
            slope * f64::from(found)
        };
        for deviation in [1e3_f32, 1e6, 3e8] {
            let floor = f64::from(LOG_FLOOR * deviation);
            assert!((value(deviation, &[0; 5]) - floor.ln()).abs() < 0.02, "{deviation}");
            assert!((value(deviation, &[7, -9]) - (16.0 + floor).ln()).abs() < 0.002, "{deviation}");
        }
        // The smallest floor and the largest sum.
        assert!((value(1e-15, &[0; 5]) - -16.0 * core::f64::consts::LN_2).abs() < 1e-9);
        let greatest = value(1e-15, &[i16::MIN; 4096]);
        assert!((greatest - 27.0 * core::f64::consts::LN_2).abs() < 1e-3, "{greatest}");
    }

    #[test]
    fn powers_of_two_are_those_of_f32() {
        assert_eq!([-126, -1, 0, 3, 127].map(power_of_two), [f32::MIN_POSITIVE, 0.5, 1.0, 8.0, 2.0_f32.powi(127)]);
        assert_eq!([-128, 128].map(power_of_two), [-126, 127].map(power_of_two));
    }

    #[test]
    fn sums_saturate() {
        let output = |bias: i32, weight: i16| {
            let terms = vec![Term { band: 3, feature: Feature::Largest(0) }];
            let parts = Parts {
                terms,
                products: vec![],
                weights: vec![1.0],
                shifts: vec![-14],
                fixed_bias: vec![bias],
                fixed_weights: vec![weight],
                ..full_parts()
            };
            parts.model().score_fixed(&mut [8000; 8], &mut [0; 16]).unwrap().outputs()[0]
        };
        // After a shift of −14 the value is at its maximum.
        assert_eq!(output(5, 100), 5 + 16384 * 100);
        assert_eq!(output(i32::MAX - 5, 100), i32::MAX);
        assert_eq!(output(i32::MIN + 5, -100), i32::MIN);
    }

    #[test]
    fn the_threshold_decides_between_two_classes() {
        let class = |output: i32| {
            let parts = Parts { threshold: -1.25, fixed_bias: vec![output], fixed_weights: vec![0; 4], ..full_parts() };
            parts.model().score_fixed(&mut [0; 8], &mut [0; 16]).unwrap().class()
        };
        // Outputs have 12 bits after the binary point.
        assert_eq!([class(-5120), class(-5119), class(i32::MAX)], [Some(0), Some(1), Some(1)]);
    }

    #[test]
    fn wrong_lengths_are_refused() {
        let fixed = |parts: &Parts, x: usize, work: usize| {
            parts.model().score_fixed(&mut vec![0; x], &mut vec![0; work]).map(drop)
        };
        assert_eq!(fixed(&full_parts(), 8, 16), Ok(()));
        assert_eq!(fixed(&full_parts(), 7, 16), Err(Invalid::WindowLen));
        assert_eq!(fixed(&full_parts(), 8, 4), Err(Invalid::WorkLen));
        assert_eq!(fixed(&parts(), 8, 16), Err(Invalid::Fixed));
    }
}
