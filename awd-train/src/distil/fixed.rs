//! Fixed wavelets with readouts that are chosen in the same way: what adaptation has to beat.

use super::part::Part;
use super::{Options, Whole, catalogue, read};
use crate::data::{Dealt, Folded};
use crate::model::Model;
use crate::ranks::each;
use crate::readout::{Budget, Transform};
use crate::wavelet::{Family, Wavelet};
use crate::{Error, Result};
use awd_core::Boundary;

/// The fixed wavelet with the same boundary, depth, candidates and choice of readout: what adaptation has to beat.
///
/// # Errors
/// The readout's weights are beyond what an f32 holds.
pub(crate) fn fixed(
    whole: &Whole<'_>,
    wavelet: Wavelet,
    boundary: Boundary,
    levels: u8,
    numbers: usize,
    seed: u64,
) -> Result<Model> {
    let folded = whole.folded(false, Dealt::Stratified, seed)?;
    let transform = Transform {
        wavelets: wavelet.into(),
        beside: Vec::new(),
        boundary,
        levels,
        height: whole.data.rows,
        histograms: super::options::histograms(whole.data, numbers),
        deviation: folded.samples.x.std(0.0),
    };
    model(whole, &folded, transform, numbers)
}

/// Orthogonal wavelets that are tried, by PyWavelets' names.
const FIXED: [&str; 6] = ["haar", "db2", "db3", "db5", "sym4", "coif1"];

/// The best of the fixed wavelets of signals, and of the symmetric one of JPEG 2000, by the folds that choose a model's readout: each
/// stands beside the Haar wavelet, as those that adapt.
///
/// # Errors
/// The readout's weights are beyond what an f32 holds.
pub(crate) fn best_fixed(whole: &Whole<'_>, numbers: usize, seed: u64) -> Result<Model> {
    let (data, options) = (whole.data, Options { numbers, seed, ..Options::default() });
    let folded = whole.folded(false, Dealt::Stratified, seed)?;
    let (levels, part) = (options.depths(data)[0], Part::of(whole, &options));
    let symmetric = catalogue(Family::Symmetric, 10).pop();
    let all = FIXED.iter().filter_map(|name| Wavelet::named(name)).chain(symmetric);
    let haar = Wavelet::named("haar");
    let of = |wavelet: Wavelet| {
        let beside = if wavelet.taps().len() > 2 { haar.iter().cloned().collect() } else { vec![] };
        Transform { beside, ..part.transform(wavelet.into(), levels) }
    };
    let outputs = data.train.y.outputs();
    let all: Vec<Transform> = all.map(of).filter(|transform| transform.budget(numbers, outputs) > 0).collect();
    let losses = each(whole.ranks, all.len(), |i| all[i].compared(&folded, Budget::of(numbers)).0.loss);
    let best = (0..all.len()).min_by(|&a, &b| losses[a].total_cmp(&losses[b]));
    let best = best.ok_or_else(|| Error::input("options", "numbers", "enough for a wavelet, a bias and a weight"))?;
    model(whole, &folded, all[best].clone(), numbers)
}

/// The model of a transform and its best readout.
fn model(whole: &Whole<'_>, folded: &Folded, transform: Transform, numbers: usize) -> Result<Model> {
    let budget = Budget::of(numbers);
    let (transform, readout) = read(whole.ranks, folded, transform, budget, 0.0);
    transform.model(folded, &readout, budget, false, whole.beyond(folded.samples.y.len()).as_ref())
}
