//! Numbers that describe one band of coefficients, or the window itself.
//!
//! They are taken of the unscaled coefficients that the scheme leaves: the readout is fitted to the same numbers,
//! so a band's scale is in its weights. Only what a model asks for is computed; logarithm and root are reached only
//! by the features that are named after them. A window, a stream and a host with all candidates compute them by the same
//! function, so that they have the same bits.

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

/// The features of a window `x`, of samples whose standard deviation is `deviation`, in the same unit as they, by the bands of these wavelets, those of the window itself
/// last: calls `each` with the value of each term. They must be in ascending order, none twice. No band is kept longer than its features
/// take.
///
/// # Errors
/// `work` is shorter than one of the transforms needs.
pub fn of_window<T: Number>(
    wavelets: &[Dwt<T::Tap>],
    x: &[T],
    terms: &[Term],
    deviation: f32,
    work: &mut [T],
    mut each: impl FnMut(T::Value),
) -> Result<(), Invalid> {
    let (mut rest, mut first) = (terms, 0);
    for dwt in wavelets {
        dwt.analyze(x, work, |band, coefficients| {
            let len = rest.iter().take_while(|term| usize::from(term.band) == first + band).count();
            let Some((here, later)) = rest.split_at_checked(len) else { return };
            of_band(here.iter().map(|term| term.feature), coefficients, deviation, &mut each);
            rest = later;
        })?;
        first += dwt.bands();
    }
    of_band(rest.iter().map(|term| term.feature), x, deviation, each);
    Ok(())
}

/// The same of an image: calls `each` with the place of every term and its value. `terms` must be in ascending order, none twice.
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
    mut each: impl FnMut(usize, f32),
) -> Result<(), Invalid> {
    images.analyze(x, buffer, work, |band, coefficients| {
        let before = terms.iter().take_while(|term| usize::from(term.band) < band).count();
        let rest = terms.get(before..).unwrap_or_default();
        let here = rest.iter().take_while(|term| usize::from(term.band) == band);
        let mut places = before..;
        of_band(here.map(|term| term.feature), coefficients, deviation, |value| {
            if let Some(place) = places.next() {
                each(place, value);
            }
        });
    })
}

/// Some features of one band: calls `each` with the value of each, in ascending order and each once.
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
    each: impl FnMut(T::Value),
) {
    let mut asked = Asked::default();
    features.into_iter().for_each(|feature| asked.add(feature.code()));
    gather(band, &asked, deviation, &mut Each(each));
}

/// Calls a function with each value.
struct Each<F>(F);

impl<V: Copy, F: FnMut(V)> Sink<V> for Each<F> {
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
