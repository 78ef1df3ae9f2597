//! A model that needs a feature group that awd-core was built without is refused with a code that names the group; all
//! other models are read.
//!
//! Test another selection with
//! `cargo test --package awd-core --no-default-features --features increments --test left_out`.

use awd_core::features::Segment;
use awd_core::model::{Draft, MAX_BYTES};
use awd_core::{Boundary, Dwt, Feature, FormatError, Invalid, Model, Term, named};

/// Reads a model with a window of 16 samples, these features of the window and these products.
fn read(features: &[Feature], products: &[[u8; 2]]) -> Result<(), Invalid> {
    let wavelets = [Dwt::new(named::HAAR.lifting().unwrap(), Boundary::Periodization, 1)];
    let terms: Vec<Term> = features.iter().map(|feature| Term { band: 2, feature: *feature }).collect();
    let weights = vec![1.0; features.len() + products.len()];
    let (terms, bias) = (&terms, &[0.0]);
    let draft =
        Draft { columns: 16, wavelets: &wavelets, terms, products, bias, weights: &weights, ..Draft::default() };
    match draft.write(&mut [0; MAX_BYTES]) {
        Ok(file) => {
            let model = Model::from_bytes(file).unwrap();
            assert!(model.score(&[1.0; 16], &mut vec![0.0; model.work_len()]).unwrap().is_finite());
            Ok(())
        }
        Err(FormatError::Invalid(invalid)) => Err(invalid),
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn each_group_is_supported_or_named_in_the_error() {
    assert_eq!(read(&[Feature::Largest(0), Feature::Position, Feature::Coefficient(3)], &[]), Ok(()));
    let signs = Invalid::WithoutSigns.unless(cfg!(feature = "signs"));
    assert_eq!(read(&[Feature::AbsSum, Feature::PositiveCount], &[]), signs);
    assert_eq!(read(&[Feature::Crossings], &[]), signs);
    let increments = Invalid::WithoutIncrements.unless(cfg!(feature = "increments"));
    assert_eq!(read(&[Feature::Increment(1)], &[]), increments);
    assert_eq!(read(&[Feature::LogModulusIncrement(12)], &[]), increments);
    let segments = Invalid::WithoutSegments.unless(cfg!(feature = "segments"));
    assert_eq!(read(&[Feature::SegmentAbsSum(Segment { part: 0, of: 4 })], &[]), segments);
    assert_eq!(read(&[Feature::SegmentSum(Segment { part: 7, of: 8 })], &[]), segments);
    let products = Invalid::WithoutProducts.unless(cfg!(feature = "products"));
    assert_eq!(read(&[Feature::AbsSum], &[[0, 0]]), products);
    for (refused, group) in
        [(signs, "signs"), (increments, "increments"), (segments, "segments"), (products, "products")]
    {
        assert!(refused.err().is_none_or(|code| code.bound().contains(group)));
    }
}
