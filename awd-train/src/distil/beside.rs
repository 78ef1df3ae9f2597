//! A readout of three wavelets, if cross-validation prefers it to one of two.

use super::catalogue;
use crate::cluster::Ranks;
use crate::data::Folded;
use crate::readout::{Budget, Chosen, Transform, are_few};
use crate::wavelet::Family;

/// Minimum number of features that the budget must allow before another wavelet is combined.
pub(super) const MIN_FEATURES: usize = 8;

/// Returns the transform with its best readout. The symmetric wavelet of JPEG 2000 is added to two others if
/// cross-validation prefers that.
pub(super) fn best_readout(
    ranks: &dyn Ranks,
    folded: &Folded,
    transform: Transform,
    budget: Budget,
    within: f64,
) -> (Transform, Chosen) {
    let three = three(&transform, folded, budget.parameters);
    let candidates = [Some(transform), three].into_iter().flatten().map(|transform| {
        let readout = transform.cross_validate(ranks, folded, budget, within);
        (transform, readout)
    });
    candidates.min_by(|(_, a), (_, b)| a.loss.total_cmp(&b.loss)).expect("there is at least one candidate")
}

/// Adds the symmetric wavelet of JPEG 2000 to two others. `None` unless there are two others, enough windows to choose
/// by, and enough parameters.
fn three(two: &Transform, folded: &Folded, parameters: usize) -> Option<Transform> {
    let symmetric = catalogue(Family::Symmetric, 10).pop()?;
    let are_two = two.wavelets.finest().family() == Family::Orthogonal && two.beside.len() == 1;
    let three = Transform { beside: two.beside.iter().cloned().chain([symmetric]).collect(), ..two.clone() };
    let fits = three.budget(parameters, folded.samples.y.outputs()) >= MIN_FEATURES;
    (are_two && !are_few(folded) && fits).then_some(three)
}
