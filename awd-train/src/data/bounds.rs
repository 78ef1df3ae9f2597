//! Bounds on the samples of windows.

use crate::{Error, Result};
use awd_core::model::MAX_WINDOW;
use ndarray::ArrayView2;

/// Greatest modulus of a sample. With it the energy of the longest window fits in `f32`, also after the transform.
const GREATEST: f32 = 1e15;

/// Checks that windows have at least two samples, and no more than a board holds.
pub fn check_length(file: &str, field: &str, samples: usize) -> Result<()> {
    if (2..=usize::from(MAX_WINDOW)).contains(&samples) {
        return Ok(());
    }
    let bound = format_args!("windows of 2 to {MAX_WINDOW} samples; these have {samples}: cut or average them");
    Err(Error::input(file, field, bound))
}

/// Checks that both splits have windows.
pub fn check_not_empty(file: &str, windows: [usize; 2]) -> Result<()> {
    match ["x_train", "x_test"].into_iter().zip(windows).find(|(_, n)| *n == 0) {
        Some((name, _)) => Err(Error::input(file, name, "at least one window; it has none")),
        None => Ok(()),
    }
}

/// Checks that the energy of training windows fits in `f32`.
pub fn check_modulus(file: &str, field: &str, rows: ArrayView2<'_, f32>) -> Result<()> {
    match rows.indexed_iter().find(|(_, value)| value.abs() > GREATEST) {
        Some(((i, k), value)) => {
            let bound = format_args!(
                "samples with an absolute value of at most {GREATEST:e}; window {i}, sample {k} is {value:e}: convert them to a larger unit"
            );
            Err(Error::input(file, field, bound))
        }
        None => Ok(()),
    }
}

/// Checks that samples are finite.
pub fn check_finite(file: &str, field: &str, rows: ArrayView2<'_, f32>) -> Result<()> {
    match rows.indexed_iter().find(|(_, value)| !value.is_finite()) {
        Some(((i, k), value)) => {
            Err(Error::input(file, field, format_args!("finite numbers; window {i}, sample {k} is {value}")))
        }
        None => Ok(()),
    }
}
