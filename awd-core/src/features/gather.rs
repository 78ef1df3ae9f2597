//! What is asked for of a band, in the order of the codes: one pass over the band for each group of features, none where nothing of a
//! group is asked for.

use super::asked::Asked;
use super::extremes::ranks;
use super::increments::increments;
use super::number::Number;
use super::segments::segments;
use super::signs::signs;
use super::sink::Sink;
use super::sums::sums;

/// Gathers what is asked for of a band, of samples with this standard deviation.
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
    let mut places = asked.places();
    while places != 0 {
        let place = places.trailing_zeros() as usize;
        // The lowest bit is cleared.
        places &= places.wrapping_sub(1);
        sink.take_one(band.get(place).map_or_else(Default::default, |c| c.value()));
    }
}
