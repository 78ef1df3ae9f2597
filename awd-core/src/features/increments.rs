//! Sums of absolute increments of a band over a lag.

use super::feature::{LAGS, OF_LAG};
use super::number::Number;
use super::sink::Sink;

/// Computes the increments whose bits are set in `asked`, for all lags.
// Both kinds of one lag are rarely selected together, so each has its own, shorter pass.
#[inline(never)]
pub(super) fn increments<T: Number>(band: &[T], mut asked: u32, deviation: f32, sink: &mut impl Sink<T::Value>) {
    let mut lags = LAGS.iter();
    while let Some(&lag) = lags.next()
        && asked != 0
    {
        if asked & 0b11 != 0 {
            emit::<T>(total(band, lag, T::value), asked, deviation, sink);
        }
        if asked & 0b1100 != 0 {
            emit::<T>(total(band, lag, |c| T::modulus(c.value())), asked >> 2, deviation, sink);
        }
        asked >>= OF_LAG;
    }
}

/// Emits the sum, its logarithm, or both.
#[inline(never)]
fn emit<T: Number>(sum: T::Value, asked: u32, deviation: f32, sink: &mut impl Sink<T::Value>) {
    if asked & 0b1 != 0 {
        sink.take_one(sum);
    }
    if asked & 0b10 != 0 {
        sink.take_one(T::log_sum(sum, deviation));
    }
}

/// The sum of the absolute differences over a lag.
#[inline(never)]
fn total<T: Number>(band: &[T], lag: u8, value: impl Fn(T) -> T::Value) -> T::Value {
    let later = band.get(usize::from(lag)..).unwrap_or_default();
    let pairs = band.iter().zip(later);
    pairs.fold(T::Value::default(), |sum, (&c, &later)| sum + T::modulus(value(later) - value(c)))
}
