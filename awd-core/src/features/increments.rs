//! How much a band changes over a lag.

use super::feature::{LAGS, OF_LAG};
use super::number::Number;
use super::sink::Sink;

/// Those of all lags whose bits are set in `asked`.
// One is asked for far more often than both of a lag, so that each has a pass of its own, which is shorter.
#[inline(never)]
pub(super) fn increments<T: Number>(band: &[T], mut asked: u32, deviation: f32, sink: &mut impl Sink<T::Value>) {
    let mut lags = LAGS.iter();
    while let Some(&lag) = lags.next()
        && asked != 0
    {
        if asked & 0b11 != 0 {
            give::<T>(total(band, lag, T::value), asked, deviation, sink);
        }
        if asked & 0b1100 != 0 {
            give::<T>(total(band, lag, |c| T::modulus(c.value())), asked >> 2, deviation, sink);
        }
        asked >>= OF_LAG;
    }
}

/// The sum, its logarithm, or both.
#[inline(never)]
fn give<T: Number>(sum: T::Value, asked: u32, deviation: f32, sink: &mut impl Sink<T::Value>) {
    if asked & 0b1 != 0 {
        sink.take_one(sum);
    }
    if asked & 0b10 != 0 {
        sink.take_one(T::log_sum(sum, deviation));
    }
}

/// The sum of the moduli of the differences over a lag.
#[inline(never)]
fn total<T: Number>(band: &[T], lag: u8, value: impl Fn(T) -> T::Value) -> T::Value {
    let later = band.get(usize::from(lag)..).unwrap_or_default();
    let moved = band.iter().zip(later);
    moved.fold(T::Value::default(), |sum, (&c, &later)| sum + T::modulus(value(later) - value(c)))
}
