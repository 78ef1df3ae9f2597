//! The models that are measured: db5, and the features of the published model and others.
//!
//! Part of the build script: the board gets files, as it does from the trainer.

use awd_core::image::{Image, PeakCounts};
use awd_core::peaks::Bins;
use awd_core::{Arithmetic, Boundary, Dwt, Feature, Kind, Readout, Spec, Term, named};
use core::iter::once;

const LEVELS: u8 = 4;

/// 40 samples continued with zeros; the six largest coefficients of each band: the 41 numbers of the published model,
/// ten of them taps.
pub fn zero() -> Spec {
    let terms = (0..=LEVELS).flat_map(|band| (0..6).map(move |rank| Term { band, feature: Feature::Largest(rank) }));
    spec(40, Boundary::Zero, terms)
}

/// The same in fixed point.
pub fn fixed() -> Spec {
    Spec { scalar: Arithmetic::Fixed { unit: 0.125 }, ..zero() }
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

/// A map of 64×64 samples: db2, two levels; the energy of each band, and counts of the peaks by their height and by that of the
/// first approximation.
pub fn map() -> Spec {
    let energies = (0..7).map(|band| Term { band, feature: Feature::LogEnergy });
    let bins = (8..10).flat_map(|band| (0..12).map(move |bin| Term { band, feature: Feature::Coefficient(bin) }));
    let terms = energies.chain(bins);
    let weights = terms.clone().zip(1_u8..).map(|(_, i)| f32::from(i) / 16.0 - 1.0).collect();
    let readout = Readout { kind: Kind::Linear, bias: once(0.5).collect(), weights, threshold: None };
    let histogram = |kernel, step| PeakCounts { kernel, bins: Bins { first: 0.5 * step, step, count: 12 } };
    let image = Image { height: 64, counts: [histogram(0, 0.08), histogram(1, 0.2)].into_iter().collect() };
    let dwt = Dwt::new(named::DB2.lifting().expect("it is in its bounds"), Boundary::Periodization, 2);
    let (terms, image) = (terms.collect(), Some(image));
    Spec {
        window: 4096,
        dwt,
        terms,
        readout,
        health: None,
        scalar: Arithmetic::Float,
        provenance: None,
        image,
        deviation: 1.0,
    }
}

fn spec(window: u16, boundary: Boundary, terms: impl Iterator<Item = Term> + Clone) -> Spec {
    let weights = terms.clone().zip(1_u8..).map(|(_, i)| f32::from(i) / 16.0 - 1.0).collect();
    let readout = Readout { kind: Kind::Linear, bias: once(0.5).collect(), weights, threshold: None };
    let dwt = Dwt::new(named::DB5.lifting().expect("it is in its bounds"), boundary, LEVELS);
    Spec {
        window,
        dwt,
        terms: terms.collect(),
        readout,
        health: None,
        scalar: Arithmetic::Float,
        provenance: None,
        image: None,
        deviation: 1.0,
    }
}
