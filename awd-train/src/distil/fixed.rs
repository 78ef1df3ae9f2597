//! Fixed wavelets with readouts that are chosen in the same way: the baseline for learned wavelets.

use super::beside::{MIN_FEATURES, best_readout};
use super::search_set::SearchSet;
use super::validation::folded;
use super::{Options, Point, catalogue};
use crate::cluster::each;
use crate::data::{Dataset, Dealt, Folded, TrainingSet};
use crate::model::Model;
use crate::readout::{All, Budget, Transform};
use crate::wavelet::{Family, Wavelet};
use crate::{Error, Result};
use awd_core::Boundary;

/// The model of a fixed wavelet with the same boundary, depth, candidate features and choice of readout as a learned
/// one.
///
/// # Errors
/// The readout's weights exceed the range of f32.
pub(crate) fn fixed(
    set: &TrainingSet<'_>,
    wavelet: Wavelet,
    boundary: Boundary,
    levels: u8,
    parameters: usize,
    seed: u64,
) -> Result<Model> {
    let folded = folded(set, false, Dealt::Stratified, seed)?;
    let transform = Transform {
        wavelets: wavelet.into(),
        beside: Vec::new(),
        boundary,
        levels,
        height: set.data.rows,
        histograms: super::options::histograms(set.data, parameters),
        deviation: folded.samples.x.std(0.0),
    };
    model(set, &folded, transform, parameters)
}

/// Orthogonal wavelets that are tried, by PyWavelets' names.
const FIXED: [&str; 6] = ["haar", "db2", "db3", "db5", "sym4", "coif1"];

/// The symmetric wavelet of JPEG 2000.
const SYMMETRIC: &str = "bior4.4";

/// The fixed wavelets as points with weights of 0. Each is combined with the Haar wavelet if the budget suffices for
/// both, as learned ones are. Those longer than the windows are left out.
pub(super) fn points(part: &SearchSet, data: &Dataset, levels: u8, parameters: usize) -> Vec<Point> {
    let outputs = data.train.y.outputs();
    let haar = Wavelet::named("haar");
    let objective = part.objective(levels).weighted(0.0, 0.0);
    let symmetric = catalogue(Family::Symmetric, 10).pop().map(|wavelet| (SYMMETRIC, wavelet));
    let all = FIXED.iter().filter_map(|name| Some((*name, Wavelet::named(name)?))).chain(symmetric);
    let point = |(name, wavelet): (&str, Wavelet)| {
        let beside = if wavelet.taps().len() > 2 { haar.iter().cloned().collect() } else { vec![] };
        let alone = part.transform(wavelet.into(), levels);
        let both = Transform { beside, ..alone.clone() };
        let transform = if both.budget(parameters, outputs) >= MIN_FEATURES { both } else { alone };
        let value = objective.value(&transform.wavelets);
        Point { transform, lambda: 0.0, gamma: 0.0, value, fixed: Some(name.into()) }
    };
    let all = all.filter(|(_, wavelet)| wavelet.taps().len() <= data.window());
    all.map(point).filter(|point| point.transform.budget(parameters, outputs) > 0).collect()
}

/// The best of the fixed wavelets of signals, by the folds that choose a model's readout.
///
/// # Errors
/// The readout's weights exceed the range of f32.
pub(crate) fn best_fixed(set: &TrainingSet<'_>, parameters: usize, seed: u64) -> Result<Model> {
    let (data, options) = (set.data, Options { max_parameters: parameters, seed, ..Options::default() });
    let folded = folded(set, false, Dealt::Stratified, seed)?;
    let all = points(&SearchSet::of(set, &options), data, options.depths(data)[0], parameters);
    let loss = |i: usize| all[i].transform.compared(&folded, Budget::of(parameters)).0.loss;
    let losses = each(set.ranks, all.len(), loss);
    let best = (0..all.len()).min_by(|&a, &b| losses[a].total_cmp(&losses[b]));
    let best =
        best.ok_or_else(|| Error::input("options", "max_parameters", "enough for a wavelet, a bias and a weight"))?;
    model(set, &folded, all[best].transform.clone(), parameters)
}

/// The model of a transform and its best readout.
fn model(set: &TrainingSet<'_>, folded: &Folded, transform: Transform, parameters: usize) -> Result<Model> {
    let budget = Budget::of(parameters);
    let (transform, readout) = best_readout(set.ranks, folded, transform, budget, 0.0);
    transform.model(folded, &readout, budget, false, All::beyond(set, folded.samples.y.len()).as_ref())
}
