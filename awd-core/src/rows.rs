//! A ladder on windows side by side: a row holds a sample of each, and a window alone is rows of one.
//!
//! Rows are arrays so that every inner loop runs along flat slices of numbers. Compilers make good vector code of that,
//! for one window and for many. Of a loop over [`crate::Lanes`] they may make code that shuffles numbers from lane to
//! lane and takes several times as long.

use crate::{Boundary, Lifting, Scalar, Step, Tap};

/// [`Lifting::forward`] on rows.
pub(crate) fn forward<T: Scalar, const N: usize>(
    lifting: &Lifting<T::Tap>,
    approximation: &mut [[T; N]],
    detail: &mut [[T; N]],
    boundary: Boundary,
) {
    for (step, changes_detail) in lifting.ladder() {
        if changes_detail {
            apply(step, detail, approximation, boundary);
        } else {
            apply(step, approximation, detail, boundary);
        }
    }
}

/// [`Step::apply`] on rows.
pub(crate) fn apply<T: Scalar, const N: usize>(
    step: Step<T::Tap>,
    target: &mut [[T; N]],
    source: &[[T; N]],
    boundary: Boundary,
) {
    let offset = isize::from(step.offset);
    let [first, second] = step.taps;
    match [first != Tap::ZERO, second != Tap::ZERO] {
        [true, true] => pass(target, source, offset, boundary, |t, s| t.lift(step.taps, s)),
        [true, false] => pass(target, source, offset, boundary, |t, [s, _]| t.lift_by_one(first, s)),
        [false, true] => pass(target, source, offset + 1, boundary, |t, [s, _]| t.lift_by_one(second, s)),
        [false, false] => {}
    }
}

/// `target[k] = change(target[k], [source[k + offset], source[k + offset + 1]])` for every `k`.
#[inline(always)]
fn pass<T: Scalar, const N: usize>(
    target: &mut [[T; N]],
    source: &[[T; N]],
    offset: isize,
    boundary: Boundary,
    change: impl Fn(T, [T; 2]) -> T,
) {
    let n = source.len();
    let distance = offset.unsigned_abs();
    // The source as it passes by the target: what stands before a cut, and what after it. Nothing stands for zeros.
    let (cut, before, after) = match boundary {
        Boundary::Periodization => {
            let turn = if distance < n { offset } else { offset.checked_rem(n.cast_signed()).unwrap_or(0) };
            let turn = if turn < 0 { n - turn.unsigned_abs() } else { turn.unsigned_abs() };
            (n - turn, turn.., ..n)
        }
        _ if offset >= 0 => (n.saturating_sub(distance), distance.min(n).., ..0),
        _ => (distance, n.., ..if distance <= n { n } else { 0 }),
    };
    let (Some(before), Some(after)) = (source.get(before), source.get(after)) else { return };
    let Some((head, tail)) = target.split_at_mut_checked(cut.min(target.len())) else { return };
    if let Some((seam, head)) = head.split_last_mut() {
        let sources = [before.last(), after.first()].map(|s| s.copied().unwrap_or([T::ZERO; N]));
        along(seam, [&sources[0], &sources[1]], &change);
        run(head, before, &change);
    }
    run(tail, after, &change);
}

/// Changes targets that lie along their sources; along nothing, they are changed by zeros.
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

#[inline(always)]
fn along<T: Copy>(target: &mut [T], [first, second]: [&[T]; 2], change: &impl Fn(T, [T; 2]) -> T) {
    for ((t, first), second) in target.iter_mut().zip(first).zip(second) {
        *t = change(*t, [*first, *second]);
    }
}
