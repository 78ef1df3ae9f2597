//! The models that are measured: PyWavelets' db5 as the trainer factors it, and features like those that it chooses.
//!
//! Part of the build script: the board gets files, as it does from the trainer.

use awd_core::{Arithmetic, Boundary, Dwt, Feature, Kind, Lifting, Readout, Spec, Step, Term};
use core::iter::once;

const LEVELS: u8 = 4;

/// 40 samples continued with zeros; the six largest coefficients of each band: the 41 numbers of the published model,
/// ten of them taps.
pub fn zero() -> Spec {
    let terms = (0..=LEVELS).flat_map(|band| (0..6).map(move |rank| Term { band, feature: Feature::Largest(rank) }));
    spec(40, Boundary::Zero, terms)
}

/// The same with the sums of each band.
pub fn sums() -> Spec {
    let features = [
        Feature::AbsSum,
        Feature::RootEnergy,
        Feature::LogAbsSum,
        Feature::LogEnergy,
        Feature::FirstMoment,
        Feature::Centroid,
    ];
    spec(40, Boundary::Zero, (0..=LEVELS).flat_map(|band| features.map(|feature| Term { band, feature })))
}

/// 64 samples around a circle, so that each level halves the length; the energies.
pub fn periodization() -> Spec {
    spec(64, Boundary::Periodization, (0..=LEVELS).map(|band| Term { band, feature: Feature::LogEnergy }))
}

fn spec(window: u16, boundary: Boundary, terms: impl Iterator<Item = Term> + Clone) -> Spec {
    let weights = terms.clone().zip(1_u8..).map(|(_, i)| f32::from(i) / 16.0 - 1.0).collect();
    let readout = Readout { kind: Kind::Linear, bias: once(0.5).collect(), weights, threshold: None };
    let dwt = Dwt::new(db5(), boundary, LEVELS);
    Spec { window, dwt, terms: terms.collect(), readout, health: None, scalar: Arithmetic::Float }
}

/// What `Wavelet::named("db5")` of awd-train becomes in f32, to the last bit.
fn db5() -> Lifting<f32> {
    let steps = [
        Step::new(-2, [-0.265_145_15, 0.0]),
        Step::new(2, [0.247_729_29, -0.878_163_04]),
        Step::new(-3, [0.534_124_7, 0.241_421_31]),
        Step::new(1, [0.198_533_62, -0.633_278_4]),
        Step::new(-1, [-0.087_788_485, 0.013_733_339_5]),
        Step::new(0, [-0.031_595_137, 0.0]),
    ];
    Lifting::new(10, [-2, 3], &steps).expect("it is in its bounds")
}
