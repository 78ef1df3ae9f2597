//! The provenance of a model.

use super::{Options, Point};
use crate::data::TrainingSet;
use awd_core::Provenance;

/// The provenance of a model that was distilled from these windows and their attributions.
#[expect(clippy::cast_possible_truncation, reason = "f32 is enough to distinguish weights")]
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
