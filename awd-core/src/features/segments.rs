//! Sums over parts of a band.

use super::feature::OF_SEGMENT;
use super::number::Number;
use super::sink::Sink;

/// Computes the features whose bits are set in `asked`, for segments that are one of 2^`log_parts` parts of the band.
#[inline(never)]
pub(super) fn segments<T: Number>(
    band: &[T],
    log_parts: u8,
    mut asked: u32,
    deviation: f32,
    sink: &mut impl Sink<T::Value>,
) {
    let mut start = 0;
    let mut end = band.len();
    while asked != 0 {
        let segment = band.get(start >> log_parts..end >> log_parts).unwrap_or_default();
        if asked & 0b11 != 0 {
            let sum = segment.iter().fold(T::Value::default(), |sum, c| sum + T::modulus(c.value()));
            if asked & 0b1 != 0 {
                sink.take_one(sum);
            }
            if asked & 0b10 != 0 {
                sink.take_one(T::log_sum(sum, deviation));
            }
        }
        if asked & 0b100 != 0 {
            sink.take_one(segment.iter().fold(T::Value::default(), |sum, c| sum + c.value()));
        }
        (start, end) = (end, end + band.len());
        asked >>= OF_SEGMENT;
    }
}
