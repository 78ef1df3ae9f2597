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

/// `target[k] = change(target[k], [source[k + offset], source[k + offset + 1]])` for every `k`. A change by one tap does
/// without the second.
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
    // What of the source targets find before a cut, and from it on. Where that is nothing, they find zeros.
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
        // The second source of the last target before the cut is beyond it.
        let sources = [before.last(), after.first()].map(|s| s.copied().unwrap_or([T::ZERO; N]));
        along(seam, [&sources[0], &sources[1]], &change);
        run(head, before, &change);
    }
    run(tail, after, &change);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_have_the_bits_of_steps() {
        // A zero's sign is a bit too.
        let sample = |i: usize| if i.is_multiple_of(3) { -0.0 } else { (i * i % 7) as f32 - 3.0 };
        for boundary in [Boundary::Periodization, Boundary::Zero, Boundary::Symmetric] {
            for (n, taps) in (1..9_usize).flat_map(|n| [[0.5, -2.0], [0.5, 0.0], [0.0, -2.0]].map(|taps| (n, taps))) {
                for offset in -19..19 {
                    let step = Step::new(offset, taps);
                    let source: [[f32; 2]; 9] = core::array::from_fn(|k| [sample(k), sample(k + 4)]);
                    let mut target: [[f32; 2]; 9] = core::array::from_fn(|k| [sample(k + 2), sample(k + 9)]);
                    let mut alone = [0, 1].map(|lane| target.map(|row| row[lane]));
                    for (lane, alone) in alone.iter_mut().enumerate() {
                        step.apply(&mut alone[..n], &source.map(|row| row[lane])[..n], boundary);
                    }
                    apply(step, &mut target[..n], &source[..n], boundary);
                    for (k, row) in target.iter().enumerate() {
                        let alone = alone.map(|alone| alone[k].to_bits());
                        assert_eq!(row.map(f32::to_bits), alone, "{boundary:?} {n} {offset} {k}");
                    }
                }
            }
        }
    }
}
