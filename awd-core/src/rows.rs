//! The loops of a lifting step on windows side by side: a row holds a sample of each, and a window alone is rows of one.
//!
//! Rows are arrays so that every inner loop runs along flat slices of numbers. Compilers make good vector code of that,
//! for one window and for many.

use crate::{Boundary, Scalar};
use core::array::from_fn;
use core::ops::{Add, Mul};

/// `target[k] = change(target[k], [source[k + offset], source[k + offset + 1]])` for every `k`. A change by one tap does
/// without the second.
#[inline(always)]
pub(crate) fn change<T: Scalar, const N: usize>(
    target: &mut [[T; N]],
    source: &[[T; N]],
    offset: isize,
    boundary: Boundary,
    change: impl Fn(T, [T; 2]) -> T,
) {
    let Some((cut, [before, after])) = aligned(source, offset, boundary) else { return };
    let Some((head, tail)) = target.split_at_mut_checked(cut.min(target.len())) else { return };
    if let Some((seam, head)) = head.split_last_mut() {
        let sources = at_seam(before, after);
        along(seam, [&sources[0], &sources[1]], &change);
        run(head, before, &change);
    }
    run(tail, after, &change);
}

/// `[Σ target[k]·source[k + offset], Σ target[k]·source[k + offset + 1]]`, lane by lane.
#[inline(always)]
pub(crate) fn correlate<T, const N: usize>(
    target: &[[T; N]],
    source: &[[T; N]],
    offset: isize,
    boundary: Boundary,
) -> [[T; N]; 2]
where
    T: Scalar + Add<Output = T> + Mul<Output = T>,
{
    let mut sums = [[T::ZERO; N]; 2];
    let Some((cut, [before, after])) = aligned(source, offset, boundary) else { return sums };
    let Some((head, tail)) = target.split_at_checked(cut.min(target.len())) else { return sums };
    if let Some((seam, head)) = head.split_last() {
        let [first, second] = at_seam(before, after);
        sums = plus(sums, seam, &first, &second);
        sums = plus_all(sums, head, before);
    }
    plus_all(sums, tail, after)
}

/// Adds the products of targets and the sources that they lie along; beyond the source is silence.
#[inline(always)]
fn plus_all<T, const N: usize>(mut sums: [[T; N]; 2], target: &[[T; N]], source: &[[T; N]]) -> [[T; N]; 2]
where
    T: Scalar + Add<Output = T> + Mul<Output = T>,
{
    let next = source.get(1..).unwrap_or_default();
    for ((target, first), second) in target.iter().zip(source).zip(next) {
        sums = plus(sums, target, first, second);
    }
    sums
}

#[inline(always)]
fn plus<T, const N: usize>([a, b]: [[T; N]; 2], target: &[T; N], first: &[T; N], second: &[T; N]) -> [[T; N]; 2]
where
    T: Scalar + Add<Output = T> + Mul<Output = T>,
{
    [from_fn(|lane| a[lane] + target[lane] * first[lane]), from_fn(|lane| b[lane] + target[lane] * second[lane])]
}

/// Where targets have to be cut so that the parts lie along parts of the source, and those parts. Where a part is nothing,
/// its targets find silence.
#[inline(always)]
fn aligned<T, const N: usize>(source: &[[T; N]], offset: isize, boundary: Boundary) -> Option<(usize, [&[[T; N]]; 2])> {
    let n = source.len();
    let distance = offset.unsigned_abs();
    let (cut, before, after) = match boundary {
        Boundary::Periodization => {
            let turn = if distance < n { offset } else { offset.checked_rem(n.cast_signed()).unwrap_or(0) };
            let turn = if turn < 0 { n - turn.unsigned_abs() } else { turn.unsigned_abs() };
            (n - turn, turn.., ..n)
        }
        _ if offset >= 0 => (n.saturating_sub(distance), distance.min(n).., ..0),
        _ => (distance, n.., ..if distance <= n { n } else { 0 }),
    };
    Some((cut, [source.get(before)?, source.get(after)?]))
}

/// The sources of the last target before the cut, the second of which is beyond it.
#[inline(always)]
fn at_seam<T: Scalar, const N: usize>(before: &[[T; N]], after: &[[T; N]]) -> [[T; N]; 2] {
    [before.last(), after.first()].map(|source| source.copied().unwrap_or([T::ZERO; N]))
}

/// Changes targets by the sources that they lie along, or by zeros where there are none.
#[inline(always)]
fn run<T: Scalar, const N: usize>(target: &mut [[T; N]], source: &[[T; N]], change: &impl Fn(T, [T; 2]) -> T) {
    let target = target.as_flattened_mut();
    if let Some((_, next)) = source.split_first() {
        along(target, [source.as_flattened(), next.as_flattened()], change);
    } else {
        for t in target {
            *t = change(*t, [T::ZERO; 2]);
        }
    }
}

/// The loop that most of the time is spent in.
#[inline(always)]
fn along<T: Copy>(target: &mut [T], [first, second]: [&[T]; 2], change: &impl Fn(T, [T; 2]) -> T) {
    for ((t, first), second) in target.iter_mut().zip(first).zip(second) {
        *t = change(*t, [*first, *second]);
    }
}
