//! The loops of a lifting step on windows side by side: a row holds a sample of each, and rows stand one after the other.
//!
//! A row may be the two phases of one window as well. Every loop runs along flat slices of numbers, whatever the rows: compilers make good
//! vector code of that, and boards have one copy of it.

use crate::{Boundary, Scalar};

/// Whether loops change four targets in a turn: not where code is to be small and each product a call of a function.
const FOURS: bool = !cfg!(feature = "small") || cfg!(target_abi = "eabihf");

/// What rows consist of: with a `KIND` of 1 or 2, so many samples. Every kind that is used is code of its own.
#[derive(Clone, Copy)]
pub(crate) struct Rows<const KIND: usize> {
    /// Samples of a row.
    pub lanes: usize,
}

/// The kind of rows of one sample or two.
pub(crate) const FEW: usize = 0;

/// The kind of rows of any length, for vectors.
pub(crate) const WIDE: usize = 3;

impl<const KIND: usize> Rows<KIND> {
    /// So many rows, in samples.
    #[inline(always)]
    const fn samples(self, rows: isize) -> isize {
        rows.wrapping_mul(self.lanes.cast_signed())
    }

    /// `target[k] = change(target[k], taps, [source[k + newest - 1], source[k + newest]])` for every row `k` that has a source; where one
    /// of the two is beyond an end and not around a circle, it is zero.
    #[inline(always)]
    pub fn change_by_two<T: Scalar>(
        self,
        target: &mut [T],
        source: &[T],
        newest: isize,
        boundary: Boundary,
        taps: [T::Tap; 2],
        change: impl Fn(T, [T::Tap; 2], [T; 2]) -> T + Copy,
    ) {
        let newest = self.samples(newest);
        if let Boundary::Periodization = boundary {
            let Some((behind, ahead)) = around(source, newest) else { return };
            self.run_by_two(target, ahead, if behind.is_empty() { ahead } else { behind }, taps, change);
            if let Some(tail @ [_, ..]) = target.get_mut(ahead.len()..) {
                self.run_by_two(tail, behind, ahead, taps, change);
            }
        } else if newest > 0 {
            let Some((behind, ahead)) = source.split_at_checked(newest.unsigned_abs()) else { return };
            self.run_by_two(target, ahead, behind, taps, change);
            let tail = target.get_mut(ahead.len()..).unwrap_or_default();
            along(tail, self.last(source), |t, s| change(t, taps, [s, T::ZERO]));
        } else if let Some(target) = target.get_mut(newest.unsigned_abs()..) {
            self.run_by_two(target, source, &[], taps, change);
        }
    }

    /// `target[k] = change(target[k], tap, source[k + offset])` for every row `k` that has a source.
    #[inline(always)]
    pub fn change_by_one<T: Scalar>(
        self,
        target: &mut [T],
        source: &[T],
        offset: isize,
        boundary: Boundary,
        tap: T::Tap,
        change: impl Fn(T, T::Tap, T) -> T + Copy,
    ) {
        let offset = self.samples(offset);
        if let Boundary::Periodization = boundary {
            let Some((behind, ahead)) = around(source, offset) else { return };
            self.run_by_one(target, ahead, tap, change);
            if let Some(tail @ [_, ..]) = target.get_mut(ahead.len()..) {
                self.run_by_one(tail, behind, tap, change);
            }
        } else if offset > 0 {
            self.run_by_one(target, source.get(offset.unsigned_abs()..).unwrap_or_default(), tap, change);
        } else if let Some(target) = target.get_mut(offset.unsigned_abs()..) {
            self.run_by_one(target, source, tap, change);
        }
    }

    /// The last row.
    #[inline(always)]
    fn last<T>(self, rows: &[T]) -> &[T] {
        rows.get(rows.len().wrapping_sub(self.lanes)..).unwrap_or_default()
    }

    /// Changes targets by the source that each lies along and the one of the row before, of the first the last one of `before`; what is not
    /// there is zero.
    #[inline(always)]
    fn run_by_two<T: Scalar>(
        self,
        target: &mut [T],
        source: &[T],
        before: &[T],
        taps @ [first, second]: [T::Tap; 2],
        change: impl Fn(T, [T::Tap; 2], [T; 2]) -> T,
    ) {
        if KIND == WIDE {
            let (row, target) = cut(target, self.lanes);
            let before = self.last(before);
            for (k, (t, s)) in row.iter_mut().zip(source).enumerate() {
                *t = change(*t, taps, [before.get(k).copied().unwrap_or(T::ZERO), *s]);
            }
            let next = source.get(self.lanes..).unwrap_or_default();
            for ((t, s), next) in target.iter_mut().zip(source).zip(next) {
                *t = change(*t, taps, [*s, *next]);
            }
        } else {
            let (before, last) = match before {
                [] => (T::ZERO, T::ZERO),
                [last] => (*last, *last),
                [.., before, last] => (*before, *last),
            };
            fours_by_two::<KIND, T>(target, source, self.lanes, before, last, first, second, change);
        }
    }

