//! Applies the options for the deployed model: threshold, arithmetic, and whether the file holds only what scoring
//! needs. Adds the names of the classes.

use super::Options;
use crate::data::TrainingSet;
use crate::model::Model;
use crate::readout::in_fixed_point;
use crate::{Error, Result};
use awd_core::Provenance;

/// The model with the requested threshold and arithmetic. It has either its provenance, or only what scoring needs.
pub(super) fn deployed(
    model: &Model,
    options: &Options,
    provenance: Provenance,
    set: &TrainingSet<'_>,
) -> Result<Model> {
    let mut spec = model.spec().clone();
    #[expect(clippy::cast_possible_truncation, reason = "the board computes in f32")]
    let logit = |p: f64| (p / (1.0 - p)).ln() as f32;
    if options.bare {
        spec.health = None;
    } else {
        spec.provenance = Some(provenance);
    }
    spec.class_names.clone_from(&set.data.class_names);
    spec.readout.threshold = options.threshold.map_or(0.0, logit);
    if options.fixed_point {
        in_fixed_point(set.ranks, &set.span, &mut spec, &set.data.train.x)?;
    }
    Model::new(spec).map_err(|why| Error::failed("model", why))
}
