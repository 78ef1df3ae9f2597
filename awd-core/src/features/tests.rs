extern crate std;

use super::*;
use proptest::prelude::*;
use std::{vec, vec::Vec};

const BAND: [f32; 5] = [0.5, -2.0, 3.0, 0.0, -1.0];

/// All features.
fn all_features() -> impl Iterator<Item = Feature> {
    (0..=u8::MAX).filter_map(Feature::of_code)
}

fn compute(band: &[f32], features: &[Feature], deviation: f32) -> Vec<f32> {
    let mut values = vec![];
    of_band(features.iter().copied(), band, deviation, |value| values.push(value));
    values
}

fn value(band: &[f32], feature: Feature) -> f32 {
    compute(band, &[feature], 1.0)[0]
}

#[test]
fn extremes_are_signed_and_ranked() {
    assert_eq!([0, 1, 2, 3, 4].map(|r| value(&BAND, Feature::Largest(r))), [3.0, 0.5, 0.0, -1.0, -2.0]);
    assert_eq!([0, 1, 2].map(|r| value(&BAND, Feature::Smallest(r))), [-2.0, -1.0, 0.0]);
}

#[test]
fn sums_follow_their_definitions() {
    assert_eq!(value(&BAND, Feature::AbsSum), 6.5);
    assert_eq!(value(&BAND, Feature::RootEnergy), 14.25_f32.sqrt());
    assert!((value(&BAND, Feature::LogEnergy) - 14.25_f32.ln()).abs() < 1e-6);
    assert!((value(&BAND, Feature::LogAbsSum) - 6.5_f32.ln()).abs() < 1e-6);
    assert_eq!(value(&BAND, Feature::FirstMoment), 2.0 + 6.0 + 4.0);
    assert_eq!(value(&BAND, Feature::Centroid), 12.0 / 6.5);
}

#[test]
fn coefficients_are_selected_by_index() {
    assert_eq!([0, 2, 4].map(|k| value(&BAND, Feature::Coefficient(k))), [0.5, 3.0, -1.0]);
    let places: Vec<Feature> = [0, 30, 31].map(Feature::Coefficient).to_vec();
    let band: Vec<f32> = (0..32_i8).map(f32::from).collect();
    assert_eq!(compute(&band, &places, 1.0), [0.0, 30.0, 31.0]);
}

#[test]
fn the_position_is_the_first_of_the_largest_modulus() {
    let position = |band: &[f32]| value(band, Feature::Position);
    assert_eq!(position(&BAND), 2.0);
    assert_eq!(position(&[0.0, 1.0, -3.0, 3.0, -3.0]), 2.0);
    assert_eq!(position(&[1.0, f32::NAN, 2.0, f32::NAN]), 2.0);
    assert_eq!(position(&[1.0, f32::NEG_INFINITY, f32::INFINITY]), 1.0);
    for nothing in [&[][..], &[0.0; 5], &[0.0, f32::NAN]] {
        assert_eq!(position(nothing), 0.0);
    }
}

#[test]
fn signs_follow_their_definitions() {
    let signs = [
        Feature::PositiveCount,
        Feature::PositiveSum,
        Feature::LongestPositive,
        Feature::LongestNegative,
        Feature::Crossings,
    ];
    assert_eq!(compute(&BAND, &signs, 1.0), [2.0, 3.5, 1.0, 2.0, 3.0]);
    assert_eq!(compute(&[1.0, 2.0, 3.0], &signs, 1.0), [3.0, 6.0, 3.0, 0.0, 0.0]);
    assert_eq!(compute(&[-1.0, 0.0], &signs, 1.0), [0.0, 0.0, 0.0, 2.0, 0.0]);
    // NaN and zeros of either sign are not positive.
    assert_eq!(compute(&[f32::NAN, 1.0, 1.0, f32::NAN, -0.0, 0.0, 5.0], &signs, 1.0), [3.0, 7.0, 2.0, 3.0, 3.0]);
    assert_eq!(compute(&[f32::INFINITY, f32::NEG_INFINITY], &signs, 1.0), [1.0, f32::INFINITY, 1.0, 1.0, 1.0]);
    assert_eq!(compute(&[], &signs, 1.0), [0.0; 5]);
}

