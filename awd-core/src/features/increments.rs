//! How much a band changes over a lag.

use super::asked::of_lag;
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
    for lag in LAGS {
        let of_lag = of_lag(asked);
        if of_lag != 0 {
            let with_log = |sum: f32, log: u8| [sum, if of_lag & log != 0 { log_sum(sum, deviation) } else { 0.0 }];
            let [sum, log] = if of_lag & 0b11 != 0 { with_log(total(band, lag, value), 0b10) } else { [0.0; 2] };
            let [modulus, modulus_log] =
                if of_lag & 0b1100 != 0 { with_log(total(band, lag, |c| value(c).abs()), 0b1000) } else { [0.0; 2] };
            sink.take_some(of_lag, &[sum, log, modulus, modulus_log]);
        }
        asked >>= OF_LAG;
    }
}

/// The sum of the moduli of the differences over a lag.
#[inline(never)]
fn total<T: Copy>(band: &[T], lag: u8, value: impl Fn(T) -> f32) -> f32 {
    let later = band.get(usize::from(lag)..).unwrap_or_default();
    band.iter().zip(later).fold(0.0, |sum, (&c, &later)| sum + (value(later) - value(c)).abs())
}
