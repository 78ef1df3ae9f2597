//! Validation of features and products.

extern crate std;

use super::tests::{Parts, parts, read_parts, update_checksum};
use super::*;
use crate::features::{LAGS, Segment};
use crate::{Boundary, Feature, FormatError, Invalid, named};
use std::{vec, vec::Vec};

/// A model with bands of 16, 8 and 8 coefficients and a window of 32, and with this single feature.
fn with_feature(band: u8, feature: Feature) -> Parts {
    Parts { columns: 32, terms: vec![Term { band, feature }], weights: vec![1.0; 2], ..parts() }
}

#[test]
fn a_feature_needs_a_band_of_sufficient_length() {
    let increments =
        [Feature::Increment, Feature::LogIncrement, Feature::ModulusIncrement, Feature::LogModulusIncrement];
    let segments = [Feature::SegmentAbsSum, Feature::LogSegmentAbsSum, Feature::SegmentSum];
    let lens = [(0, 16), (1, 8), (2, 8), (3, 32)];
    for (band, len) in lens {
        let at = |feature| with_feature(band, feature);
        for lag in LAGS {
            for increment in increments {
                let parts = at(increment(lag));
                assert_eq!(parts.checked(), Invalid::Lag.unless(lag < len));
            }
        }
        for rank in 0..8 {
            assert!(at(Feature::Largest(rank)).file().is_ok() && at(Feature::Smallest(rank)).file().is_ok());
        }
        for place in 0..32 {
            let parts = at(Feature::Coefficient(place));
            assert_eq!(parts.checked(), Invalid::Place.unless(place < len));
        }
    }
    // Windows of 2 to 9 samples; the first band has half as many.
    for columns in 2..10_u16 {
        for (band, len) in [(0, columns.div_ceil(2)), (2, columns)] {
            let wavelets = vec![Dwt::new(named::HAAR.lifting().unwrap(), Boundary::Periodization, 1)];
            for segment in segments {
                for of in [4, 8] {
                    let feature = segment(Segment { part: of - 1, of });
                    let parts = Parts { columns, wavelets: wavelets.clone(), ..with_feature(band, feature) };
                    assert_eq!(parts.checked(), Invalid::Segment.unless(u16::from(of) <= len));
                }
            }
        }
    }
}

#[test]
fn every_feature_is_written_and_read() {
    let every: Vec<Term> =
        (0..=u8::MAX).filter_map(Feature::of_code).map(|feature| Term { band: 3, feature }).collect();
    // In groups of the largest number that a model may have.
    for terms in every.chunks(MAX_TERMS) {
        let weights = (0..terms.len()).map(|i| i as f32).collect();
        let parts = Parts { columns: 32, terms: terms.to_vec(), bias: vec![0.0], weights, ..parts() };
        let model = parts.model();
        assert_eq!(read_parts(&model).terms, terms);
        assert_eq!(read_parts(&model).file().unwrap(), model.file());
    }
    // Every other code is refused.
    let mut file = with_feature(3, Feature::Position).file().unwrap();
    let at = file.windows(2).position(|record| record == [3, Feature::Position.code()]).unwrap() + 1;
    for code in 0..=u8::MAX {
        file[at] = code;
        update_checksum(&mut file);
        let expected = Feature::of_code(code).map(|_| ()).ok_or(FormatError::Invalid(Invalid::Code));
        assert_eq!(Model::from_bytes(&file).map(drop), expected, "{code}");
    }
}

#[test]
fn errors_name_the_violated_bound_of_products() {
    let with = |products: &[[u8; 2]], weights: usize| {
        let (products, weights) = (products.to_vec(), vec![1.0; 2 * weights]);
        Parts { products, weights, ..parts() }
    };
    let all = [[0, 0], [0, 1], [0, 2], [1, 1], [1, 2], [2, 2]];
    assert_eq!(read_parts(&with(&all, 9).model()).products, all);
    for wrong in
        [&[[1, 0]][..], &[[0, 3]], &[[3, 3]], &[[255, 255]], &[[0, 1], [0, 1]], &[[0, 2], [0, 1]], &[[1, 1], [0, 2]]]
    {
        assert_eq!(with(wrong, 3 + wrong.len()).refused(), Invalid::Products, "{wrong:?}");
    }
    for weights in [0, 3, 5] {
        assert_eq!(with(&[[0, 1]], weights).refused(), Invalid::Weights);
    }
    // 16 features have more products than a model may have.
    let terms: Vec<Term> = (0..16).map(|code| Term { band: 0, feature: Feature::of_code(code).unwrap() }).collect();
    let products: Vec<[u8; 2]> = (0..16).flat_map(|j| (j..16).map(move |k| [j, k])).collect();
    let with_count = |count: usize| Parts {
        columns: 32,
        terms: terms.clone(),
        products: products[..count].to_vec(),
        weights: vec![1.0; 2 * (16 + count)],
        ..parts()
    };
    assert_eq!(read_parts(&with_count(112).model()).draft(), with_count(112).draft());
    assert_eq!(with_count(113).refused(), Invalid::Products);
}
