//! A level of a scheme of the Haar wavelet: each coefficient is one of a sample and the next one, so that one pass makes both halves.

use super::rows::cut;
use crate::wavelet::lifting::Scheme;
use crate::{Boundary, Scalar, Step, Tap};

/// The taps of a scheme of two steps, each of one tap and of the sample beside, if it is one.
#[inline(always)]
pub(super) fn taps<C: Tap>(scheme: Scheme<'_, C>) -> Option<[C; 2]> {
    let of = |step: Step<C>| {
        (step.offset == 0 && step.taps[0] != C::ZERO && step.taps[1] == C::ZERO).then_some(step.taps[0])
    };
    let is_pair = scheme.filter_len() == 2 && scheme.origin() == [0, 1] && scheme.len() == 2;
    let mut steps = scheme.steps();
    if !is_pair { None } else { Some([of(steps.next()?)?, of(steps.next()?)?]) }
}

/// Splits a window into halves that are not padded, of so many phases, with the bits of what splits by any scheme.
#[inline(never)]
pub(super) fn split<T: Scalar>(
    x: &[T],
    [low, high]: [&mut [T]; 2],
    taps: [T::Tap; 2],
    boundary: Boundary,
    phases: usize,
) {
    // Pairs inside the window. Of two phases, every sample is the first of one.
    let stride = 3 - phases;
    let inside = if phases == 1 { x.len() / 2 } else { x.len().saturating_sub(1) };
    let (low, low_end) = cut(low, inside);
    let (high, high_end) = cut(high, inside);
    if phases == 1 {
        for ((low, high), [a, b]) in low.iter_mut().zip(high).zip(x.as_chunks::<2>().0) {
            [*low, *high] = pair(*a, *b, taps);
        }
    } else {
        each(x, low, high, taps);
    }
    for ((low, high), k) in low_end.iter_mut().zip(high_end).zip(inside..) {
        let [a, b] = [stride * k, stride * k + 1].map(|place| {
            let index = boundary.source(place.cast_signed(), x.len());
            index.and_then(|index| x.get(index)).copied().unwrap_or(T::ZERO)
        });
        [*low, *high] = pair(a, b, taps);
    }
}

/// Both coefficients of a pair.
#[inline(always)]
fn pair<T: Scalar>(a: T, b: T, [to_low, to_high]: [T::Tap; 2]) -> [T; 2] {
    let low = a.lift_by_one(to_low, b);
    [low, b.lift_by_one(to_high, low)]
}

/// Pairs of all neighbours, four at a time, of which a loop's own instructions are few.
#[inline(always)]
fn each<T: Scalar>(x: &[T], low: &mut [T], high: &mut [T], taps: [T::Tap; 2]) {
    let [first, rest @ ..] = x else { return };
    let mut a = *first;
    let ((low_fours, low), (high_fours, high), (fours, rest)) =
        (low.as_chunks_mut::<4>(), high.as_chunks_mut::<4>(), rest.as_chunks::<4>());
    for ((low, high), [b, c, d, e]) in low_fours.iter_mut().zip(high_fours).zip(fours) {
        ([low[0], high[0]], [low[1], high[1]]) = (pair(a, *b, taps), pair(*b, *c, taps));
        ([low[2], high[2]], [low[3], high[3]]) = (pair(*c, *d, taps), pair(*d, *e, taps));
        a = *e;
    }
    for ((low, high), b) in low.iter_mut().zip(high).zip(rest) {
        [*low, *high] = pair(a, *b, taps);
        a = *b;
    }
}
