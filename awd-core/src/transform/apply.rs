//! Lifting steps at work: one of them, and all of a level.

use super::rows;
use crate::{Boundary, Scalar, Scheme, Step, Tap};
use core::mem::swap;
use core::ops::{Add, Mul};

impl<C: Tap> Step<C> {
    /// Changes `target` by two taps of `source`; both have the same length. A row holds a sample of each of N windows side
    /// by side, and a window alone is rows of one. Beyond its ends the source is a circle under periodization and zero
    /// under any other boundary; there a target without a source inside stays as it is.
    #[inline]
    pub fn apply<T: Scalar<Tap = C>, const N: usize>(
        self,
        target: &mut [[T; N]],
        source: &[[T; N]],
        boundary: Boundary,
    ) {
        self.pass(target, source, boundary, T::lift, T::lift_by_one);
    }

    /// Undoes [`Step::apply`].
    #[inline]
    pub fn undo<T: Scalar<Tap = C>, const N: usize>(
        self,
        target: &mut [[T; N]],
        source: &[[T; N]],
        boundary: Boundary,
    ) {
        self.pass(target, source, boundary, T::lower, T::lower_by_one);
    }

    /// Changes every target by the taps that are not zero.
    #[inline(always)]
    fn pass<T: Scalar<Tap = C>, const N: usize>(
        self,
        target: &mut [[T; N]],
        source: &[[T; N]],
        boundary: Boundary,
        two: impl Fn(T, [C; 2], [T; 2]) -> T + Copy,
        one: impl Fn(T, C, T) -> T + Copy,
    ) {
        let offset = isize::from(self.offset);
        let taps @ [first, second] = self.taps;
        match [first != C::ZERO, second != C::ZERO] {
            [true, true] => rows::change_by_two(target, source, offset + 1, boundary, taps, two),
            [true, false] => rows::change_by_one(target, source, offset, boundary, first, one),
            [false, true] => rows::change_by_one(target, source, offset + 1, boundary, second, one),
            [false, false] => {}
        }
    }

    /// The adjoint (transpose) of [`Step::apply`]: pulls a gradient with respect to the changed `target` back onto
    /// the `source`; the gradient of the target stays as it is.
    #[inline]
    pub fn pull_back<T: Scalar<Tap = C>, const N: usize>(
        self,
        target: &[[T; N]],
        source: &mut [[T; N]],
        boundary: Boundary,
    ) {
        // source[k] += tap·target[k − i] for what was target[k] += tap·source[k + i].
        let [second, first] = self.taps;
        Self::new(-1 - self.offset, [first, second]).apply(source, target, boundary);
    }

    /// The derivatives of a loss with respect to the two taps, `[Σ target[k]·source[k + offset],
    /// Σ target[k]·source[k + offset + 1]]` lane by lane, where `target` is the loss's gradient with respect to the changed
    /// half.
    #[inline]
    #[must_use]
    pub fn tap_gradient<T, const N: usize>(
        self,
        target: &[[T; N]],
        source: &[[T; N]],
        boundary: Boundary,
    ) -> [[T; N]; 2]
    where
        T: Scalar<Tap = C> + Add<Output = T> + Mul<Output = T>,
    {
        rows::correlate(target, source, self.offset.into(), boundary)
    }
}

