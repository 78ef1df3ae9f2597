//! Distillation: the wavelet in which signals and attributions are sparse, and a sparse readout of its bands.

mod adapting;
mod beside;
mod checkpoint;
mod choose;
mod deployed;
mod descent;
mod fixed;
mod images;
mod json;
mod line;
pub mod objective;
mod options;
mod pass;
mod path;
mod provenance;
mod reconstruction;
mod rows;
pub mod search;
mod search_set;
mod signals;
pub mod start;
mod supervised;
mod trials;
mod validation;

use crate::data::{Attributions, Dataset, TrainingSet};
use crate::model::Model;
use crate::progress::{Context, Event};
use crate::readout::{All, Chosen, Transform};
use crate::{Error, Result};
use std::time::Instant;

use beside::best_readout;
pub use choose::{Grid, Scored};
use deployed::deployed;
pub use descent::{Found, Visited, adapting, valleys};
pub(crate) use fixed::{best_fixed, fixed};
pub use objective::{Objective, Value};
pub use options::{Options, Origin};
pub use path::Point;
pub use search::{catalogue, search, shortened};
pub use trials::Trial;
pub use validation::FOLDS;

/// A distilled model, and how it was obtained.
#[derive(Debug, Clone)]
pub struct Distilled {
    /// The deployable model.
    pub model: Model,
    /// Its wavelets, boundary and depth in f64.
    pub transform: Transform,
    /// The objective over the whole training split.
    pub value: Value,
    /// Weight of the coefficients.
    pub lambda: f64,
    /// Weight of the attributions.
    pub gamma: f64,
    /// The name of the model's first wavelet if it is a fixed one; `None` if it was learned.
    pub fixed: Option<String>,
    /// Weight of the readout's loss in the objective (an extension of the method); 0 if it is not used.
    pub supervised: f64,
    /// How the readout was selected.
    pub readout: Chosen,
    /// Cross-validated score inside the training split: R² or accuracy.
    pub validated: f64,
    /// Largest |synthesis(analysis(x)) − x| over the training split, as a fraction of the largest |x|.
    pub reconstruction_error: f64,
    /// All candidates that were tried.
    pub grid: Grid,
    /// Evaluations of the objective and its gradient.
    pub evaluations: usize,
    /// Seconds of wall time.
    pub seconds: f64,
}

/// Distils a wavelet from the training windows and a teacher's cached attributions, and fits its readout. Whatever
/// the options leave open is chosen by cross-validation inside the training split; the test split is not read.
///
/// With several ranks, `data` and `attributions` are this rank's share ([`Dataset::share`]). All ranks return the same
/// model, bit for bit, whatever the number of ranks and threads.
///
/// # Errors
/// On all ranks: an option is outside its bounds for these windows, γ > 0 without attributions, or the listener
/// cancels.
pub fn distil(
    data: &Dataset,
    attributions: Option<&Attributions>,
    options: &Options,
    context: Context<'_>,
) -> Result<Distilled> {
    let started = Instant::now();
    if let Some(attributions) = attributions {
        attributions.check(&data.file, &data.train.x)?;
    }
    let ranks = context.ranks;
    let set = TrainingSet::new(ranks, data, attributions);
    let folded = validation::folded(&set, options.early_events, options.folds, options.seed)?;
    let grid = choose::choose(&set, options, &folded, context.progress)?;
    let chosen = grid.points[grid.chosen].point.clone();

    // The grid search used a subsample of the windows. Optimise the chosen wavelet once more over all of them.
    context.tell(Event { stage: "model", done: 0, total: 3, note: "all windows".into() })?;
    let objective = Objective::of_set(&set, chosen.transform.boundary, chosen.transform.levels)
        .images(data.rows)
        .weighted(chosen.lambda, chosen.gamma);
    let wavelets = &chosen.transform.wavelets;
    let found = if chosen.fixed.is_some() {
        Found { value: objective.value(wavelets), wavelets: wavelets.clone(), evaluations: 1 }
    } else {
        let found = search(&objective, std::slice::from_ref(wavelets), 0, options.seed);
        found.ok_or_else(|| Error::failed("search", "there is no wavelet to start from"))?
    };
    let found = if options.supervised > 0.0 {
        supervised::refined(&objective, found, &chosen.transform, options, &folded)
    } else {
        found
    };
    let transform = Transform { wavelets: found.wavelets, ..chosen.transform.clone() };

    context.tell(Event { stage: "model", done: 1, total: 3, note: "readout".into() })?;
    let (transform, readout) = best_readout(ranks, &folded, transform, options.budget(), options.within);
    let provenance = provenance::provenance(&set, &chosen, options);
    // Early events exist only for the subsample in `folded`, so with them the readout is not refitted to all windows.
    let all = All::beyond(&set, folded.samples.y.len()).filter(|_| !options.early_events);
    let model = transform.model(&folded, &readout, options.budget(), options.balanced, all.as_ref())?;
    let model = deployed(&model, options, provenance, &set)?;
    context.tell(Event {
        stage: "model",
        done: 3,
        total: 3,
        note: format!("cross-validated score {:.4}", readout.score),
    })?;
    Ok(Distilled {
        reconstruction_error: reconstruction::error(&set, &transform),
        model,
        transform,
        value: found.value,
        lambda: chosen.lambda,
        gamma: chosen.gamma,
        fixed: chosen.fixed.clone(),
        supervised: options.supervised,
        readout,
        validated: readout.score,
        evaluations: grid.evaluations + found.evaluations,
        grid,
        seconds: started.elapsed().as_secs_f64(),
    })
}