    /// Changes targets by the source that each lies along.
    #[inline(always)]
    fn run_by_one<T: Scalar>(
        self,
        target: &mut [T],
        source: &[T],
        tap: T::Tap,
        change: impl Fn(T, T::Tap, T) -> T + Copy,
    ) {
        if KIND == WIDE {
            along(target, source, |t, s| change(t, tap, s));
        } else {
            fours_by_one(target, source, tap, change);
        }
    }
}

/// Cuts targets after so many, or where they end.
#[inline(always)]
pub(super) fn cut<T>(target: &mut [T], len: usize) -> (&mut [T], &mut [T]) {
    target.split_at_mut_checked(len.min(target.len())).unwrap_or_default()
}

/// A circle of sources cut so that the second part lies along the first targets, and the first along the rest.
#[inline(always)]
pub(super) fn around<T>(source: &[T], offset: isize) -> Option<(&[T], &[T])> {
    let n = source.len().cast_signed();
    let turn = if offset < n && offset >= -n { offset } else { offset.checked_rem(n)? };
    source.split_at_checked(if turn < 0 { turn + n } else { turn }.unsigned_abs())
}

/// Fours and what is left; all is left where fours would be dear.
#[inline(always)]
fn fours_of<T>(all: &[T]) -> (&[[T; 4]], &[T]) {
    if FOURS { all.as_chunks() } else { (&[], all) }
}

#[inline(always)]
fn fours_of_mut<T>(all: &mut [T]) -> (&mut [[T; 4]], &mut [T]) {
    if FOURS { all.as_chunks_mut() } else { (&mut [], all) }
}

/// One by one.
#[inline(always)]
fn along<T: Copy>(target: &mut [T], source: &[T], change: impl Fn(T, T) -> T) {
    for (t, s) in target.iter_mut().zip(source) {
        *t = change(*t, *s);
    }
}

/// [`Rows::run_by_two`] of one lane or two. A source is read once, and four targets are changed at a time, of which a loop's own instructions are few.
// Not inlined: a step has it in several places. Taps and the sources before, the last ones of either lane, are passed in registers.
#[inline(never)]
#[expect(clippy::too_many_arguments, reason = "an array of numbers would be passed in memory")]
fn fours_by_two<const KIND: usize, T: Scalar>(
    target: &mut [T],
    source: &[T],
    lanes: usize,
    mut before: T,
    mut last: T,
    first: T::Tap,
    second: T::Tap,
    change: impl Fn(T, [T::Tap; 2], [T; 2]) -> T,
) {
    let lanes = if KIND == FEW { lanes } else { KIND };
    let change = |t, a, b| change(t, [first, second], [a, b]);
    let len = target.len().min(source.len());
    let (Some(target), Some(source)) = (target.get_mut(..len), source.get(..len)) else { return };
    let ((fours, rest), (source, source_rest)) = (fours_of_mut(target), fours_of(source));
    if lanes == 1 {
        for (t, &[a, b, c, d]) in fours.iter_mut().zip(source) {
            *t = [change(t[0], last, a), change(t[1], a, b), change(t[2], b, c), change(t[3], c, d)];
            last = d;
        }
        before = last;
    } else {
        for (t, &[a, b, c, d]) in fours.iter_mut().zip(source) {
            *t = [change(t[0], before, a), change(t[1], last, b), change(t[2], a, c), change(t[3], b, d)];
            (before, last) = (c, d);
        }
    }
    for (t, s) in rest.iter_mut().zip(source_rest) {
        *t = change(*t, before, *s);
        (before, last) = (if lanes == 1 { *s } else { last }, *s);
    }
}

/// Changes targets by the source that each lies along, four targets at a time.
#[inline(never)]
fn fours_by_one<T: Scalar>(target: &mut [T], source: &[T], tap: T::Tap, change: impl Fn(T, T::Tap, T) -> T) {
    let len = target.len().min(source.len());
    let (Some(target), Some(source)) = (target.get_mut(..len), source.get(..len)) else { return };
    let ((fours, rest), (source, source_rest)) = (fours_of_mut(target), fours_of(source));
    for (t, s) in fours.iter_mut().zip(source) {
        let at = |k: usize| change(t[k], tap, s[k]);
        *t = [at(0), at(1), at(2), at(3)];
    }
    along(rest, source_rest, |t, s| change(t, tap, s));
}
