//! Sums over parts of a band.

use super::asked::of_segment;
use super::feature::OF_SEGMENT;
use super::gather::{Sink, log_sum};

/// Those of all segments whose bits are set in `asked`: of the quarters, then of the eighths.
#[inline(never)]
pub(super) fn segments<T: Copy>(
    band: &[T],
    value: impl Fn(T) -> f32 + Copy,
    mut asked: u64,
    deviation: f32,
    sink: &mut impl Sink,
) {
    // The logarithms of the number of parts.
    for log_parts in [2, 3] {
        for part in 0..1_usize << log_parts {
            let of_segment = of_segment(asked);
            if of_segment != 0 {
                let edge = |part: usize| (part * band.len()) >> log_parts;
                let segment = band.get(edge(part)..edge(part + 1)).unwrap_or_default();
                let [abs_sum, sum] = totals(segment, value);
                let log = if of_segment & 0b10 != 0 { log_sum(abs_sum, deviation) } else { 0.0 };
                sink.take_some(of_segment, &[abs_sum, log, sum]);
            }
            asked >>= OF_SEGMENT;
        }
    }
}

/// The sum of the moduli, and the sum.
fn totals<T: Copy>(segment: &[T], value: impl Fn(T) -> f32) -> [f32; 2] {
    segment.iter().map(|&c| value(c)).fold([0.0; 2], |[abs_sum, sum], c| [abs_sum + c.abs(), sum + c])
}