#[test]
fn increments_follow_their_definitions() {
    assert_eq!(value(&BAND, Feature::Increment(1)), 2.5 + 5.0 + 3.0 + 1.0);
    assert_eq!(value(&BAND, Feature::ModulusIncrement(1)), 1.5 + 1.0 + 3.0 + 1.0);
    assert_eq!(value(&BAND, Feature::Increment(3)), 0.5 + 1.0);
    assert_eq!(value(&BAND, Feature::ModulusIncrement(4)), 0.5);
    assert!((value(&BAND, Feature::LogIncrement(2)) - 8.5_f32.ln()).abs() < 1e-6);
    assert!((value(&BAND, Feature::LogModulusIncrement(2)) - 6.5_f32.ln()).abs() < 1e-6);
    // A ramp with slope 1.
    let ramp: Vec<f32> = (0..40_i8).map(f32::from).collect();
    for lag in LAGS {
        let expected = f32::from(lag) * (40.0 - f32::from(lag));
        assert_eq!(compute(&ramp, &[Feature::Increment(lag), Feature::ModulusIncrement(lag)], 1.0), [expected; 2]);
    }
}

#[test]
fn segments_follow_their_definitions() {
    let band: Vec<f32> = [1, -2, 3, -4, 5, -6, 7, -8, 9, -10, 11].map(|c: i8| f32::from(c)).to_vec();
    let sums = |of: u8| (0..of).map(move |part| Feature::SegmentSum(Segment { part, of }));
    let sums_of = |features: Vec<Feature>| compute(&band, &features, 1.0);
    // The quarters start at 0, 2, 5 and 8.
    assert_eq!(sums_of(sums(4).collect()), [-1.0, 3.0 - 4.0 + 5.0, -6.0 + 7.0 - 8.0, 9.0 - 10.0 + 11.0]);
    // The eighths start at 0, 1, 2, 4, 5, 6, 8 and 9.
    assert_eq!(sums_of(sums(8).collect()), [1.0, -2.0, 3.0 - 4.0, 5.0, -6.0, 7.0 - 8.0, 9.0, -10.0 + 11.0]);
    let third = Segment { part: 2, of: 4 };
    let both = sums_of(vec![Feature::SegmentAbsSum(third), Feature::LogSegmentAbsSum(third)]);
    assert!(both[0] == 21.0 && (both[1] - 21.0_f32.ln()).abs() < 1e-6, "{both:?}");
}

#[test]
fn the_floor_of_logarithms_is_in_units_of_the_samples() {
    let logs = [
        Feature::LogAbsSum,
        Feature::LogIncrement(2),
        Feature::LogModulusIncrement(1),
        Feature::LogSegmentAbsSum(Segment { part: 1, of: 4 }),
    ];
    for (value, feature) in compute(&[0.0; 8], &logs, 1e3).into_iter().zip(logs) {
        assert!((value - 1e-3_f32.ln()).abs() < 1e-5, "{feature:?} {value}");
    }
    assert!((compute(&[0.0; 8], &[Feature::LogEnergy], 1e3)[0]).abs() < 1e-5);
}

/// A feature by its definition, in f64. If the band is too short for a feature, its value is 0 or infinite.
fn by_definition(band: &[f32], feature: Feature, deviation: f32) -> f64 {
    let c: Vec<f64> = band.iter().map(|c| f64::from(*c)).collect();
    let n = c.len();
    let floor = 1e-6 * f64::from(deviation);
    let sorted = |sign: f64| {
        let mut sorted: Vec<f64> = c.iter().map(|c| sign * c).filter(|c| !c.is_nan()).collect();
        sorted.sort_by(|a, b| b.total_cmp(a));
        move |rank: u8| sorted.get(usize::from(rank)).map_or(f64::NEG_INFINITY * sign, |c| sign * c)
    };
    let total = |part: core::ops::Range<usize>, f: fn(f64) -> f64| part.map(|k| f(c[k])).sum::<f64>();
    let abs_sum = total(0..n, f64::abs);
    let energy = total(0..n, |c| c * c);
    let moment: f64 = (0..n).map(|k| k as f64 * c[k].abs()).sum();
    let positive: Vec<bool> = c.iter().map(|c| *c > 0.0).collect();
    let longest = |side: bool| positive.split(|p| *p != side).map(<[bool]>::len).max().unwrap_or(0) as f64;
    let increment = |lag: u8, f: fn(f64) -> f64| {
        let lag = usize::from(lag);
        (lag..n).map(|k| (f(c[k]) - f(c[k - lag])).abs()).sum::<f64>()
    };
    let segment = |Segment { part, of }: Segment| {
        let edge = |part: u8| (f64::from(part) * n as f64 / f64::from(of)).floor() as usize;
        edge(part)..edge(part + 1)
    };
    match feature {
        Feature::Largest(rank) => sorted(1.0)(rank),
        Feature::Smallest(rank) => sorted(-1.0)(rank),
        Feature::AbsSum => abs_sum,
        Feature::RootEnergy => energy.sqrt(),
        Feature::LogAbsSum => (abs_sum + floor).ln(),
        Feature::LogEnergy => (energy + floor * f64::from(deviation)).ln(),
        Feature::FirstMoment => moment,
        Feature::Centroid => {
            if abs_sum > 0.0 {
                moment / abs_sum
            } else {
                0.0
            }
        }
        Feature::Position => {
            let highest = c.iter().map(|c| c.abs()).filter(|c| !c.is_nan()).fold(0.0, f64::max);
            let first = c.iter().position(|c| c.abs() == highest && highest > 0.0);
            first.unwrap_or(0) as f64
        }
        Feature::PositiveCount => positive.iter().filter(|p| **p).count() as f64,
        Feature::PositiveSum => c.iter().filter(|c| **c > 0.0).sum(),
        Feature::LongestPositive => longest(true),
        Feature::LongestNegative => longest(false),
        Feature::Crossings => positive.windows(2).filter(|pair| pair[0] != pair[1]).count() as f64,
        Feature::Increment(lag) => increment(lag, |c| c),
        Feature::LogIncrement(lag) => (increment(lag, |c| c) + floor).ln(),
        Feature::ModulusIncrement(lag) => increment(lag, f64::abs),
        Feature::LogModulusIncrement(lag) => (increment(lag, f64::abs) + floor).ln(),
        Feature::SegmentAbsSum(part) => total(segment(part), f64::abs),
        Feature::LogSegmentAbsSum(part) => (total(segment(part), f64::abs) + floor).ln(),
        Feature::SegmentSum(part) => total(segment(part), |c| c),
        Feature::Coefficient(place) => c.get(usize::from(place)).copied().unwrap_or(0.0),
    }
}