impl<C: Tap> Scheme<'_, C> {
    /// Analysis of one level in place: the halves become approximation and detail, neither of them scaled. Rows are as for
    /// [`Step::apply`].
    pub fn forward<T: Scalar<Tap = C>, const N: usize>(
        self,
        approximation: &mut [[T; N]],
        detail: &mut [[T; N]],
        boundary: Boundary,
    ) {
        // Of one length, for all that follows, and in turns.
        let n = approximation.len().min(detail.len());
        let (Some(mut target), Some(mut source)) = (detail.get_mut(..n), approximation.get_mut(..n)) else { return };
        if self.steps_with_targets().next().is_some_and(|(_, changes_detail)| !changes_detail) {
            swap(&mut target, &mut source);
        }
        for (step, _) in self.steps_with_targets() {
            step.apply(target, source, boundary);
            swap(&mut target, &mut source);
        }
    }

    /// Undoes [`Scheme::forward`], whatever the taps.
    pub fn inverse<T: Scalar<Tap = C>, const N: usize>(
        self,
        approximation: &mut [[T; N]],
        detail: &mut [[T; N]],
        boundary: Boundary,
    ) {
        for (step, changes_detail) in self.steps_with_targets().rev() {
            let (target, source) =
                if changes_detail { (&mut *detail, &*approximation) } else { (&mut *approximation, &*detail) };
            step.undo(target, source, boundary);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heapless::Vec;

    const TAPS: [[f64; 2]; 3] = [[0.5, -2.0], [0.5, 0.0], [0.0, -2.0]];

    #[test]
    fn interior_and_edges_follow_the_definition() {
        for boundary in [Boundary::Periodization, Boundary::Zero] {
            for n in 1..9_usize {
                for offset in -9..9_i8 {
                    // Two windows side by side, with zeros of either sign.
                    let source: Vec<[f64; 2], 9> = (0..n).map(|i| [(i * i) as f64 - 3.0, -((i % 3) as f64)]).collect();
                    let mut target: Vec<[f64; 2], 9> = (0..n).map(|i| [i as f64, 1.0 - i as f64]).collect();
                    let before = target.clone();
                    let taps = TAPS[(n + offset.unsigned_abs() as usize) % 3];
                    Step::new(offset, taps).apply(&mut target, &source, boundary);
                    for (k, lane) in (0..n).flat_map(|k| [(k, 0), (k, 1)]) {
                        let get = |i: i64| match boundary {
                            Boundary::Periodization => source[i.rem_euclid(n as i64) as usize][lane],
                            Boundary::Zero | Boundary::Symmetric => {
                                usize::try_from(i).ok().and_then(|i| source.get(i)).map_or(0.0, |row| row[lane])
                            }
                        };
                        let i = k as i64 + i64::from(offset);
                        let expected = before[k][lane] + taps[0] * get(i) + taps[1] * get(i + 1);
                        assert_eq!(target[k][lane], expected, "{boundary:?} {n} {offset} {k}");
                    }
                }
            }
        }
    }

    #[test]
    fn pull_back_and_tap_gradient_are_the_derivatives_of_apply() {
        let values = |seed: usize| core::array::from_fn::<f64, 9, _>(|i| ((i * i * seed + 3 * i) % 11) as f64 - 5.0);
        let (source, change, gradient) = (values(2), values(3), values(5));
        let [source, change, gradient] =
            [source, change, gradient].map(|values| values.map(|value| [value, -2.0 * value]));
        let dot = |a: &[[f64; 2]], b: &[[f64; 2]]| {
            [0, 1].map(|lane| a.iter().zip(b).map(|(a, b)| a[lane] * b[lane]).sum::<f64>())
        };
        for boundary in [Boundary::Periodization, Boundary::Zero] {
            for n in 1..=9 {
                for offset in -10..=10 {
                    // A step is bilinear, so differences are exact.
                    let moved = |taps, source: &[[f64; 2]]| {
                        let mut target = [[0.0; 2]; 9];
                        Step::new(offset, taps).apply(&mut target[..n], source, boundary);
                        dot(&target[..n], &gradient)
                    };
                    let mut pulled = [[0.0; 2]; 9];
                    let step = Step::new(offset, [0.5, -2.0]);
                    step.pull_back(&gradient[..n], &mut pulled[..n], boundary);
                    assert_eq!(dot(&pulled[..n], &change), moved(step.taps, &change[..n]), "{boundary:?} {n} {offset}");
                    let [first, second] = step.tap_gradient(&gradient[..n], &source[..n], boundary);
                    assert_eq!(first, moved([1.0, 0.0], &source[..n]), "{boundary:?} {n} {offset}");
                    assert_eq!(second, moved([0.0, 1.0], &source[..n]), "{boundary:?} {n} {offset}");
                }
            }
        }
    }
}
