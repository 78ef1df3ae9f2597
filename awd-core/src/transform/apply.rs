//! Applies lifting steps: a single one, and all steps of a level.

use super::rows::{FEW, Rows, WIDE};
use crate::{Boundary, Scalar, Scheme, Step, Tap};
use core::mem::swap;

impl<C: Tap> Step<C> {
    /// Adds two taps of `source` to `target`; both have the same length. A row holds one sample of each of N windows
    /// side by side; a single window has rows of one sample. Beyond its ends the source is periodic for periodization
    /// and zero for any other boundary; a target without any source inside does not change.
    #[inline]
    pub fn apply<T: Scalar<Tap = C>, const N: usize>(
        self,
        target: &mut [[T; N]],
        source: &[[T; N]],
        boundary: Boundary,
    ) {
        let (target, source) = (target.as_flattened_mut(), source.as_flattened());
        self.pass(target, source, Rows::<WIDE> { lanes: N }, boundary, T::lift, T::lift_by_one);
    }

    /// Undoes [`Step::apply`].
    #[inline]
    pub fn undo<T: Scalar<Tap = C>, const N: usize>(
        self,
        target: &mut [[T; N]],
        source: &[[T; N]],
        boundary: Boundary,
    ) {
        let (target, source) = (target.as_flattened_mut(), source.as_flattened());
        self.pass(target, source, Rows::<WIDE> { lanes: N }, boundary, T::lower, T::lower_by_one);
    }

    /// Applies the taps that are not zero to every target.
    #[inline(always)]
    fn pass<T: Scalar<Tap = C>, const KIND: usize>(
        self,
        target: &mut [T],
        source: &[T],
        rows: Rows<KIND>,
        boundary: Boundary,
        two: impl Fn(T, [C; 2], [T; 2]) -> T + Copy,
        one: impl Fn(T, C, T) -> T + Copy,
    ) {
        let (offset, taps @ [first, second]) = (isize::from(self.offset), self.taps);
        let (offset, tap) = if first != C::ZERO {
            if second != C::ZERO {
                return rows.change_by_two(target, source, offset + 1, boundary, taps, two);
            }
            (offset, first)
        } else if second != C::ZERO {
            (offset + 1, second)
        } else {
            return;
        };
        rows.change_by_one(target, source, offset, boundary, tap, one);
    }
}

impl<C: Tap> Scheme<'_, C> {
    /// Analysis of one level in place: the halves become approximation and detail, both unscaled. Rows are as for
    /// [`Step::apply`].
    #[inline]
    pub fn forward<T: Scalar<Tap = C>, const N: usize>(
        self,
        approximation: &mut [[T; N]],
        detail: &mut [[T; N]],
        boundary: Boundary,
    ) {
        self.forward_phases(approximation, detail, boundary, 1);
    }

    /// The same for halves of `phases` phases, 1 or 2: of each window, a row of the first phase is followed by a row of
    /// the second.
    #[inline(always)]
    pub(crate) fn forward_phases<T: Scalar<Tap = C>, const N: usize>(
        self,
        approximation: &mut [[T; N]],
        detail: &mut [[T; N]],
        boundary: Boundary,
        phases: usize,
    ) {
        let (approximation, detail) = (approximation.as_flattened_mut(), detail.as_flattened_mut());
        let lanes = N * phases;
        match lanes {
            // Separate code for each is faster, shared code is smaller.
            1 | 2 if cfg!(feature = "small") => self.forward_few::<T, FEW>(approximation, detail, lanes, boundary),
            1 => self.forward_few::<T, 1>(approximation, detail, 1, boundary),
            2 => self.forward_few::<T, 2>(approximation, detail, 2, boundary),
            _ => self.forward_all(approximation, detail, Rows::<WIDE> { lanes }, boundary),
        }
    }

    #[inline(never)]
    fn forward_few<T: Scalar<Tap = C>, const KIND: usize>(
        self,
        approximation: &mut [T],
        detail: &mut [T],
        lanes: usize,
        boundary: Boundary,
    ) {
        let lanes = if KIND == FEW { lanes } else { KIND };
        self.forward_all(approximation, detail, Rows::<KIND> { lanes }, boundary);
    }

    #[inline(always)]
    fn forward_all<T: Scalar<Tap = C>, const KIND: usize>(
        self,
        approximation: &mut [T],
        detail: &mut [T],
        rows: Rows<KIND>,
        boundary: Boundary,
    ) {
        // Both slices get the same length. They alternate as target and source.
        let n = approximation.len().min(detail.len());
        let (Some(mut target), Some(mut source)) = (detail.get_mut(..n), approximation.get_mut(..n)) else { return };
        if self.steps_with_targets().next().is_some_and(|(_, changes_detail)| !changes_detail) {
            swap(&mut target, &mut source);
        }
        for (step, _) in self.steps_with_targets() {
            step.pass(target, source, rows, boundary, T::lift, T::lift_by_one);
            swap(&mut target, &mut source);
        }
    }

    /// Undoes [`Scheme::forward`], for any taps.
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
                    // Two windows side by side, with positive and negative zeros.
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
}
