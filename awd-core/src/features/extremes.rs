//! The largest and the smallest coefficients of a band, kept in registers.

use super::asked::Asked;
use super::feature::MAX_RANK;
use super::number::Number;
use super::sink::Sink;
use crate::transform::unroll::unroll;
use core::convert::identity;

/// The number of ranks at either end.
const RANKS: usize = MAX_RANK as usize;

/// Computes the largest and the smallest coefficients of a band.
#[inline(always)]
pub(super) fn ranks<T: Number>(band: &[T], asked: &Asked, sink: &mut impl Sink<T::Value>) {
    let ends = [asked.largest(), asked.smallest()];
    if cfg!(feature = "small") {
        // One function for both ends and any count: the smallest are the largest of the negated coefficients.
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

/// Computes the extremes at one end. They are few enough to stay in registers; each count has code of its own.
#[inline(always)]
fn rank<T: Number>(band: &[T], sign: impl Fn(T::Value) -> T::Value, asked: u8, sink: &mut impl Sink<T::Value>) {
    // The highest bit gives the number of ranks needed.
    match asked {
        0 => {}
        1 => extremes::<1, T>(band, sign, asked, sink),
        2..8 => extremes::<3, T>(band, sign, asked, sink),
        8..16 => extremes::<4, T>(band, sign, asked, sink),
        16..64 => extremes::<6, T>(band, sign, asked, sink),
        64.. => extremes::<RANKS, T>(band, sign, asked, sink),
    }
}

/// Computes the `M` largest of the coefficients after `sign`, in descending order; missing ones are [`Number::LEAST`].
#[inline(never)]
fn extremes<const M: usize, T: Number>(
    mut band: &[T],
    sign: impl Fn(T::Value) -> T::Value,
    asked: u8,
    sink: &mut impl Sink<T::Value>,
) {
    let signed = |c: T| sign(c.value());
    let mut sorted = [T::LEAST; M];
    // The first M coefficients fill the list if none is NaN. For M = 8 this would be too much code.
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
        // Most coefficients are smaller than all kept ones; a comparison with NaN is false.
        if value > sorted[M - 1] {
            insert(&mut sorted, M - 1, value);
        }
        band = later;
    }
    sink.take(asked, sorted.map(sign));
}

/// Inserts a value into the first `len` sorted values; smaller ones move back by one.
#[inline(always)]
fn insert<V: Copy + PartialOrd, const M: usize>(sorted: &mut [V; M], len: usize, value: V) {
    unroll!(index in 0..len => {
        if value > sorted[index] {
            shift_back(sorted, index, len);
            sorted[index] = value;
            return;
        }
    });
    sorted[len] = value;
}

/// Moves the values from `index` to `len` back by one. A function of its own, because nested unrolled loops would be
/// large.
#[inline(always)]
fn shift_back<V: Copy, const M: usize>(sorted: &mut [V; M], index: usize, len: usize) {
    unroll!(moved in 0..len - index => { sorted[len - moved] = sorted[len - moved - 1]; });
}
