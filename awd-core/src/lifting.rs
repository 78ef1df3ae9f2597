//! One level of the transform as a ladder of lifting steps.
//!
//! A signal is split into every other sample and the rest. One half becomes the approximation, the other the detail; steps
//! alternate between them, each adding to one half two taps of the other (Daubechies & Sweldens 1998, "Factoring
//! wavelet transforms into lifting steps"). The last step always changes the detail.
//!
//! Neither half is scaled: scales are constants of a band, and the readout absorbs them.

use crate::{Boundary, Invalid, Scalar};
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
pub struct Step<T> {
    /// Distance from the target's index to the source's, in samples of a half.
    pub offset: i8,
    /// The two coefficients.
    pub taps: [T; 2],
}

impl<T: Scalar> Step<T> {
    /// A step of two adjacent taps.
    ///
    /// ```
    /// use awd_core::{Boundary, Step};
    ///
    /// let mut odd = [10.0, 20.0];
    /// Step::new(0, [-0.5, -0.5]).apply(&mut odd, &[2.0, 4.0], Boundary::Periodization);
    /// assert_eq!(odd, [7.0, 17.0]);
    /// ```
    #[must_use]
    pub const fn new(offset: i8, taps: [T; 2]) -> Self {
        Self { offset, taps }
    }

    /// The step that undoes this one.
    #[must_use]
    pub fn inverse(self) -> Self {
        Self { offset: self.offset, taps: [-self.taps[0], -self.taps[1]] }
    }

    /// Changes `target` by two taps of `source`; both have the same length.
    pub fn apply(self, target: &mut [T], source: &[T], boundary: Boundary) {
        let [first, second] = self.taps;
        let offset = isize::from(self.offset);
        // Where both taps fall inside, the boundary need not be asked.
        let inside = inside(source.len(), offset);
        let reach = source.get(shifted(inside.start, offset)..).unwrap_or(&[]);
        if let Some(middle) = target.get_mut(inside.clone()) {
            for (t, s) in middle.iter_mut().zip(reach.windows(2)) {
                *t = *t + first * s[0] + second * s[1];
            }
        }
        for k in (0..inside.start).chain(inside.end..source.len()) {
            let s = [boundary.at(source, at(k, offset)), boundary.at(source, at(k, offset + 1))];
            if let Some(t) = target.get_mut(k) {
                *t = *t + first * s[0] + second * s[1];
            }
        }
    }

    /// The adjoint (transpose) of [`Step::apply`]: pulls a gradient with respect to the changed `target` back onto
    /// the `source`; the gradient of the target stays as it is.
    pub fn pull_back(self, target: &[T], source: &mut [T], boundary: Boundary) {
        let [first, second] = self.taps;
        let offset = isize::from(self.offset);
        let n = source.len();
        let inside = inside(n, offset);
        let reach = source.get_mut(shifted(inside.start, offset)..).unwrap_or_default();
        let middle = target.get(inside.clone()).unwrap_or_default();
        for (s, t) in reach.iter_mut().zip(middle) {
            *s = *s + first * *t;
        }
        for (s, t) in reach.iter_mut().skip(1).zip(middle) {
            *s = *s + second * *t;
        }
        for (k, &t) in target.iter().enumerate().filter(|(k, _)| !inside.contains(k)) {
            for (tap, shift) in [(first, offset), (second, offset + 1)] {
                if let Some(s) = boundary.index(at(k, shift), n).and_then(|index| source.get_mut(index)) {
                    *s = *s + tap * t;
                }
            }
        }
    }

    /// The derivatives of a loss with respect to the two taps, `[Σ target[k]·source[k + offset],
    /// Σ target[k]·source[k + offset + 1]]`, where `target` is the loss's gradient with respect to the changed half.
    #[must_use]
    pub fn tap_gradient(self, target: &[T], source: &[T], boundary: Boundary) -> [T; 2] {
        let offset = isize::from(self.offset);
        let inside = inside(source.len(), offset);
        let reach = source.get(shifted(inside.start, offset)..).unwrap_or_default();
        let [mut first, mut second] = [T::ZERO; 2];
        for (t, s) in target.get(inside.clone()).unwrap_or_default().iter().zip(reach.windows(2)) {
            (first, second) = (first + *t * s[0], second + *t * s[1]);
        }
        for (k, &t) in target.iter().enumerate().filter(|(k, _)| !inside.contains(k)) {
            first = first + t * boundary.at(source, at(k, offset));
            second = second + t * boundary.at(source, at(k, offset + 1));
        }
        [first, second]
    }
}

/// Targets for which `k + offset` and `k + offset + 1` are both indices of a half of `n` samples.
fn inside(n: usize, offset: isize) -> core::ops::Range<usize> {
    let start = (-offset).max(0).unsigned_abs().min(n);
    let end = at(n, -(offset + 1)).max(0).unsigned_abs().clamp(start, n);
    start..end
}

