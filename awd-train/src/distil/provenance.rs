//! What a model says about where it came from.

use super::{Options, Point};
use crate::data::TrainingSet;
use awd_core::Provenance;

/// Of a model that these windows and their attributions made.
#[expect(clippy::cast_possible_truncation, reason = "weights are kept to what tells them apart")]
pub fn provenance(set: &TrainingSet<'_>, Point { lambda, gamma, .. }: &Point, options: &Options) -> Provenance {
    let version = [env!("CARGO_PKG_VERSION_MAJOR"), env!("CARGO_PKG_VERSION_MINOR"), env!("CARGO_PKG_VERSION_PATCH")];
    Provenance {
        data: set.hash(set.data.train.hashed()),
        attributions: set.attributions.map(|attributions| set.hash(attributions.hashed())),
        products: set.attributions.is_some_and(|attributions| attributions.displacements.is_some()),
        lambda: *lambda as f32,
        gamma: *gamma as f32,
        supervised: options.supervised as f32,
        seed: options.seed,
        version: version.map(|number| number.parse().unwrap_or(u8::MAX)),
    }
}
