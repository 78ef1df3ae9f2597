//! A level of a Haar scheme: each coefficient depends on one sample and the next one, so one pass computes both halves.

use super::rows::cut;
use crate::wavelet::lifting::Scheme;
use crate::{Boundary, Scalar, Step, Tap};

/// The taps of a scheme of two steps, each with one tap and offset 0; `None` for any other scheme.
#[inline(always)]
pub(super) fn taps<C: Tap>(scheme: Scheme<'_, C>) -> Option<[C; 2]> {
    let single_tap = |step: Step<C>| {
        (step.offset == 0 && step.taps[0] != C::ZERO && step.taps[1] == C::ZERO).then_some(step.taps[0])
    };
    let is_pair = scheme.filter_len() == 2 && scheme.origin() == [0, 1] && scheme.len() == 2;
    let mut steps = scheme.steps();
    if !is_pair { None } else { Some([single_tap(steps.next()?)?, single_tap(steps.next()?)?]) }
}

/// Transforms a window into unpadded halves of `phases` phases, with the same bits as the general code.
#[inline(never)]
pub(super) fn split<T: Scalar>(
    x: &[T],
    [low, high]: [&mut [T]; 2],
    taps: [T::Tap; 2],
    boundary: Boundary,
    phases: usize,
) {
    // The number of pairs inside the window. With two phases, every sample starts a pair.
    let stride = 3 - phases;
    let inside = if phases == 1 { x.len() / 2 } else { x.len().saturating_sub(1) };
    let (low, low_end) = cut(low, inside);
    let (high, high_end) = cut(high, inside);
    if phases == 1 {
        for ((low, high), [a, b]) in low.iter_mut().zip(high).zip(x.as_chunks::<2>().0) {
            [*low, *high] = pair(*a, *b, taps);
        }
    } else {
        all_pairs(x, low, high, taps);
    }
    for ((low, high), k) in low_end.iter_mut().zip(high_end).zip(inside..) {
        let [a, b] = [stride * k, stride * k + 1].map(|position| {
            let index = boundary.source(position.cast_signed(), x.len());
            index.and_then(|index| x.get(index)).copied().unwrap_or(T::ZERO)
        });
        [*low, *high] = pair(a, b, taps);
    }
}

/// The two coefficients of a pair.
#[inline(always)]
fn pair<T: Scalar>(a: T, b: T, [to_low, to_high]: [T::Tap; 2]) -> [T; 2] {
    let low = a.lift_by_one(to_low, b);
    [low, b.lift_by_one(to_high, low)]
}

/// All pairs of neighbours, four per iteration to save loop overhead.
#[inline(always)]
fn all_pairs<T: Scalar>(x: &[T], low: &mut [T], high: &mut [T], taps: [T::Tap; 2]) {
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
