//! The evaluation table: the model, its baselines and its teacher on the test split, which nothing else reads.

mod baselines;
mod bootstrap;
mod early;
mod fidelity;
mod predictor;
mod replicate_statistics;
mod sample_statistics;

use crate::cluster::{Ranks, allgather, max_reduce};
use crate::data::{Dataset, Target, TrainingSet};
use crate::distil::fixed;
use crate::model::Model;
use crate::progress::{Context, Event};
use crate::score::{predict, predict_fixed};
use crate::wavelet::Wavelet;
use crate::{Error, Result};
use awd_core::Kind;
use rayon::prelude::*;
use serde::Serialize;
use std::collections::BTreeMap;

pub use baselines::{Baseline, peak_counts, rivals};
use bootstrap::{Bootstrap, DRAWS, Draw};
pub use early::{Early, early};
pub use fidelity::Fidelity;
pub use predictor::Predictor;
use replicate_statistics::ReplicateStatistics;

/// Number of resamples that are measured together, so that ranks communicate less often.
const DRAWS_AT_ONCE: usize = 32;

/// Minimum number of groups of test windows for an interval.
const MIN_GROUPS: usize = 5;

/// Parameters for each output that the fixed wavelet may use: the default budget of a distilled model.
const PARAMETERS: usize = 41;

/// One line of the table.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// Name of the predictor.
    pub model: &'static str,
    /// R² or accuracy on the test split; RMSE for values of images.
    pub score: f64,
    /// Lower end of the 95% bootstrap interval; `None` if there are too few groups.
    pub low: Option<f64>,
    /// Upper end of the interval.
    pub high: Option<f64>,
    /// All other measures ([`measures`](crate::metric::measures)).
    #[serde(flatten)]
    pub measured: BTreeMap<&'static str, f64>,
    /// The 95% intervals of these measures; empty if there are too few groups.
    pub intervals: BTreeMap<&'static str, [f64; 2]>,
    /// Number of parameters of the predictor.
    pub parameters: usize,
    /// Size in bytes: of the model file, or of the parameters in f32.
    pub bytes: usize,
}

/// The difference between the scores of two predictors on the same windows.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Difference {
    /// The first score minus the second.
    pub difference: f64,
    /// Lower end of the 95% interval; `None` if there are too few groups.
    pub low: Option<f64>,
    /// Upper end of the interval.
    pub high: Option<f64>,
    /// Two-sided p-value of the bootstrap: twice the share of resamples on the rarer side of 0.
    pub p: Option<f64>,
}

/// The evaluation table.
#[derive(Debug, Clone, Serialize)]
pub struct Table {
    /// `regression` or `classification`.
    pub task: &'static str,
    /// `r2`, `accuracy`, or `rmse`, for which lower is better.
    pub metric: &'static str,
    /// Number of windows of the test split.
    pub n_test: usize,
    /// Number of groups of the test windows. Intervals resample whole groups.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups_test: Option<usize>,
    /// One row per predictor.
    pub rows: Vec<Row>,
    /// The model compared with its teacher, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub against_teacher: Option<Difference>,
    /// How closely the model reproduces the teacher.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fidelity: Option<Fidelity>,
    /// Notes that the reader of the scores needs, a sentence each.
    pub notes: Vec<String>,
}

