//! An extension of the method: the wavelet is also optimised for the readout's loss.
//!
//! Minimises objective / objective at the start + weight · loss. The loss is that of held-out windows in
//! cross-validation: 1 − R², or the negative log-likelihood. It jumps when the selected features change, so the search
//! uses no gradient. The validated score is then measured on the same folds that guide the search, and is more
//! optimistic than without.

use super::{Found, Objective, Options};
use crate::data::Folded;
use crate::optimise::minimise_by_simplex;
use crate::readout::Transform;

/// Size of the first moves, in radians or units of a coefficient.
const REACH: f64 = 0.1;

/// Maximum number of moves. Each move costs the cross-validation of a readout.
const MOVES: u64 = 60;

/// The search ends when the standard deviation of the values at the simplex's corners falls below this.
const TOLERANCE: f64 = 1e-4;

/// Refines a search result with the readout's loss over these windows, weighted by `options.supervised`.
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
