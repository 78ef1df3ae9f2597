//! The windows and folds of the cross-validation that chooses whatever the options leave open.

use crate::augment::with_early;
use crate::data::{Dealt, Folded, Subsample, TrainingSet, blocks, check_folds, folds};
use crate::readout::{learns_from_teachers, most};
use crate::rocket::out_of_fold;
use crate::{Error, Result};

/// Number of folds of the cross-validation.
pub const FOLDS: usize = 5;

/// Assigns the training windows to folds: all windows, or a subsample if there are many. With `early_events` each
/// window also appears as an early event, in the same fold.
///
/// # Errors
/// A fold lacks a class, or folds are to be blocks although there are groups or early events.
pub fn folded(set: &TrainingSet<'_>, early_events: bool, dealt: Dealt, seed: u64) -> Result<Folded> {
    let Subsample { mut samples, mut groups, .. } = set.subsample(most(set.data.window()), seed);
    if early_events {
        let (with_events, event_groups) = with_early(&samples, groups.as_deref(), seed);
        (samples, groups) = (with_events, Some(event_groups));
    }
    let bad = |bound: &str| {
        let bound = format_args!("{bound} with blocked folds; stratified folds do not split them");
        Err(Error::input(&set.data.file, "folds", bound))
    };
    let folds = match dealt {
        Dealt::Stratified => folds(&samples, groups.as_deref(), FOLDS, seed),
        // A window and its early event are far apart in the list, so they would be in different blocks.
        Dealt::Blocked if early_events => return bad("no early events"),
        Dealt::Blocked if groups.is_some() => return bad("no groups"),
        Dealt::Blocked => blocks(samples.y.len(), FOLDS),
    };
    check_folds(&set.data.file, &samples.y, &folds)?;
    let uses_teachers = set.data.rows < 2 && learns_from_teachers(&samples.y);
    let out_of_fold = uses_teachers.then(|| out_of_fold(&samples, &folds, seed));
    Ok(Folded { samples, folds, out_of_fold })
}
