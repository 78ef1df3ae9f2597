//! The files of the measured models: the wavelet db5, with the features of the published model and others.
//!
//! Part of the build script, because the board receives model files, as it does from the trainer.

use awd_core::features::Segment;
use awd_core::features::image::Bins;
use awd_core::features::image::PeakCounts;
use awd_core::model::{Draft, Integers, MAX_BYTES};
use awd_core::{Arithmetic, Boundary, Dwt, Feature, Term, named};

const LEVELS: u8 = 4;

/// The names and files of all signal models.
pub fn signals() -> [(&'static str, Vec<u8>); 7] {
    [
        ("zero", zero()),
        ("sums", sums()),
        ("increments", increments()),
        ("products", products()),
        ("periodization", periodization()),
        ("fixed", fixed()),
        ("fixed_products", fixed_products()),
    ]
}

/// The published model: 40 samples with zero padding, and the six largest coefficients of each band. It has 41
/// parameters, ten of them taps.
pub fn zero() -> Vec<u8> {
    signal(40, Boundary::Zero, Arithmetic::Float, largest())
}

/// The published model in fixed point.
pub fn fixed() -> Vec<u8> {
    signal(40, Boundary::Zero, FIXED, largest())
}

/// A fixed-point model with all kinds of features, products of features, and details of both phases.
pub fn fixed_products() -> Vec<u8> {
    let dwt = Dwt::new(named::DB5.lifting().expect("the wavelet is valid"), Boundary::Symmetric, LEVELS).oversampled();
    let every = (0..=LEVELS)
        .flat_map(|band| (u8::MAX % 11..=u8::MAX).step_by(3 + usize::from(band)).map(move |code| (band, code)));
    let terms = every.filter_map(|(band, code)| Some(Term { band, feature: Feature::of_code(code)? }));
    let fits = |term: &Term| !matches!(term.feature, Feature::Coefficient(place) if place > 10);
    let draft = Draft {
        columns: 40,
        arithmetic: FIXED,
        wavelets: &[dwt],
        products: &[[0, 1], [3, 3], [4, 9]],
        ..Draft::default()
    };
    file(draft, terms.filter(fits).take(70))
}

/// The limit is above the samples that the programs on the emulated boards use.
const FIXED: Arithmetic = Arithmetic::Fixed { unit: 0.125, limit: 1500 };

/// The six largest coefficients of each band.
fn largest() -> impl Iterator<Item = Term> {
    (0..=LEVELS).flat_map(|band| (0..6).map(move |rank| Term { band, feature: Feature::Largest(rank) }))
}

/// The published model, with the sums of each band as features.
pub fn sums() -> Vec<u8> {
    let features = [
        Feature::AbsSum,
        Feature::RootEnergy,
        Feature::LogAbsSum,
        Feature::LogEnergy,
        Feature::FirstMoment,
        Feature::Centroid,
    ];
    let terms = (0..=LEVELS).flat_map(|band| features.map(|feature| Term { band, feature }));
    signal(40, Boundary::Zero, Arithmetic::Float, terms)
}

/// Features of the signs, increments and segments of each band.
fn changes() -> impl Iterator<Item = Term> {
    let features = [
        Feature::PositiveCount,
        Feature::Crossings,
        Feature::Increment(1),
        Feature::LogIncrement(4),
        Feature::SegmentAbsSum(Segment { part: 1, of: 4 }),
        Feature::SegmentSum(Segment { part: 7, of: 8 }),
    ];
    (0..=LEVELS).flat_map(move |band| features.map(|feature| Term { band, feature }))
}

/// A model with these features.
pub fn increments() -> Vec<u8> {
    signal(40, Boundary::Zero, Arithmetic::Float, changes())
}

/// A model with these features and nine products of them.
pub fn products() -> Vec<u8> {
    let products = [0, 1, 2, 7, 13, 29].map(|second| [[0, second], [second.min(5), 29]]);
    let mut products = products.concat();
    products.sort_unstable();
    products.dedup();
    let dwt = Dwt::new(named::DB5.lifting().expect("the wavelet is valid"), Boundary::Zero, LEVELS);
    file(Draft { columns: 40, wavelets: &[dwt], products: &products, ..Draft::default() }, changes())
}

/// 64 samples with periodization, so that each level halves the length, and the energy of each band.
pub fn periodization() -> Vec<u8> {
    let terms = (0..=LEVELS).map(|band| Term { band, feature: Feature::LogEnergy });
    signal(64, Boundary::Periodization, Arithmetic::Float, terms)
}

/// An image model for maps of 64×64 samples: db2, two levels, the energy of each band, and two histograms of peaks, by
/// their height and by that of the first approximation.
pub fn map() -> Vec<u8> {
    let energies = (0..7).map(|band| Term { band, feature: Feature::LogEnergy });
    let bins = (8..10).flat_map(|band| (0..12).map(move |bin| Term { band, feature: Feature::Coefficient(bin) }));
    let histogram = |kernel, step| PeakCounts { kernel, bins: Bins { first: 0.5 * step, step, count: 12 } };
    let histograms = [histogram(0, 0.08), histogram(1, 0.2)];
    let dwt = Dwt::new(named::DB2.lifting().expect("the wavelet is valid"), Boundary::Periodization, 2);
    file(
        Draft { rows: 64, columns: 64, wavelets: &[dwt], histograms: &histograms, ..Draft::default() },
        energies.chain(bins),
    )
}

fn signal(columns: u16, boundary: Boundary, arithmetic: Arithmetic, terms: impl Iterator<Item = Term>) -> Vec<u8> {
    let dwt = Dwt::new(named::DB5.lifting().expect("the wavelet is valid"), boundary, LEVELS);
    file(Draft { columns, arithmetic, wavelets: &[dwt], ..Draft::default() }, terms)
}

/// The file of a draft with these features. Each weight is different.
fn file(draft: Draft<'_>, terms: impl Iterator<Item = Term>) -> Vec<u8> {
    let terms: Vec<Term> = terms.collect();
    let inputs = terms.len() + draft.products.len();
    let weights: Vec<f32> = (1_u8..).map(|i| f32::from(i) / 16.0 - 1.0).take(inputs).collect();
    let draft = Draft { terms: &terms, bias: &[0.5], weights: &weights, ..draft };
    // For a model in fixed point, the readout in integers. The shifts bring features to 16 bits or less.
    let shifts: Vec<i8> = terms.iter().map(|term| if term.feature.code() < 16 { 0 } else { 3 }).collect();
    let shifts: Vec<i8> = shifts.into_iter().chain(draft.products.iter().map(|_| 12)).collect();
    let integers: Vec<i16> = (1_i16..).map(|i| 37 * i % 1001 - 500).take(inputs).collect();
    let integers = Integers { shifts: &shifts, point: 10, bias: &[512], weights: &integers };
    let draft = if draft.arithmetic == Arithmetic::Float { draft } else { Draft { integers, ..draft } };
    draft.write(&mut [0; MAX_BYTES]).expect("the model is valid").to_vec()
}
