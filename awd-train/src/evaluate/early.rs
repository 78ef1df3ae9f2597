//! How early is it known? The scores as a function of how much of each event was seen.

use super::{Predictor, check, measured};
use crate::attribution::Network;
use crate::augment;
use crate::cluster::{Ranks, agreed};
use crate::data::Dataset;
use crate::model::Model;
use crate::score::predict;
use crate::{Error, Result};
use serde::Serialize;
use std::collections::BTreeMap;

/// What is scored when a share of every test window's event has been seen.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Early {
    /// The share, 0.1 to 1.
    pub seen: f64,
    /// Of each predictor, all that is measured ([`measures`](crate::metric::measures)).
    pub rows: BTreeMap<&'static str, BTreeMap<&'static str, f64>>,
}

/// Scores the model, and the network where there is one, on test windows of all ranks of which a tenth, two tenths, … have
/// been seen. An event ends with its window's last sample that is not zero.
///
/// # Errors
/// The model is for other windows or targets, or the network's outputs cannot be computed.
pub fn early(
    ranks: &dyn Ranks,
    data: &Dataset,
    model: &Model,
    network: Option<&dyn Network>,
    seed: u64,
) -> Result<Vec<Early>> {
    check(ranks, data, model)?;
    if data.rows > 1 {
        return Err(Error::input(&data.file, "x_test", "signals: an image is there at once"));
    }
    let tenth = |tenth: u8| {
        let share = f64::from(tenth) / 10.0;
        let x = augment::early(&data.test.x, share);
        let mut predictors = vec![Predictor::model("awd", model, predict(model, &x))];
        if let Some(network) = network {
            predictors.push(agreed(ranks, Predictor::teacher(network, &x))?);
        }
        let measured = measured(ranks, data, &predictors, seed)?;
        let names = predictors.iter().map(|predictor| predictor.model);
        Ok(Early { seen: share, rows: names.zip(measured).collect() })
    };
    (1..=10).map(tenth).collect()
}
