//! Fixed wavelets beside the first one: a readout of three wavelets, where folds prefer it to one of two.

use super::catalogue;
use crate::cluster::Ranks;
use crate::data::Folded;
use crate::readout::{Budget, Chosen, Transform, are_few};
use crate::wavelet::Family;

/// Features that a readout of two wavelets must have room for.
pub(super) const ROOM: usize = 8;

/// A transform and its best readout; the one with the symmetric wavelet of JPEG 2000 beside two others, where folds prefer it.
pub(super) fn best_readout(
    ranks: &dyn Ranks,
    folded: &Folded,
    transform: Transform,
    budget: Budget,
    within: f64,
) -> (Transform, Chosen) {
    let three = three(&transform, folded, budget.parameters);
    let read = [Some(transform), three].into_iter().flatten().map(|transform| {
        let readout = transform.cross_validate(ranks, folded, budget, within);
        (transform, readout)
    });
    read.min_by(|(_, a), (_, b)| a.loss.total_cmp(&b.loss)).expect("one is offered")
}

/// Two wavelets and the symmetric one of JPEG 2000, where there are two others, windows enough to choose by, and parameters for it.
fn three(two: &Transform, folded: &Folded, parameters: usize) -> Option<Transform> {
    let symmetric = catalogue(Family::Symmetric, 10).pop()?;
    let other = two.wavelets.finest().family() == Family::Orthogonal && two.beside.len() == 1;
    let three = Transform { beside: two.beside.iter().cloned().chain([symmetric]).collect(), ..two.clone() };
    let room = three.budget(parameters, folded.samples.y.outputs()) >= ROOM;
    (other && !are_few(folded) && room).then_some(three)
}
