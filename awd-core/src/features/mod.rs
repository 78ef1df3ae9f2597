//! Features of a band of coefficients, or of the window itself.
//!
//! Features are computed from unscaled coefficients; the readout is fitted to the same values, so its weights absorb
//! the scale of a band. Only selected features are computed; the logarithm and the square root are linked only if such
//! a feature is. Scores of windows, scores of streams and the host, which computes all candidate features, use the same
//! function, so they get the same bits.

mod asked;
mod extremes;
mod feature;
mod gather;
pub mod image;
mod increments;
mod number;
mod segments;
mod signs;
mod sink;
mod sums;
#[cfg(test)]
mod tests;
mod words;

use crate::features::image::Images;
use crate::{Dwt, Invalid};
pub(crate) use asked::Asked;
pub(crate) use feature::{
    AFTER_COEFFICIENTS, AFTER_SEGMENTS, AFTER_SIGNS, COEFFICIENTS, INCREMENTS, LARGEST, SEGMENTS, SIGNS, SUMS, lag_of,
    parts_of,
};
pub use feature::{Feature, LAGS, MAX_PLACE, MAX_RANK, Segment, Term};
pub(crate) use gather::gather;
pub use number::Number;
pub use sink::LOG_FLOOR;
pub(crate) use sink::Sink;
pub(crate) use sums::log_energy;

/// Computes features of a window `x` and calls `visit` with the value of each term. `deviation` is the standard
/// deviation of the training samples, in the unit of `x`. Bands are numbered through the wavelets in order; the band
/// after the last one is the window itself. `terms` must be sorted in ascending order without duplicates. A band is
/// held in `work` only while its features are computed.
///
/// # Errors
/// `work` is shorter than one of the transforms needs.
pub fn of_window<T: Number>(
    wavelets: &[Dwt<T::Tap>],
    x: &[T],
    terms: &[Term],
    deviation: f32,
    work: &mut [T],
    mut visit: impl FnMut(T::Value),
) -> Result<(), Invalid> {
    let (mut rest, mut first) = (terms, 0);
    for dwt in wavelets {
        dwt.analyze(x, work, |band, coefficients| {
            let len = rest.iter().take_while(|term| usize::from(term.band) == first + band).count();
            let Some((here, later)) = rest.split_at_checked(len) else { return };
            of_band(here.iter().map(|term| term.feature), coefficients, deviation, &mut visit);
            rest = later;
        })?;
        first += dwt.bands();
    }
    of_band(rest.iter().map(|term| term.feature), x, deviation, visit);
    Ok(())
}

/// Computes features of an image and calls `visit` with the index and the value of each term. `terms` must be sorted in
/// ascending order without duplicates.
///
/// # Errors
/// Those of [`Images::analyze`].
pub fn of_image<const N: usize>(
    images: &Images<N>,
    x: &[f32],
    terms: &[Term],
    deviation: f32,
    buffer: &mut [f32],
    work: &mut [f32],
    mut visit: impl FnMut(usize, f32),
) -> Result<(), Invalid> {
    images.analyze(x, buffer, work, |band, coefficients| {
        let before = terms.iter().take_while(|term| usize::from(term.band) < band).count();
        let rest = terms.get(before..).unwrap_or_default();
        let here = rest.iter().take_while(|term| usize::from(term.band) == band);
        let mut indices = before..;
        of_band(here.map(|term| term.feature), coefficients, deviation, |value| {
            if let Some(index) = indices.next() {
                visit(index, value);
            }
        });
    })
}

/// Computes features of one band and calls `visit` with the value of each, in ascending order and once per feature.
///
/// ```
/// use awd_core::{Feature, features};
///
/// let mut values = [0.0; 3];
/// let mut next = values.iter_mut();
/// let asked = [Feature::Largest(1), Feature::Centroid, Feature::Increment(2)];
/// features::of_band(asked, &[1.0_f32, -4.0, 3.0], 1.0, |value| *next.next().unwrap() = value);
/// assert_eq!(values, [1.0, (4.0 + 2.0 * 3.0) / 8.0, 3.0 - 1.0]);
/// ```
pub fn of_band<T: Number>(
    features: impl IntoIterator<Item = Feature>,
    band: &[T],
    deviation: f32,
    visit: impl FnMut(T::Value),
) {
    let mut asked = Asked::default();
    features.into_iter().for_each(|feature| asked.add(feature.code()));
    gather(band, &asked, deviation, &mut Callback(visit));
}

/// Forwards each value to a function.
struct Callback<F>(F);

impl<V: Copy, F: FnMut(V)> Sink<V> for Callback<F> {
    fn take<const M: usize>(&mut self, asked: u8, values: [V; M]) {
        self.take_some(asked, &values);
    }

    fn take_some(&mut self, asked: u8, values: &[V]) {
        let asked = (0..).zip(values).filter(|(i, _)| asked >> i & 1 != 0);
        asked.for_each(|(_, value)| (self.0)(*value));
    }

    fn take_one(&mut self, value: V) {
        (self.0)(value);
    }
}