/// Evaluates the model, `others` (the teacher and other requested predictors), and the baselines, which are fitted to
/// the training split here.
///
/// With several ranks, `data` and the outputs of `others` are this rank's share ([`Dataset::share`]). All ranks return
/// the same table, whatever their number.
///
/// # Errors
/// On all ranks: the model's window or outputs are not those of the data, there are no test windows, or the listener
/// cancels.
pub fn evaluate(
    data: &Dataset,
    model: &Model,
    others: Vec<Predictor>,
    seed: u64,
    context: Context<'_>,
) -> Result<Table> {
    let ranks = context.ranks;
    check(ranks, data, model)?;
    let tell = |done, note: &str| context.tell(Event { stage: "evaluate", done, total: 3, note: note.into() });
    let x = &data.test.x;
    tell(0, "awd")?;
    let mut predictors = vec![Predictor::model("awd", model, predict(model, x))];
    if let Ok(outputs) = predict_fixed(model, x) {
        predictors.push(Predictor::model("awd-fixed", model, outputs));
    }
    predictors.extend(others);
    tell(1, "db5")?;
    let set = TrainingSet::new(ranks, data, None);
    let db5 = Wavelet::named("db5").ok_or_else(|| Error::failed("db5", "is not in the catalogue"))?;
    let dwt = model.spec().dwt();
    let parameters = budget(model, data);
    let db5 = fixed(&set, db5, dwt.boundary(), dwt.levels(), parameters, seed)?;
    predictors.push(Predictor::model("db5", &db5, predict(&db5, x)));
    tell(2, "baselines")?;
    predictors.extend(baselines::all(&set, seed).into_iter().map(Predictor::from));
    tell(3, "")?;
    table(data, &predictors, seed, context)
}

/// Parameters for each output that a fixed wavelet may use when it is compared with a model.
#[must_use]
pub fn budget(model: &Model, data: &Dataset) -> usize {
    PARAMETERS.max(model.parameters().div_ceil(data.train.y.outputs()))
}

/// Checks that the model suits these windows and targets, and that the test split can be scored.
///
/// # Errors
/// The model does not suit the data, there are no test windows, or all test values are equal.
pub fn check(ranks: &dyn Ranks, data: &Dataset, model: &Model) -> Result<()> {
    if allgather(ranks, data.test.y.len()).iter().all(|windows| *windows == 0) {
        return Err(Error::input(&data.file, "x_test", "at least one window to evaluate on; it has none"));
    }
    let rows = model.spec().image.as_ref().map_or(1, |image| usize::from(image.height));
    if rows != data.rows {
        let bound = format_args!("windows of {rows} rows, like the model's; these have {}", data.rows);
        return Err(Error::input(&data.file, "x_test", bound));
    }
    if model.window() != data.window() {
        let bound =
            format_args!("windows of {} samples, like the model's; these have {}", model.window(), data.window());
        return Err(Error::input(&data.file, "x_test", bound));
    }
    let readout = &model.spec().readout;
    let (kind, outputs) = match &data.train.y {
        Target::Values(_) => (Kind::Linear, 1),
        Target::Classes { classes, .. } => (Kind::Softmax, classes - 1),
    };
    if readout.kind != kind || readout.bias.len() != outputs {
        let bound =
            format_args!("targets for the model's readout, {:?} with {} outputs", readout.kind, readout.bias.len());
        return Err(Error::input(&data.file, "y_train", bound));
    }
    if let Target::Values(values) = &data.test.y {
        let (low, high) = values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), &v| (a.min(v), b.max(v)));
        if -max_reduce(ranks, -low) == max_reduce(ranks, high) {
            return Err(Error::input(&data.file, "y_test", "values that differ; R² is not defined for equal values"));
        }
    }
    Ok(())
}

/// Returns the data with classes numbered as in the model, by their names.
///
/// # Errors
/// A window is of a class that the model does not know.
pub fn numbered_as(data: Dataset, model: &Model) -> Result<Dataset> {
    match model.classes() {
        Some(classes) => data.with_classes(model.class_names(), classes),
        None => Ok(data),
    }
}

/// The measures of each predictor on all test windows, by name.
///
/// # Errors
/// There are more windows than can be counted.
pub fn measured(
    ranks: &dyn Ranks,
    data: &Dataset,
    predictors: &[Predictor],
    seed: u64,
) -> Result<Vec<BTreeMap<&'static str, f64>>> {
    let statistics = ReplicateStatistics::new(ranks, data, predictors, seed)?;
    let named = |measured: Vec<f64>| statistics.measures.iter().map(|measure| measure.name).zip(measured).collect();
    Ok(statistics.measured(&[Draw::Once]).remove(0).into_iter().map(named).collect())
}

