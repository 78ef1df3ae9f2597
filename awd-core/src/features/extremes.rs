//! The largest and the smallest coefficients of a band, kept in registers.

use super::asked::Asked;
use super::feature::MAX_RANK;
use super::number::Number;
use super::sink::Sink;
use crate::transform::unroll::unroll;
use core::convert::identity;

/// Ranks that are kept of either end.
const RANKS: usize = MAX_RANK as usize;

/// The largest and the smallest of a band.
#[inline(always)]
pub(super) fn ranks<T: Number>(band: &[T], asked: &Asked, sink: &mut impl Sink<T::Value>) {
    let ends = [asked.largest(), asked.smallest()];
    if cfg!(feature = "small") {
        // One way for both ends and for any count: the smallest are the largest of the coefficients with another sign.
        for (asked, smallest) in ends.into_iter().zip([false, true]) {
            if asked != 0 {
                extremes::<RANKS, T>(band, move |value| T::negated_if(value, smallest), asked, sink);
            }
        }
    } else {
        rank(band, identity, ends[0], sink);
        rank(band, |value: T::Value| -value, ends[1], sink);
    }
}

/// Those at one end. So few that all are kept in registers, each count in code of its own.
#[inline(always)]
fn rank<T: Number>(band: &[T], sign: impl Fn(T::Value) -> T::Value, asked: u8, sink: &mut impl Sink<T::Value>) {
    // The highest bit says how many are needed.
    match asked {
        0 => {}
        1 => extremes::<1, T>(band, sign, asked, sink),
        2..8 => extremes::<3, T>(band, sign, asked, sink),
        8..16 => extremes::<4, T>(band, sign, asked, sink),
        16..64 => extremes::<6, T>(band, sign, asked, sink),
        64.. => extremes::<RANKS, T>(band, sign, asked, sink),
    }
}

/// The `M` largest of the coefficients with their sign, or with the other one, the farthest out first; [`Number::LEAST`] where there are fewer.
#[inline(never)]
fn extremes<const M: usize, T: Number>(
    mut band: &[T],
    sign: impl Fn(T::Value) -> T::Value,
    asked: u8,
    sink: &mut impl Sink<T::Value>,
) {
    let signed = |c: T| sign(c.value());
    let mut sorted = [T::LEAST; M];
    // The first are all kept if they are numbers. So many as eight are too much code.
    if let Some((first, later)) = band.split_first_chunk::<M>().filter(|_| M < RANKS) {
        let first = first.map(signed);
        if !T::has_nan(&first) {
            sorted[0] = first[0];
            unroll!(i in 0..M - 1 => { insert(&mut sorted, i + 1, first[i + 1]) });
            band = later;
        }
    }
    while let Some((&c, later)) = band.split_first() {
        let value = signed(c);
        // Most are less than all that are kept; NaN is not greater than any.
        if value > sorted[M - 1] {
            insert(&mut sorted, M - 1, value);
        }
        band = later;
    }
    sink.take(asked, sorted.map(sign));
}

/// Puts a value into its place among the first `len`, or after them; those less than it move on by one.
#[inline(always)]
fn insert<V: Copy + PartialOrd, const M: usize>(sorted: &mut [V; M], len: usize, value: V) {
    unroll!(place in 0..len => {
        if value > sorted[place] {
            move_on(sorted, place, len);
            sorted[place] = value;
            return;
        }
    });
    sorted[len] = value;
}

/// Moves those from `place` to `len` on by one. A function, as loops within loops that are written out are long.
#[inline(always)]
fn move_on<V: Copy, const M: usize>(sorted: &mut [V; M], place: usize, len: usize) {
    unroll!(moved in 0..len - place => { sorted[len - moved] = sorted[len - moved - 1]; });
}
