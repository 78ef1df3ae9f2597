//! One level of the transform as a scheme of lifting steps.
//!
//! A signal is split into its even and its odd samples. One half becomes the approximation, the other the detail. The
//! steps change detail and approximation in turn; each step adds two taps of one half to the other (Daubechies &
//! Sweldens 1998, "Factoring wavelet transforms into lifting steps"). The last step always changes the detail; a scheme
//! that would end otherwise has a final step whose taps are zero.
//!
//! The halves are not scaled: a scale is a constant of a band, and the weights of the readout absorb it.
//!
//! A [`Lifting`] owns its steps; a [`Scheme`] borrows them.

use super::stored::{StoredStep, step_of};
use crate::{Invalid, Step, Tap};
use heapless::Vec;

/// Taps of the longest filter that a scheme may factor.
pub const MAX_FILTER: u8 = 40;

/// Steps of the longest scheme: one more than half the taps.
pub const MAX_STEPS: usize = MAX_FILTER as usize / 2 + 1;

/// The properties of a scheme that its steps do not determine.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Frame {
    pub filter_len: u8,
    pub origin: [i8; 2],
}

/// A lifting scheme: steps that change detail and approximation in turn, the last one the detail.
#[derive(Debug, Clone, PartialEq)]
pub struct Lifting<C> {
    frame: Frame,
    pub(crate) steps: Vec<Step<C>, MAX_STEPS>,
}

/// A borrowed scheme: that of a [`Lifting`], or of a level of a transform.
#[derive(Debug, Clone, Copy)]
pub struct Scheme<'a, C> {
    pub(crate) frame: Frame,
    pub(crate) source: Source<'a, C>,
}

/// Where the steps of a scheme are stored.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Source<'a, C> {
    /// In memory.
    Decoded(&'a [Step<C>]),
    /// In a model's file; each step is decoded when it is applied.
    Stored(&'a [StoredStep]),
}

impl<C: Tap> PartialEq for Scheme<'_, C> {
    fn eq(&self, other: &Self) -> bool {
        self.frame == other.frame && self.steps().eq(other.steps())
    }
}

/// Whether `filter_len` is a valid filter length.
pub(crate) fn valid_filter(filter_len: u8) -> bool {
    (2..=MAX_FILTER).contains(&filter_len) && filter_len.is_multiple_of(2)
}

/// Whether `origin` is valid: the first samples of approximation and detail.
pub(crate) fn valid_origin(origin: [i8; 2]) -> bool {
    let [approximation, detail] = origin;
    origin.iter().all(|origin| origin.unsigned_abs() <= MAX_FILTER) && (approximation ^ detail) & 1 == 1
}

impl<C: Tap> Lifting<C> {
    /// A scheme of these steps, first to last, that factors filters of `filter_len` taps. Its approximation is
    /// initialised with the samples 2k + `origin[0]`, its detail with the samples 2k + `origin[1]`; one origin is even,
    /// the other odd.
    ///
    /// # Errors
    /// There are fewer than 2 steps or more than [`MAX_STEPS`]; `filter_len` is odd, 0 or more than [`MAX_FILTER`]; the
    /// origins have the same parity, or the modulus of one exceeds [`MAX_FILTER`].
    pub fn new(filter_len: u8, origin: [i8; 2], steps: &[Step<C>]) -> Result<Self, Invalid> {
        let steps = Vec::from_slice(steps).map_err(|_| Invalid::Steps)?;
        Invalid::Steps.unless((2..=MAX_STEPS).contains(&steps.len()))?;
        Invalid::FilterLen.unless(valid_filter(filter_len))?;
        Invalid::Origin.unless(valid_origin(origin))?;
        Ok(Self { frame: Frame { filter_len, origin }, steps })
    }

    /// Borrows the scheme, to inspect or apply it.
    #[must_use]
    pub fn scheme(&self) -> Scheme<'_, C> {
        Scheme { frame: self.frame, source: Source::Decoded(&self.steps) }
    }

    /// The same as [`Scheme::rounded`].
    #[must_use]
    pub fn rounded<D: Tap>(&self) -> Lifting<D>
    where
        C: Into<f64>,
    {
        self.scheme().rounded()
    }
}

