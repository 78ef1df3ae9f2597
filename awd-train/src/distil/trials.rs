//! The table of all candidates that were tried, for people and reports.

use super::{Grid, Point, Scored, Value};
use crate::file::{self, Kind, Lines};
use crate::wavelet::Family;
use crate::{Error, Result};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// A wavelet that was tried, with its best readout: a row of a `.csv`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// `learned`, or the name of a fixed wavelet.
    pub wavelet: String,
    /// `orthogonal` or `symmetric`.
    pub family: String,
    /// Number of filter taps.
    pub taps: usize,
    /// Levels of the transform.
    pub levels: u8,
    /// Number of wavelets: one, or one per level.
    pub wavelets: usize,
    /// Number of fixed wavelets combined with it.
    pub beside: usize,
    /// Weight of the coefficients.
    pub lambda: f64,
    /// Weight of the attributions.
    pub gamma: f64,
    /// The objective with these weights.
    pub objective: f64,
    /// Mean L1 norm of the coefficients.
    pub l1_coefficients: f64,
    /// Mean L1 norm of the attributions.
    pub l1_attributions: f64,
    /// Number of terms of the readout.
    pub terms: usize,
    /// Number of deployed parameters.
    pub parameters: usize,
    /// Cross-validated score.
    pub score: f64,
    /// Cross-validated loss, the criterion of the choice.
    pub loss: f64,
    /// Standard error of the loss.
    pub standard_error: f64,
    /// 1 for the chosen candidate, otherwise 0.
    pub chosen: u8,
}

impl Trial {
    /// The rows of a grid, in the order of the search.
    #[must_use]
    pub fn of(grid: &Grid) -> Vec<Self> {
        let row = |(i, Scored { point, readout, losses, parameters }): (usize, &Scored)| {
            let Point { transform, lambda, gamma, value, fixed } = point;
            let Value { total, l1_coefficients, l1_attributions } = *value;
            let wavelet = transform.wavelets.finest();
            Self {
                wavelet: fixed.clone().unwrap_or_else(|| "learned".into()),
                family: wavelet.family().name().into(),
                taps: wavelet.taps().len(),
                levels: transform.levels,
                wavelets: transform.wavelets.all().len(),
                beside: transform.beside.len(),
                lambda: *lambda,
                gamma: *gamma,
                objective: total,
                l1_coefficients,
                l1_attributions,
                terms: readout.inputs,
                parameters: *parameters,
                score: readout.score,
                loss: losses.mean(),
                standard_error: losses.standard_error(),
                chosen: u8::from(i == grid.chosen),
            }
        };
        grid.points.iter().enumerate().map(row).collect()
    }

    /// Writes rows as `.csv`.
    ///
    /// # Errors
    /// The rows cannot be written.
    pub fn write(rows: &[Self]) -> Result<Vec<u8>> {
        let failed = |why: &dyn std::fmt::Display| Error::failed("path", why);
        let mut writer = csv::Writer::from_writer(Vec::new());
        rows.iter().try_for_each(|row| writer.serialize(row)).map_err(|why| failed(&why))?;
        writer.into_inner().map_err(|why| failed(&why))
    }

    /// Reads the rows of a `.csv`. Exactly one must be chosen.
    ///
    /// # Errors
    /// The file does not exist, or is not such a table.
    pub fn read(path: &Path) -> Result<Vec<Self>> {
        let bad = |field: &str, why: &dyn std::fmt::Display| Error::input(path.display(), field, why);
        let reader = csv::Reader::from_reader(Lines::new(file::open(path, Kind::Table)?.file));
        let rows: std::result::Result<Vec<Self>, _> = reader.into_deserialize().collect();
        let rows =
            rows.map_err(|why| bad("csv", &format_args!("a table of trials that was written by distillation: {why}")))?;
        if rows.iter().filter(|row| row.chosen == 1).count() != 1 {
            return Err(bad("chosen", &"1 in exactly one row"));
        }
        Ok(rows)
    }
}

impl Family {
    /// The family's name in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Orthogonal => "orthogonal",
            Self::Symmetric => "symmetric",
        }
    }
}
