//! Computes the selected features of a band in the order of their codes, with one pass per group of features that has
//! one selected.

use super::asked::Asked;
use super::extremes::ranks;
use super::increments::increments;
use super::number::Number;
use super::segments::segments;
use super::signs::signs;
use super::sink::Sink;
use super::sums::sums;

/// Computes the selected features of a band. `deviation` is the standard deviation of the training samples.
#[inline(always)]
pub(crate) fn gather<T: Number>(band: &[T], asked: &Asked, deviation: f32, sink: &mut impl Sink<T::Value>) {
    ranks(band, asked, sink);
    if asked.sums() != 0 {
        sink.take_some(asked.sums(), &sums(band, asked.sums(), deviation));
    }
    if cfg!(feature = "signs") && asked.signs() != 0 {
        sink.take_some(asked.signs(), &signs(band, asked.signs()));
    }
    if cfg!(feature = "increments") && asked.increments() != 0 {
        increments(band, asked.increments(), deviation, sink);
    }
    if cfg!(feature = "segments") && asked.has_segments() {
        segments(band, 2, asked.quarters(), deviation, sink);
        segments(band, 3, asked.eighths(), deviation, sink);
    }
    let mut indices = asked.places();
    while indices != 0 {
        let index = indices.trailing_zeros() as usize;
        // Clears the lowest set bit.
        indices &= indices.wrapping_sub(1);
        sink.take_one(band.get(index).map_or_else(Default::default, |c| c.value()));
    }
}
