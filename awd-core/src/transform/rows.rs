//! The loops of a lifting step over windows side by side: a row holds one sample of each window, and rows are
//! consecutive.
//!
//! A row may also hold the two phases of one window. Every loop runs over flat slices: compilers vectorise such loops
//! well, and boards need only one copy of the code.

use crate::{Boundary, Scalar};

/// Whether loops change four targets per iteration. Not in small code on a target where each product is a library call.
const FOURS: bool = !cfg!(feature = "small") || cfg!(target_abi = "eabihf");

/// The layout of rows: with a `KIND` of 1 or 2, rows of so many samples. Each kind in use is compiled separately.
#[derive(Clone, Copy)]
pub(crate) struct Rows<const KIND: usize> {
    /// The number of samples of a row.
    pub lanes: usize,
}

/// The kind of rows of one or two samples, decided at run time.
pub(crate) const FEW: usize = 0;

/// The kind of rows of any length, for vector instructions.
pub(crate) const WIDE: usize = 3;

impl<const KIND: usize> Rows<KIND> {
    /// The number of samples of `rows` rows.
    #[inline(always)]
    const fn samples(self, rows: isize) -> isize {
        rows.wrapping_mul(self.lanes.cast_signed())
    }

    /// `target[k] = change(target[k], taps, [source[k + newest - 1], source[k + newest]])` for every row `k` that has a
    /// source. If one of the two is beyond an end, it is zero unless the boundary is periodization.
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

    /// Changes each target by the source at its index and the source of the row before; for the first row that is the
    /// last row of `before`. Missing sources are zero.
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

    /// Changes each target by the source at its index.
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

/// Splits targets at `len` or at their end.
#[inline(always)]
pub(super) fn cut<T>(target: &mut [T], len: usize) -> (&mut [T], &mut [T]) {
    target.split_at_mut_checked(len.min(target.len())).unwrap_or_default()
}

/// Splits periodic sources so that the second part lines up with the first targets, and the first part with the rest.
#[inline(always)]
pub(super) fn around<T>(source: &[T], offset: isize) -> Option<(&[T], &[T])> {
    let n = source.len().cast_signed();
    let shift = if offset < n && offset >= -n { offset } else { offset.checked_rem(n)? };
    source.split_at_checked(if shift < 0 { shift + n } else { shift }.unsigned_abs())
}

/// Chunks of four and the remainder; everything is in the remainder unless [`FOURS`].
#[inline(always)]
fn fours_of<T>(all: &[T]) -> (&[[T; 4]], &[T]) {
    if FOURS { all.as_chunks() } else { (&[], all) }
}

#[inline(always)]
fn fours_of_mut<T>(all: &mut [T]) -> (&mut [[T; 4]], &mut [T]) {
    if FOURS { all.as_chunks_mut() } else { (&mut [], all) }
}

/// Changes each target by the source at its index, one by one.
#[inline(always)]
fn along<T: Copy>(target: &mut [T], source: &[T], change: impl Fn(T, T) -> T) {
    for (t, s) in target.iter_mut().zip(source) {
        *t = change(*t, *s);
    }
}

/// [`Rows::run_by_two`] for one or two lanes. Each source is read once, and four targets are changed per iteration to
/// save loop overhead.
// Not inlined, because a step calls it in several places. The taps and the previous sources, the last one of either
// lane, are passed in registers.
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

/// Changes each target by the source at its index, four targets per iteration.
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
