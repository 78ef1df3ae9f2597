//! Models and their files.
#![allow(dead_code, reason = "each test uses a part of it")]

extern crate std;

use awd_core::model::format::CRC;
use awd_core::model::{Draft, MAX_BYTES};
use awd_core::{Boundary, Dwt, Feature, Lifting, Model, Step, Term};
use std::vec::Vec;

/// The file of a model with a wavelet of four taps, two levels, five kinds of features and two outputs. `tap` is a
/// coefficient of the wavelet.
pub fn model_file(window: u16, tap: f32) -> Vec<u8> {
    let steps = [Step::new(0, [-0.5, 0.0]), Step::new(-1, [tap, 0.25]), Step::new(1, [0.125, 0.0])];
    let term = |band, feature| Term { band, feature };
    let terms = [
        term(0, Feature::Largest(0)),
        term(0, Feature::LogEnergy),
        term(1, Feature::Smallest(1)),
        term(1, Feature::RootEnergy),
        term(2, Feature::Centroid),
    ];
    let wavelets = [Dwt::new(Lifting::new(4, [1, 0], &steps).unwrap(), Boundary::Zero, 2)];
    built(Draft { columns: window, wavelets: &wavelets, terms: &terms, ..Draft::default() })
}

/// The file of a model with two outputs and five features.
fn built(draft: Draft<'_>) -> Vec<u8> {
    let weights = [0_u8, 1, 2, 3, 4, 5, 6, 7, 8, 9].map(|i| f32::from(i) * 0.37 - 1.1);
    let draft = Draft { bias: &[0.25, -3.5], weights: &weights, ..draft };
    draft.write(&mut [0; MAX_BYTES]).unwrap().to_vec()
}

/// The model of [`model_file`], in leaked memory.
pub fn model(window: u16, tap: f32) -> Model<'static> {
    Model::from_bytes(model_file(window, tap).leak()).unwrap()
}

/// A model with two outputs and five features, in leaked memory.
pub fn build(draft: Draft<'_>) -> Model<'static> {
    Model::from_bytes(built(draft).leak()).unwrap()
}

/// The file of a model.
pub fn file(model: &Model<'_>) -> Vec<u8> {
    model.file().to_vec()
}

/// The CRC-32 at the end of a file.
pub fn trailer(file: &[u8]) -> u32 {
    u32::from_le_bytes(*file.last_chunk().unwrap())
}

/// The bytes, followed by their CRC-32.
pub fn with_crc(bytes: &[u8]) -> Vec<u8> {
    [bytes, &CRC.checksum(bytes).to_le_bytes()].concat()
}

/// Samples as the protocol sends them.
pub fn bytes(x: &[f32]) -> Vec<u8> {
    x.iter().flat_map(|x| x.to_le_bytes()).collect()
}

/// A sample of a signal in which no two windows are equal.
pub fn sample(i: u32) -> f32 {
    (i.wrapping_mul(2_654_435_769) >> 8) as f32 / 16_777_216.0 - 0.5
}