/// A row for each predictor, all measured on the same resamples, and the model compared with its teacher.
fn table(data: &Dataset, predictors: &[Predictor], seed: u64, context: Context<'_>) -> Result<Table> {
    let ranks = context.ranks;
    let statistics = ReplicateStatistics::new(ranks, data, predictors, seed)?;
    let all = statistics.measured(&[Draw::Once]).remove(0);
    let groups = data.test_groups.as_deref();
    let bootstrap = Bootstrap::new(ranks, statistics.span, groups, seed);
    // Few groups give few distinct resamples, and their intervals would be far too narrow.
    let too_few = groups.is_some() && bootstrap.units < MIN_GROUPS;
    let mut draws = Vec::new();
    for first in (0..if too_few { 0 } else { DRAWS }).step_by(DRAWS_AT_ONCE) {
        let batch: Vec<Draw<'_>> =
            (first..DRAWS.min(first + DRAWS_AT_ONCE as u64)).into_par_iter().map(|draw| bootstrap.draw(draw)).collect();
        draws.extend(statistics.measured(&batch));
        context.tell(Event { stage: "intervals", done: draws.len(), total: DRAWS as usize, note: String::new() })?;
    }
    let interval = |p: usize, m: usize| (!too_few).then(|| bootstrap::interval(draws.iter().map(|draw| draw[p][m])));
    let ends = |interval: Option<[f64; 2]>| [interval.map(|ends| ends[0]), interval.map(|ends| ends[1])];
    let row = |(p, predictor): (usize, &Predictor)| {
        let others = || statistics.measures.iter().enumerate().skip(1);
        let [low, high] = ends(interval(p, 0));
        Row {
            model: predictor.model,
            score: all[p][0],
            low,
            high,
            measured: others().map(|(m, measure)| (measure.name, all[p][m])).collect(),
            intervals: others().filter_map(|(m, measure)| Some((measure.name, interval(p, m)?))).collect(),
            parameters: predictor.parameters,
            bytes: predictor.bytes,
        }
    };
    let position = |name| predictors.iter().position(|predictor| predictor.model == name);
    let against_teacher = position("awd").zip(position("teacher")).map(|(awd, teacher)| {
        let differences: Vec<f64> = draws.iter().map(|draw| draw[awd][0] - draw[teacher][0]).collect();
        let [low, high] = ends((!too_few).then(|| bootstrap::interval(differences.iter().copied())));
        let p = (!too_few).then(|| bootstrap::p_value(&differences));
        Difference { difference: all[awd][0] - all[teacher][0], low, high, p }
    });
    let fidelity = position("awd").zip(position("teacher"));
    let fidelity =
        fidelity.map(|(awd, teacher)| Fidelity::of(ranks, statistics.span, &predictors[awd], &predictors[teacher]));
    let mut notes = data.notes();
    if too_few {
        let groups_text = if bootstrap.units == 1 { "one group".into() } else { format!("{} groups", bootstrap.units) };
        notes.push(format!(
            "There are no intervals: the test windows are from {groups_text}, and windows of a group are similar; \
             at least {MIN_GROUPS} groups are needed."
        ));
    }
    notes.extend(predictors.iter().filter_map(|predictor| predictor.one_class(ranks, &data.test.y, &data.class_names)));
    let task = match data.test.y {
        Target::Values(_) => "regression",
        Target::Classes { .. } => "classification",
    };
    Ok(Table {
        task,
        metric: statistics.measures[0].name,
        n_test: statistics.span.total,
        groups_test: groups.map(|_| bootstrap.units),
        rows: predictors.iter().enumerate().map(row).collect(),
        against_teacher,
        fidelity,
        notes,
    })
}
