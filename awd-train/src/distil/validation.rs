//! The windows and folds by which everything that the options leave open is chosen.

use crate::augment::with_early;
use crate::data::{Dealt, Folded, Subsample, TrainingSet, blocks, check_folds, folds};
use crate::readout::{learns_from_teachers, most};
use crate::rocket::out_of_fold;
use crate::{Error, Result};

/// Folds of the cross-validation that makes every choice.
pub const FOLDS: usize = 5;

/// The training windows in folds: all windows, or a subsample of many. With `early_events` each window is there once more, of which only the
/// start has been seen; both are in the same fold.
///
/// # Errors
/// A fold leaves a class out, or folds are to be blocks where windows belong together.
pub fn folded(set: &TrainingSet<'_>, early_events: bool, dealt: Dealt, seed: u64) -> Result<Folded> {
    let Subsample { mut samples, mut groups, .. } = set.subsample(most(set.data.window()), seed);
    if early_events {
        let (both, of_both) = with_early(&samples, groups.as_deref(), seed);
        (samples, groups) = (both, Some(of_both));
    }
    let bad = |bound: &str| {
        let bound = format_args!("{bound} where folds are blocks; stratified folds keep both whole");
        Err(Error::input(&set.data.file, "folds", bound))
    };
    let folds = match dealt {
        Dealt::Stratified => folds(&samples, groups.as_deref(), FOLDS, seed),
        // A window and its start stand far apart in the list, and would be in different blocks.
        Dealt::Blocked if early_events => return bad("no starts of events"),
        Dealt::Blocked if groups.is_some() => return bad("no groups"),
        Dealt::Blocked => blocks(samples.y.len(), FOLDS),
    };
    check_folds(&set.data.file, &samples.y, &folds)?;
    let taught = set.data.rows < 2 && learns_from_teachers(&samples.y);
    let out_of_fold = taught.then(|| out_of_fold(&samples, &folds, seed));
    Ok(Folded { samples, folds, out_of_fold })
}
