//! One level of the transform as a ladder of lifting steps.
//!
//! A signal is split into every other sample and the rest. One half becomes the approximation, the other the detail; steps
//! alternate between them, each adding to one half two taps of the other (Daubechies & Sweldens 1998, "Factoring
//! wavelet transforms into lifting steps"). The last step always changes the detail; a ladder that ends otherwise has a
//! last step of two zeros. A tap that is zero is not applied.
//!
//! Neither half is scaled: scales are constants of a band, and the readout absorbs them.

use crate::{Boundary, Invalid, Scalar, Tap, rows};
use core::ops::{Add, Mul};
use heapless::Vec;
use serde::{Deserialize, Serialize};

/// Taps of the longest filter that a ladder may stand for.
pub const MAX_FILTER: u8 = 40;

/// Steps of the longest ladder: one more than half the taps.
pub const MAX_STEPS: usize = MAX_FILTER as usize / 2 + 1;

/// Greatest modulus of a step's taps in a valid ladder; below it a tap fits 16-bit fixed point (Q1.14).
pub const MAX_TAP: f64 = 2.0;

/// `target[k] += taps[0]·source[k + offset] + taps[1]·source[k + offset + 1]`, for every `k`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Step<C> {
    /// Distance from the target's index to the source's, in samples of a half.
    pub offset: i8,
    /// The two coefficients.
    pub taps: [C; 2],
}

impl<C: Tap> Step<C> {
    /// A step of two adjacent taps.
    ///
    /// ```
    /// use awd_core::{Boundary, Step};
    ///
    /// let mut odd = [[10.0], [20.0]];
    /// Step::new(0, [-0.5, -0.5]).apply(&mut odd, &[[2.0], [4.0]], Boundary::Periodization);
    /// assert_eq!(odd, [[7.0], [17.0]]);
    /// ```
    #[must_use]
    pub const fn new(offset: i8, taps: [C; 2]) -> Self {
        Self { offset, taps }
    }

