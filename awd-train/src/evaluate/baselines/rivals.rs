//! Alternatives to a distilled wavelet: a fixed wavelet, chosen by the same folds with the same kind of readout, and
//! MiniRocket.

use super::direct::Baseline;
use crate::cluster::Ranks;
use crate::data::{Dataset, TrainingSet};
use crate::distil::best_fixed;
use crate::evaluate::Predictor;
use crate::rocket::{Rocket, WINDOWS};
use crate::score::predict;
use crate::{Error, Result};

/// Returns two rows: `fixed`, the best fixed wavelet within `parameters` parameters for each output, and `minirocket`.
/// MiniRocket uses at most 4096 training windows, drawn with the seed.
///
/// # Errors
/// The windows are images.
pub fn rivals(ranks: &dyn Ranks, data: &Dataset, parameters: usize, seed: u64) -> Result<Vec<Predictor>> {
    if data.rows > 1 {
        return Err(Error::input(&data.file, "x_train", "only for signals, because MiniRocket does not take images"));
    }
    let set = TrainingSet::new(ranks, data, None);
    let fixed = best_fixed(&set, parameters, seed)?;
    let fixed = Predictor::model("fixed", &fixed, predict(&fixed, &data.test.x));
    Ok(vec![fixed, Predictor::from(minirocket(&set, seed))])
}

/// MiniRocket's outputs for the test windows.
fn minirocket(set: &TrainingSet<'_>, seed: u64) -> Baseline {
    let rocket = Rocket::fit(&set.subsample(WINDOWS, seed).samples, seed);
    let outputs = rocket.outputs(set.data.test.x.view());
    Baseline { name: "minirocket", outputs, parameters: rocket.parameters() }
}
