//! Writes models with random wavelets and features into a folder, and beside each how often every part of its cost occurs.
//! `cargo xtask costs --fit` measures them and fits the tables of `awd_train::readout::Target`.
//!
//! `cargo run --release --package awd-train --example random_models -- FOLDER COUNT float|fixed`

use awd_core::{Arithmetic, Boundary, Dwt, Feature, Kind, Term, named};
use awd_train::model::{Integers, Model, Readout, Spec};
use awd_train::readout::Costs;
use awd_train::{Error, Result, file};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::path::Path;

/// The features of a whole band that are no ranks.
const WHOLE: [Feature; 12] = [
    Feature::AbsSum,
    Feature::LogAbsSum,
    Feature::RootEnergy,
    Feature::LogEnergy,
    Feature::FirstMoment,
    Feature::Centroid,
    Feature::Position,
    Feature::PositiveCount,
    Feature::PositiveSum,
    Feature::LongestPositive,
    Feature::LongestNegative,
    Feature::Crossings,
];

/// A random model as `distil` makes them: few wavelets and bands, and several features of each band.
fn model(random: &mut ChaCha8Rng, is_fixed: bool) -> Model {
    loop {
        let window = random.random_range(24..=400_u16);
        let boundaries = [Boundary::Periodization, Boundary::Zero, Boundary::Symmetric];
        let schemes = [named::HAAR, named::HAAR, named::DB2, named::DB4, named::DB5, named::CDF53, named::CDF97];
        let wavelets: Vec<Dwt<f32>> = (0..[1, 1, 2, 3][random.random_range(0..4)])
            .map(|_| {
                let scheme = schemes[random.random_range(0..schemes.len())].lifting().expect("it is in the catalogue");
                let levels = random.random_range(1..=window.ilog2().min(6) as u8 - 2);
                let dwt = Dwt::new(scheme, boundaries[random.random_range(0..3)], levels);
                if random.random_bool(0.5) { dwt.oversampled() } else { dwt }
            })
            .collect();
        let bands: usize = wavelets.iter().map(Dwt::bands).sum();
        let used: Vec<u8> = (0..random.random_range(1..=6)).map(|_| random.random_range(0..=bands) as u8).collect();
        let mut terms: Vec<Term> = vec![];
        for _ in 0..random.random_range(1..=24) {
            let band = used[random.random_range(0..used.len())];
            // Most codes are ranks, increments or segments.
            let feature = match random.random_bool(0.4) {
                true => Some(WHOLE[random.random_range(0..WHOLE.len())]),
                false => Feature::of_code(random.random_range(0..160)),
            };
            terms.extend(feature.map(|feature| Term { band, feature }));
        }
        terms.sort_unstable();
        terms.dedup();
        let mut products: Vec<[u8; 2]> = vec![];
        for _ in 0..[0, 0, 1, 3, 6][random.random_range(0..5)] {
            let mut pair = [0; 2].map(|_| random.random_range(0..terms.len().max(1)) as u8);
            pair.sort_unstable();
            products.push(pair);
        }
        products.sort_unstable();
        products.dedup();
        let (outputs, inputs) = (random.random_range(1..=4), terms.len() + products.len());
        let mut numbers = |count: usize| (0..count).map(|_| random.random_range(-2.0..2.0_f32)).collect::<Vec<f32>>();
        let kind = Kind::Softmax;
        let readout = Readout { kind, bias: numbers(outputs), weights: numbers(inputs * outputs), threshold: 0.0 };
        let (scalar, integers) = if is_fixed {
            // No weight is one that an instruction can hold.
            let integers = Integers {
                shifts: (0..inputs).map(|_| random.random_range(-3..=6)).collect(),
                point: 12,
                bias: vec![1000; outputs],
                weights: (0..inputs * outputs).map(|_| random.random_range(257..=999)).collect(),
            };
            (Arithmetic::Fixed { unit: 1.0 / 1024.0, limit: 2000 }, integers)
        } else {
            (Arithmetic::Float, Integers::default())
        };
        let spec = Spec {
            window,
            wavelets,
            terms,
            products,
            readout,
            health: None,
            scalar,
            integers,
            provenance: None,
            class_names: Vec::new(),
            image: None,
            deviation: 1.0,
        };
        // Features that a short band does not have are refused.
        if let Ok(model) = Model::new(spec) {
            return model;
        }
    }
}

fn main() -> Result<()> {
    let usage = || Error::input("arguments", "form", "FOLDER COUNT float|fixed");
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, count, arithmetic] = &arguments[..] else { return Err(usage()) };
    let count: usize = count.parse().map_err(|_| usage())?;
    let mut random = ChaCha8Rng::seed_from_u64(1);
    for i in 0..count {
        let model = model(&mut random, arithmetic == "fixed");
        let parts = Costs::parts_of(&model).unwrap_or_else(|| unreachable!("it is a model of signals"));
        let parts: Vec<String> = parts.iter().map(f64::to_string).collect();
        file::write_model(&Path::new(folder).join(format!("{i}.awd")), &model)?;
        file::write(&Path::new(folder).join(format!("{i}.parts")), parts.join("\n").as_bytes())?;
    }
    Ok(())
}
