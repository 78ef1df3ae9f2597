//! An extension of the method: the wavelet is moved by the readout's own loss too.
//!
//! objective / objective at the start + weight · loss, where the loss is that of held-out windows in cross-validation: 1 − R²,
//! or the negative log-likelihood. It has jumps, as features come and go, and so no gradient is asked for. What is reported
//! as validated is then chosen by the folds that it is measured on, and more optimistic than without.

use super::{Found, Objective, Options};
use crate::data::Folded;
use crate::optimise::minimise_by_simplex;
use crate::readout::Transform;

/// How far the first moves are, in radians or units of a coefficient.
const REACH: f64 = 0.1;

/// Moves at most: a move costs the cross-validation of a readout.
const MOVES: u64 = 60;

/// The search ends when its corners differ by less than this.
const TOLERANCE: f64 = 1e-4;

/// Moves what was found by the readout's loss over these windows, with the weight that the options give.
#[must_use]
pub fn refined(
    objective: &Objective,
    found: Found,
    transform: &Transform,
    options: &Options,
    folded: &Folded,
) -> Found {
    let unit = found.value.total.max(f64::MIN_POSITIVE);
    let at = |free: &[f64]| {
        let wavelets = found.wavelets.moved(free)?;
        let value = objective.value(&wavelets);
        let here = Transform { wavelets, ..transform.clone() };
        Some(value.total / unit + options.supervised * here.compared(folded, options.budget()).0.loss)
    };
    let moved = minimise_by_simplex(at, &found.wavelets.free(), REACH, MOVES, TOLERANCE);
    let moved = moved.and_then(|moved| Some((found.wavelets.moved(&moved.at)?, moved.evaluations)));
    match moved {
        Some((wavelets, evaluations)) => {
            let value = objective.value(&wavelets);
            Found { wavelets, value, evaluations: found.evaluations + evaluations }
        }
        None => found,
    }
}
