//! Scores on early events: as a function of the share of each event that has been seen.

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

/// The scores when a share of the event of every test window has been seen.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Early {
    /// The share, 0.1 to 1.
    pub seen: f64,
    /// All measures of each predictor ([`measures`](crate::metric::measures)).
    pub rows: BTreeMap<&'static str, BTreeMap<&'static str, f64>>,
}

/// Scores the model, and the network if there is one, on the test windows of all ranks after 0.1, 0.2, … 1 of each
/// event has been seen. An event ends with its window's last sample that is not zero.
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
        return Err(Error::input(&data.file, "x_test", "only for signals; an image has no early part"));
    }
    let scores = |tenths: u8| {
        let share = f64::from(tenths) / 10.0;
        let x = augment::early(&data.test.x, share);
        let mut predictors = vec![Predictor::model("awd", model, predict(model, &x))];
        if let Some(network) = network {
            predictors.push(agreed(ranks, Predictor::teacher(network, &x))?);
        }
        let measured = measured(ranks, data, &predictors, seed)?;
        let names = predictors.iter().map(|predictor| predictor.model);
        Ok(Early { seen: share, rows: names.zip(measured).collect() })
    };
    (1..=10).map(scores).collect()
}
