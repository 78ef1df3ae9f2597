//! The largest and the smallest coefficients of a band, kept in registers.

use super::asked::Asked;
use super::feature::MAX_RANK;
use super::gather::Sink;
use crate::unroll::unroll;
use core::convert::identity;

/// Ranks that are kept of either end.
const RANKS: usize = MAX_RANK as usize;

/// The largest and the smallest of a band.
#[inline(always)]
pub(super) fn ranks<T: Copy>(band: &[T], value: impl Fn(T) -> f32 + Copy, asked: &Asked, sink: &mut impl Sink) {
    let ends = [asked.largest(), asked.smallest()];
    if cfg!(feature = "small") {
        // One way for both ends and for any count: the smallest are the largest of the coefficients with another sign.
        for (asked, sign) in ends.into_iter().zip([0, 1 << 31]) {
            if asked != 0 {
                extremes::<RANKS, T>(band, value, move |value| f32::from_bits(value.to_bits() ^ sign), asked, sink);
            }
        }
    } else {
        rank(band, value, identity, ends[0], sink);
        rank(band, value, |value: f32| -value, ends[1], sink);
    }
}

/// Those at one end. So few that all are kept in registers, each count in code of its own.
#[inline(always)]
fn rank<T: Copy>(band: &[T], value: impl Fn(T) -> f32, sign: impl Fn(f32) -> f32, asked: u8, sink: &mut impl Sink) {
    // The highest bit says how many are needed.
    match asked {
        0 => {}
        1 => extremes::<1, T>(band, value, sign, asked, sink),
        2..8 => extremes::<3, T>(band, value, sign, asked, sink),
        8..64 => extremes::<6, T>(band, value, sign, asked, sink),
        64.. => extremes::<RANKS, T>(band, value, sign, asked, sink),
    }
}

/// The `M` largest of the coefficients with their sign, or with the other one, the farthest out first; infinite where there are fewer.
#[inline(never)]
fn extremes<const M: usize, T: Copy>(
    mut band: &[T],
    value: impl Fn(T) -> f32,
    sign: impl Fn(f32) -> f32,
    asked: u8,
    sink: &mut impl Sink,
) {
    let signed = |c: T| sign(value(c));
    let mut sorted = [f32::NEG_INFINITY; M];
    // The first are all kept if they are numbers, which one look at their sum shows. So many as eight are too much code.
    if let Some((first, later)) = band.split_first_chunk::<M>().filter(|_| M < RANKS) {
        let first = first.map(signed);
        if !first.iter().sum::<f32>().is_nan() {
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
fn insert<const M: usize>(sorted: &mut [f32; M], len: usize, value: f32) {
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
fn move_on<const M: usize>(sorted: &mut [f32; M], place: usize, len: usize) {
    unroll!(moved in 0..len - place => { sorted[len - moved] = sorted[len - moved - 1]; });
}
