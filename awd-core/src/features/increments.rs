//! How much a band changes over a lag.

use super::feature::{LAGS, OF_LAG};
use super::gather::{Sink, log_sum};

/// Those of all lags whose bits are set in `asked`.
// One is asked for far more often than both of a lag, so that each has a pass of its own, which is shorter.
#[inline(never)]
pub(super) fn increments<T: Copy>(
    band: &[T],
    value: impl Fn(T) -> f32 + Copy,
    mut asked: u32,
    deviation: f32,
    sink: &mut impl Sink,
) {
    let mut lags = LAGS.iter();
    while let Some(&lag) = lags.next()
        && asked != 0
    {
        if asked & 0b11 != 0 {
            give(total(band, lag, value), asked, deviation, sink);
        }
        if asked & 0b1100 != 0 {
            give(total(band, lag, |c| value(c).abs()), asked >> 2, deviation, sink);
        }
        asked >>= OF_LAG;
    }
}

/// The sum, its logarithm, or both.
#[inline(never)]
fn give(sum: f32, asked: u32, deviation: f32, sink: &mut impl Sink) {
    if asked & 0b1 != 0 {
        sink.take_one(sum);
    }
    if asked & 0b10 != 0 {
        sink.take_one(log_sum(sum, deviation));
    }
}

/// The sum of the moduli of the differences over a lag.
#[inline(never)]
fn total<T: Copy>(band: &[T], lag: u8, value: impl Fn(T) -> f32) -> f32 {
    let later = band.get(usize::from(lag)..).unwrap_or_default();
    band.iter().zip(later).fold(0.0, |sum, (&c, &later)| sum + (value(later) - value(c)).abs())
}
