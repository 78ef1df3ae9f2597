//! The numbers that a readout may choose from, computed by the code that computes them on the board.

use awd_core::feature::{self, MAX_PLACE, MAX_RANK};
use awd_core::{Dwt, Feature, Term};
use ndarray::{Array2, Axis};
use rayon::prelude::*;

/// Ranks of the extremes that are offered.
const RANKS: u8 = 4;

/// All candidates for windows of so many samples, of the bands and of the window itself, in the order in which models list their terms.
#[must_use]
pub fn candidates(dwt: &Dwt<f32>, window: usize) -> Vec<Term> {
    use Feature::{
        AbsSum, Centroid, Coefficient, FirstMoment, Largest, LogAbsSum, LogEnergy, Position, RootEnergy, Smallest,
    };
    const { assert!(RANKS <= MAX_RANK) };
    let mut terms: Vec<Term> = (0_u8..)
        .zip(dwt.band_ranges(window).map(|range| range.len()).chain([window]))
        .flat_map(|(band, len)| {
            let ranks = 0..RANKS.min(u8::try_from(len).unwrap_or(RANKS));
            let extremes = ranks.flat_map(|rank| [Largest(rank), Smallest(rank)]);
            let sums = [AbsSum, RootEnergy, LogAbsSum, LogEnergy, FirstMoment, Centroid, Position];
            // Where a band has more, events are hardly aligned to the sample.
            let places = u8::try_from(len).ok().filter(|len| *len <= MAX_PLACE).unwrap_or(0);
            let coefficients = (0..places).map(Coefficient);
            extremes.chain(sums).chain(coefficients).map(move |feature| Term { band, feature }).collect::<Vec<_>>()
        })
        .collect();
    terms.sort_unstable();
    terms
}

/// Features (n, terms) of windows (n, N); `terms` in ascending order.
#[must_use]
pub fn features(x: &Array2<f32>, dwt: &Dwt<f32>, terms: &[Term]) -> Array2<f64> {
    let mut table = Array2::zeros((x.nrows(), terms.len()));
    let rows = x.axis_iter(Axis(0)).into_par_iter().zip(table.axis_iter_mut(Axis(0)).into_par_iter());
    rows.for_each_init(
        || vec![0.0; dwt.work_len(x.ncols())],
        |work, (x, mut row)| {
            let mut row = row.iter_mut();
            let analysed = feature::features(dwt, &x.to_vec(), terms, work, |value| {
                if let Some(entry) = row.next() {
                    *entry = f64::from(value);
                }
            });
            analysed.expect("the work buffer has the length that the transform asks for");
        },
    );
    table
}