/// Whether a value is the expected one, up to the rounding of a logarithm and of a sum of 64 terms of modulus 9 times
/// an index.
fn is_close(value: f32, expected: f64) -> bool {
    let value = f64::from(value);
    value == expected
        || value.is_nan() && expected.is_nan()
        || (value - expected).abs() <= 1e-4 * (1.0 + expected.abs())
}

/// Bands of 1 to 64 coefficients: with few distinct values, so that there are ties, with many, or all zero.
fn bands(special: &'static [f32]) -> impl Strategy<Value = Vec<f32>> {
    let few_values = prop::collection::vec(
        prop_oneof![6 => (-3..4_i8).prop_map(f32::from), 1 => prop::sample::select(special)],
        1..65,
    );
    let many_values = prop::collection::vec(-9.0..9.0_f32, 1..65);
    prop_oneof![few_values, many_values, (1..65_usize).prop_map(|n| vec![0.0; n])]
}

proptest! {
    #[test]
    fn every_feature_follows_its_definition_for_any_band(
        band in bands(&[0.0, -0.0, f32::NAN, -f32::NAN, f32::INFINITY, f32::NEG_INFINITY]),
        deviation in prop_oneof![Just(1.0_f32), 1e-3..1e3_f32],
    ) {
        let features: Vec<Feature> = all_features().collect();
        let values = compute(&band, &features, deviation);
        prop_assert_eq!(values.len(), features.len());
        for (feature, value) in features.into_iter().zip(values) {
            let expected = by_definition(&band, feature, deviation);
            prop_assert!(is_close(value, expected), "{:?} of {:?}: {}, expected {}", feature, band, value, expected);
        }
    }

    /// A feature has the same bits whatever other features are selected.
    #[test]
    fn features_do_not_depend_on_each_other(band in bands(&[0.0, f32::NAN]), asked in any::<[u64; 3]>()) {
        let asked = |i: usize| asked[i / 64] >> (i % 64) & 1 != 0;
        let selected = all_features().enumerate().filter(|(i, _)| asked(*i));
        let some: Vec<Feature> = selected.map(|(_, feature)| feature).collect();
        let values = compute(&band, &some, 1.0);
        prop_assert_eq!(values.len(), some.len());
        for (feature, together) in some.into_iter().zip(values) {
            let alone = value(&band, feature);
            prop_assert!(alone == together || alone.is_nan() && together.is_nan(), "{feature:?}: {alone} {together}");
        }
    }
}

#[test]
fn features_of_an_empty_band_are_finite_except_ranks() {
    for feature in all_features().filter(|feature| !matches!(feature, Feature::Largest(_) | Feature::Smallest(_))) {
        assert!(value(&[], feature).is_finite() && value(&[0.0; 3], feature).is_finite(), "{feature:?}");
    }
}