/// `index + shift` of an index that is known not to become negative.
fn shifted(index: usize, shift: isize) -> usize {
    at(index, shift).max(0).unsigned_abs()
}

/// `index + shift`; a slice's length fits an `isize`.
#[expect(clippy::cast_possible_wrap, reason = "no slice is longer than isize::MAX")]
fn at(index: usize, shift: isize) -> isize {
    index as isize + shift
}

/// A ladder: steps that change the detail and the approximation in turn, the last one the detail.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Lifting<T> {
    filter_len: u8,
    origin: [i8; 2],
    steps: Vec<Step<T>, MAX_STEPS>,
}

const STEPS: Invalid = Invalid { field: "lifting.steps", bound: "2..=21" };

impl<T: Scalar> Lifting<T> {
    /// A ladder of these steps, first to last, that stands for filters of `filter_len` taps. Its approximation starts
    /// as the samples 2k + `origin[0]`, its detail as the samples 2k + `origin[1]`; one is even, the other odd.
    ///
    /// # Errors
    /// Less than 2 steps or more than [`MAX_STEPS`]; an odd number of taps, none, or more than [`MAX_FILTER`]; origins
    /// of the same parity, or farther than [`MAX_FILTER`].
    pub fn new(filter_len: u8, origin: [i8; 2], steps: &[Step<T>]) -> Result<Self, Invalid> {
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
    pub fn steps(&self) -> &[Step<T>] {
        &self.steps
    }

    /// Taps of the filters that this ladder is a factorisation of.
    #[must_use]
    pub fn filter_len(&self) -> usize {
        usize::from(self.filter_len)
    }

    /// Taps that are not zero: the numbers that the ladder needs.
    #[must_use]
    pub fn parameters(&self) -> usize {
        self.steps.iter().flat_map(|step| step.taps).filter(|&tap| tap != T::ZERO).count()
    }

    /// The samples that approximation and detail start at.
    #[must_use]
    pub const fn origin(&self) -> [i8; 2] {
        self.origin
    }

    /// The steps and whether each changes the detail, first to last.
    pub fn ladder(&self) -> impl DoubleEndedIterator<Item = (Step<T>, bool)> {
        let last = self.steps.len() % 2;
        self.steps.iter().enumerate().map(move |(i, &step)| (step, i % 2 != last))
    }

    /// Analysis of one level in place: the halves become approximation and detail, neither of them scaled.
    pub fn forward(&self, approximation: &mut [T], detail: &mut [T], boundary: Boundary) {
        for (step, changes_detail) in self.ladder() {
            let (target, source) =
                if changes_detail { (&mut *detail, &*approximation) } else { (&mut *approximation, &*detail) };
            step.apply(target, source, boundary);
        }
    }

    /// Undoes [`Lifting::forward`], exactly up to rounding, whatever the taps.
    pub fn inverse(&self, approximation: &mut [T], detail: &mut [T], boundary: Boundary) {
        for (step, changes_detail) in self.ladder().rev() {
            let (target, source) =
                if changes_detail { (&mut *detail, &*approximation) } else { (&mut *approximation, &*detail) };
            step.inverse().apply(target, source, boundary);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
                    let source: Vec<f64, 9> = (0..n).map(|i| (i * i) as f64 - 3.0).collect();
                    let mut target: Vec<f64, 9> = (0..n).map(|i| i as f64).collect();
                    Step::new(offset, [0.5, -2.0]).apply(&mut target, &source, boundary);
                    for k in 0..n {
                        let get = |i: i64| match boundary {
                            Boundary::Periodization => source[i.rem_euclid(n as i64) as usize],
                            Boundary::Zero => {
                                usize::try_from(i).ok().and_then(|i| source.get(i)).copied().unwrap_or(0.0)
                            }
                        };
                        let i = k as i64 + i64::from(offset);
                        assert_eq!(
                            target[k],
                            k as f64 + 0.5 * get(i) - 2.0 * get(i + 1),
                            "{boundary:?} {n} {offset} {k}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn pull_back_and_tap_gradient_are_the_derivatives_of_apply() {
        let values = |seed: usize| core::array::from_fn::<f64, 9, _>(|i| ((i * i * seed + 3 * i) % 11) as f64 - 5.0);
        let (source, change, gradient) = (values(2), values(3), values(5));
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        for boundary in [Boundary::Periodization, Boundary::Zero] {
            for n in 1..=9 {
                for offset in -10..=10 {
                    // A step is bilinear, so differences are exact.
                    let moved = |taps, source: &[f64]| {
                        let mut target = [0.0; 9];
                        Step::new(offset, taps).apply(&mut target[..n], source, boundary);
                        dot(&target[..n], &gradient)
                    };
                    let mut pulled = [0.0; 9];
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