impl<'a, C: Tap> Scheme<'a, C> {
    /// The steps, first to last.
    #[must_use]
    pub fn steps(self) -> impl ExactSizeIterator<Item = Step<C>> + DoubleEndedIterator + Clone + use<'a, C> {
        (0..self.len()).map(move |i| self.step(i))
    }

    /// The number of steps.
    #[inline(always)]
    pub(crate) const fn len(self) -> usize {
        match self.source {
            Source::Decoded(steps) => steps.len(),
            Source::Stored(steps) => steps.len(),
        }
    }

    /// The step at `index`; beyond the last one, a step of zero taps.
    #[inline(always)]
    fn step(self, index: usize) -> Step<C> {
        let step = match self.source {
            Source::Decoded(steps) => steps.get(index).copied(),
            Source::Stored(steps) => steps.get(index).map(|step| {
                let Step { offset, taps } = step_of(*step);
                Step::new(offset, taps.map(C::from_f32))
            }),
        };
        step.unwrap_or(Step::new(0, [C::ZERO; 2]))
    }

    /// Taps of the filters that this scheme factors.
    #[must_use]
    pub const fn filter_len(self) -> usize {
        self.frame.filter_len as usize
    }

    /// The first samples of approximation and detail, see [`Lifting::new`].
    #[must_use]
    pub const fn origin(self) -> [i8; 2] {
        self.frame.origin
    }

    /// The number of parameters: the sum of [`Step::parameters`] over the steps.
    #[must_use]
    pub fn parameters(self) -> usize {
        self.steps().map(Step::parameters).sum()
    }

    /// The same scheme with its taps converted to another type, rounded if that is narrower.
    #[must_use]
    pub fn rounded<D: Tap>(self) -> Lifting<D>
    where
        C: Into<f64>,
    {
        let mut steps = Vec::new();
        for step in self.steps() {
            // The capacity suffices. `collect` would compile in an unreachable panic.
            let _ = steps.push(step.rounded());
        }
        Lifting { frame: self.frame, steps }
    }

    /// The steps, first to last, each with whether it changes the detail.
    pub fn steps_with_targets(self) -> impl DoubleEndedIterator<Item = (Step<C>, bool)> + use<'a, C> {
        let last = self.len() % 2;
        (0..self.len()).map(move |i| (self.step(i), i % 2 != last))
    }

    /// The number of samples beyond either end of a half that its coefficients depend on.
    #[inline(never)]
    pub(crate) fn reach(self) -> usize {
        // For each half, the required samples before its start and after its end.
        let [mut approximation, mut detail] = [[0_isize; 2]; 2];
        for (step, changes_detail) in self.steps_with_targets().rev() {
            let (target, source) =
                if changes_detail { (detail, &mut approximation) } else { (approximation, &mut detail) };
            for (offset, tap) in (isize::from(step.offset)..).zip(step.taps) {
                if tap != C::ZERO {
                    *source = [source[0].max(target[0] - offset), source[1].max(target[1] + offset)];
                }
            }
        }
        [approximation, detail].as_flattened().iter().fold(0, |reach, &far| reach.max(far.unsigned_abs()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_step_changes_the_detail() {
        let changes = |steps| {
            let lifting = Lifting::new(4, [0, 1], &[Step::new(0, [0.5, 0.5]); 4][..steps]).unwrap();
            lifting.scheme().steps_with_targets().map(|(_, detail)| detail).collect::<Vec<bool, 4>>()
        };
        assert_eq!(changes(3), [true, false, true]);
        assert_eq!(changes(4), [false, true, false, true]);
    }

    #[test]
    fn errors_name_the_violated_bound() {
        let new = |filter_len, origin, steps| {
            Lifting::new(filter_len, origin, &[Step::new(0, [0.0_f64; 2]); MAX_STEPS + 1][..steps])
        };
        assert_eq!(new(40, [-3, 40], MAX_STEPS).unwrap().scheme().filter_len(), 40);
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
            assert_eq!(new(filter_len, origin, steps).unwrap_err().field(), field);
        }
    }
}
