//! The loops of a lifting step on windows side by side: a row holds a sample of each, and a window alone is rows of one.
//!
//! Rows are arrays so that every inner loop runs along flat slices of numbers. Compilers make good vector code of that,
//! for one window and for many.

use crate::{Boundary, Scalar};
use core::array::from_fn;

/// `target[k] = change(target[k], [source[k + newest - 1], source[k + newest]])` for every `k` that has a source; where
/// one of the two is beyond an end and not around a circle, it is zero.
#[inline(always)]
pub(crate) fn change_by_two<T: Scalar, const N: usize>(
    target: &mut [[T; N]],
    source: &[[T; N]],
    newest: isize,
    boundary: Boundary,
    taps: [T::Tap; 2],
    change: impl Fn(T, [T::Tap; 2], [T; 2]) -> T + Copy,
) {
    let zero = [T::ZERO; N];
    if let Boundary::Periodization = boundary {
        let Some((behind, ahead)) = around(source, newest) else { return };
        let (head, tail) = cut(target, ahead.len());
        run_by_two(head, ahead, behind.last().or(ahead.last()).unwrap_or(&zero), taps, change);
        run_by_two(tail, behind, ahead.last().unwrap_or(&zero), taps, change);
    } else if newest > 0 {
        let Some(sources) = source.get(newest.unsigned_abs() - 1..) else { return };
        let Some((before, source)) = sources.split_first() else { return };
        let (target, rest) = cut(target, source.len());
        run_by_two(target, source, before, taps, change);
        if let (Some(target), Some(before)) = (rest.first_mut(), sources.last()) {
            along(target, [before, &zero], |t, s| change(t, taps, s));
        }
    } else if let Some(target) = target.get_mut(newest.unsigned_abs()..) {
        run_by_two(target, source, &zero, taps, change);
    }
}

/// `target[k] = change(target[k], source[k + offset])` for every `k` that has a source.
#[inline(always)]
pub(crate) fn change_by_one<T: Scalar, const N: usize>(
    target: &mut [[T; N]],
    source: &[[T; N]],
    offset: isize,
    boundary: Boundary,
    tap: T::Tap,
    change: impl Fn(T, T::Tap, T) -> T + Copy,
) {
    if let Boundary::Periodization = boundary {
        let Some((behind, ahead)) = around(source, offset) else { return };
        let (head, tail) = cut(target, ahead.len());
        run_by_one(head, ahead, tap, change);
        run_by_one(tail, behind, tap, change);
    } else if offset > 0 {
        run_by_one(target, source.get(offset.unsigned_abs()..).unwrap_or_default(), tap, change);
    } else if let Some(target) = target.get_mut(offset.unsigned_abs()..) {
        run_by_one(target, source, tap, change);
    }
}

/// Cuts targets after so many, or where they end.
#[inline(always)]
fn cut<T>(target: &mut [T], len: usize) -> (&mut [T], &mut [T]) {
    target.split_at_mut(len.min(target.len()))
}

/// A circle of sources cut so that the second part lies along the first targets, and the first along the rest.
#[inline(always)]
pub(super) fn around<T>(source: &[T], offset: isize) -> Option<(&[T], &[T])> {
    let n = source.len().cast_signed();
    let turn = if offset < n && offset >= -n { offset } else { offset.checked_rem(n)? };
    source.split_at_checked(if turn < 0 { turn + n } else { turn }.unsigned_abs())
}

/// Changes targets by the source that each lies along and the one before that.
#[inline(always)]
fn run_by_two<T: Scalar, const N: usize>(
    target: &mut [[T; N]],
    source: &[[T; N]],
    before: &[T; N],
    taps: [T::Tap; 2],
    change: impl Fn(T, [T::Tap; 2], [T; 2]) -> T,
) {
    if N == 1 {
        let [first, second] = taps;
        return alone_by_two(target.as_flattened_mut(), source.as_flattened(), before[0], first, second, change);
    }
    let (Some((first, target)), Some((newest, next))) = (target.split_first_mut(), source.split_first()) else {
        return;
    };
    let change = |t, s| change(t, taps, s);
    along(first, [before, newest], change);
    along(target.as_flattened_mut(), [source.as_flattened(), next.as_flattened()], change);
}

/// Changes targets by the source that each lies along.
#[inline(always)]
fn run_by_one<T: Scalar, const N: usize>(
    target: &mut [[T; N]],
    source: &[[T; N]],
    tap: T::Tap,
    change: impl Fn(T, T::Tap, T) -> T,
) {
    let (target, source) = (target.as_flattened_mut(), source.as_flattened());
    if N == 1 {
        return alone_by_one(target, source, tap, change);
    }
    target.iter_mut().zip(source).for_each(|(t, s)| *t = change(*t, tap, *s));
}

/// [`run_by_two`] of one window: a source is read once. Four targets at a time, of which a loop's own instructions are few.
// Not inlined: a step has it in three places. Taps on their own are passed in registers.
#[inline(never)]
fn alone_by_two<T: Scalar>(
    target: &mut [T],
    source: &[T],
    mut before: T,
    first: T::Tap,
    second: T::Tap,
    change: impl Fn(T, [T::Tap; 2], [T; 2]) -> T,
) {
    let change = |t, a, b| change(t, [first, second], [a, b]);
    let len = target.len().min(source.len());
    let (Some(target), Some(source)) = (target.get_mut(..len), source.get(..len)) else { return };
    let (fours, rest) = target.as_chunks_mut::<4>();
    let (source_fours, source_rest) = source.as_chunks::<4>();
    for (t, s) in fours.iter_mut().zip(source_fours) {
        let [a, b, c, d] = *s;
        *t = [change(t[0], before, a), change(t[1], a, b), change(t[2], b, c), change(t[3], c, d)];
        before = d;
    }
    for (t, s) in rest.iter_mut().zip(source_rest) {
        *t = change(*t, before, *s);
        before = *s;
    }
}

/// [`run_by_one`] of one window.
#[inline(never)]
fn alone_by_one<T: Scalar>(target: &mut [T], source: &[T], tap: T::Tap, change: impl Fn(T, T::Tap, T) -> T) {
    let len = target.len().min(source.len());
    let (Some(target), Some(source)) = (target.get_mut(..len), source.get(..len)) else { return };
    let (fours, rest) = target.as_chunks_mut::<4>();
    let (source_fours, source_rest) = source.as_chunks::<4>();
    for (t, s) in fours.iter_mut().zip(source_fours) {
        *t = from_fn(|k| change(t[k], tap, s[k]));
    }
    for (t, s) in rest.iter_mut().zip(source_rest) {
        *t = change(*t, tap, *s);
    }
}

/// The loop that most of the time is spent in.
#[inline(always)]
fn along<T: Copy>(target: &mut [T], [first, second]: [&[T]; 2], change: impl Fn(T, [T; 2]) -> T) {
    for ((t, first), second) in target.iter_mut().zip(first).zip(second) {
        *t = change(*t, [*first, *second]);
    }
}