    /// Changes `target` by two taps of `source`; both have the same length. A row holds a sample of each of N windows side
    /// by side, and a window alone is rows of one. Beyond its ends the source is a circle under periodization and zero
    /// under any other boundary.
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
    fn pass<T: Scalar, const N: usize>(
        self,
        target: &mut [[T; N]],
        source: &[[T; N]],
        boundary: Boundary,
        two: impl Fn(T, [C; 2], [T; 2]) -> T,
        one: impl Fn(T, C, T) -> T,
    ) {
        let offset = isize::from(self.offset);
        let [first, second] = self.taps;
        match [first != C::ZERO, second != C::ZERO] {
            [true, true] => rows::change(target, source, offset, boundary, |t, s| two(t, self.taps, s)),
            [true, false] => rows::change(target, source, offset, boundary, |t, [s, _]| one(t, first, s)),
            [false, true] => rows::change(target, source, offset + 1, boundary, |t, [s, _]| one(t, second, s)),
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

/// A ladder: steps that change the detail and the approximation in turn, the last one the detail.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Lifting<C> {
    filter_len: u8,
    origin: [i8; 2],
    steps: Vec<Step<C>, MAX_STEPS>,
}

const STEPS: Invalid = Invalid { field: "lifting.steps", bound: "2..=21" };

impl<C: Tap> Lifting<C> {
    /// A ladder of these steps, first to last, that stands for filters of `filter_len` taps. Its approximation starts
    /// as the samples 2k + `origin[0]`, its detail as the samples 2k + `origin[1]`; one is even, the other odd.
    ///
    /// # Errors
    /// Less than 2 steps or more than [`MAX_STEPS`]; an odd number of taps, none, or more than [`MAX_FILTER`]; origins
    /// of the same parity, or farther than [`MAX_FILTER`].
    pub fn new(filter_len: u8, origin: [i8; 2], steps: &[Step<C>]) -> Result<Self, Invalid> {
        let steps = Vec::from_slice(steps).map_err(|_| STEPS)?;
        let lifting = Self { filter_len, origin, steps };
        lifting.validate()?;
        Ok(lifting)
    }

    /// What `new` promises; asked again of a ladder that was deserialised.
    pub(crate) fn validate(&self) -> Result<(), Invalid> {
        Invalid::unless(self.steps.len() >= 2, STEPS.field, STEPS.bound)?;
        let taps = (2..=MAX_FILTER).contains(&self.filter_len) && self.filter_len.is_multiple_of(2);
        Invalid::unless(taps, "lifting.filter_len", "even, 2..=40")?;
        let [approximation, detail] = self.origin;
        let near = self.origin.iter().all(|origin| origin.unsigned_abs() <= MAX_FILTER);
        Invalid::unless(near && (approximation ^ detail) & 1 == 1, "lifting.origin", "one even, one odd, -40..=40")
    }

    /// The steps, first to last.
    #[must_use]
    pub fn steps(&self) -> &[Step<C>] {
        &self.steps
    }

    /// Taps of the filters that this ladder is a factorisation of.
    #[must_use]
    pub const fn filter_len(&self) -> usize {
        self.filter_len as usize
    }

    /// Taps that are not zero: the numbers that the ladder needs.
    #[must_use]
    pub fn parameters(&self) -> usize {
        self.steps.iter().flat_map(|step| step.taps).filter(|&tap| tap != C::ZERO).count()
    }

    /// The samples that approximation and detail start at.
    #[must_use]
    pub const fn origin(&self) -> [i8; 2] {
        self.origin
    }

    /// The steps and whether each changes the detail, first to last.
    pub fn ladder(&self) -> impl DoubleEndedIterator<Item = (Step<C>, bool)> {
        let last = self.steps.len() % 2;
        self.steps.iter().enumerate().map(move |(i, &step)| (step, i % 2 != last))
    }

    /// The same ladder with its taps as another scalar's, rounded where that is narrower.
    #[must_use]
    pub fn rounded<D: Tap>(&self) -> Lifting<D>
    where
        C: Into<f64>,
    {
        let mut steps = Vec::new();
        for step in &self.steps {
            // There is room. `collect` would leave a panic that nothing can reach.
            let _ = steps.push(Step::new(step.offset, step.taps.map(|tap| D::from_f64(tap.into()))));
        }
        Lifting { filter_len: self.filter_len, origin: self.origin, steps }
    }

    /// Analysis of one level in place: the halves become approximation and detail, neither of them scaled. Rows are as for
    /// [`Step::apply`].
    pub fn forward<T: Scalar<Tap = C>, const N: usize>(
        &self,
        approximation: &mut [[T; N]],
        detail: &mut [[T; N]],
        boundary: Boundary,
    ) {
        for (step, changes_detail) in self.ladder() {
            // One call, for one copy of what it does.
            let (target, source) =
                if changes_detail { (&mut *detail, &*approximation) } else { (&mut *approximation, &*detail) };
            step.apply(target, source, boundary);
        }
    }

    /// Undoes [`Lifting::forward`], whatever the taps.
    pub fn inverse<T: Scalar<Tap = C>, const N: usize>(
        &self,
        approximation: &mut [[T; N]],
        detail: &mut [[T; N]],
        boundary: Boundary,
    ) {
        for (step, changes_detail) in self.ladder().rev() {
            let (target, source) =
                if changes_detail { (&mut *detail, &*approximation) } else { (&mut *approximation, &*detail) };
            step.undo(target, source, boundary);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAPS: [[f64; 2]; 3] = [[0.5, -2.0], [0.5, 0.0], [0.0, -2.0]];

    #[test]
    fn the_last_step_changes_the_detail() {
        let changes = |steps| {
            let lifting = Lifting::new(4, [0, 1], &[Step::new(0, [0.5, 0.5]); 4][..steps]).unwrap();
            lifting.ladder().map(|(_, detail)| detail).collect::<Vec<bool, 4>>()
        };
        assert_eq!(changes(3), [true, false, true]);
        assert_eq!(changes(4), [false, true, false, true]);
    }

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

    #[test]
    fn every_bound_is_named() {
        let new = |filter_len, origin, steps| {
            Lifting::new(filter_len, origin, &[Step::new(0, [0.0_f64; 2]); MAX_STEPS + 1][..steps])
        };
        assert_eq!(new(40, [-3, 40], MAX_STEPS).unwrap().filter_len(), 40);
        for (filter_len, origin, steps, field) in [
            (2, [0, 1], 1, "lifting.steps"),
            (2, [0, 1], MAX_STEPS + 1, "lifting.steps"),
            (0, [0, 1], 2, "lifting.filter_len"),
            (5, [0, 1], 2, "lifting.filter_len"),
            (42, [0, 1], 2, "lifting.filter_len"),
            (2, [0, 2], 2, "lifting.origin"),
            (2, [-1, 3], 2, "lifting.origin"),
            (2, [0, 41], 2, "lifting.origin"),
        ] {
            assert_eq!(new(filter_len, origin, steps).unwrap_err().field, field);
        }
    }
}
