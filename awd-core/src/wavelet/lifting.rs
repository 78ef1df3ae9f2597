//! One level of the transform as a scheme of lifting steps.
//!
//! A signal is split into every other sample and the rest. One half becomes the approximation, the other the detail; steps
//! alternate between them, each adding to one half two taps of the other (Daubechies & Sweldens 1998, "Factoring
//! wavelet transforms into lifting steps"). The last step always changes the detail; a scheme that ends otherwise has a
//! last step of two zeros.
//!
//! Neither half is scaled: scales are constants of a band, and the readout absorbs them.
//!
//! A [`Lifting`] owns its steps; a [`Scheme`] is a view of one.

use super::stored::{StoredStep, step_of};
use crate::{Invalid, Step, Tap};
use heapless::Vec;

/// Taps of the longest filter that a scheme may stand for.
pub const MAX_FILTER: u8 = 40;

/// Steps of the longest scheme: one more than half the taps.
pub const MAX_STEPS: usize = MAX_FILTER as usize / 2 + 1;

/// What the steps of a scheme do not say.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Frame {
    pub filter_len: u8,
    pub origin: [i8; 2],
}

/// A scheme: steps that change the detail and the approximation in turn, the last one the detail.
#[derive(Debug, Clone, PartialEq)]
pub struct Lifting<C> {
    frame: Frame,
    pub(crate) steps: Vec<Step<C>, MAX_STEPS>,
}

/// A view of a scheme, of a [`Lifting`] or of a level of a transform.
#[derive(Debug, Clone, Copy)]
pub struct Scheme<'a, C> {
    pub(crate) frame: Frame,
    pub(crate) source: Source<'a, C>,
}

/// Where the steps of a scheme are.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Source<'a, C> {
    /// In memory.
    Decoded(&'a [Step<C>]),
    /// In a model's file, where each is decoded when it is applied.
    Stored(&'a [StoredStep]),
}

impl<C: Tap> PartialEq for Scheme<'_, C> {
    fn eq(&self, other: &Self) -> bool {
        self.frame == other.frame && self.steps().eq(other.steps())
    }
}

/// Is this the length of a filter?
pub(crate) fn valid_filter(filter_len: u8) -> bool {
    (2..=MAX_FILTER).contains(&filter_len) && filter_len.is_multiple_of(2)
}

/// Are these the samples that approximation and detail start at?
pub(crate) fn valid_origin(origin: [i8; 2]) -> bool {
    let [approximation, detail] = origin;
    origin.iter().all(|origin| origin.unsigned_abs() <= MAX_FILTER) && (approximation ^ detail) & 1 == 1
}

impl<C: Tap> Lifting<C> {
    /// A scheme of these steps, first to last, that stands for filters of `filter_len` taps. Its approximation starts
    /// as the samples 2k + `origin[0]`, its detail as the samples 2k + `origin[1]`; one is even, the other odd.
    ///
    /// # Errors
    /// Less than 2 steps or more than [`MAX_STEPS`]; an odd number of taps, none, or more than [`MAX_FILTER`]; origins
    /// of the same parity, or farther than [`MAX_FILTER`].
    pub fn new(filter_len: u8, origin: [i8; 2], steps: &[Step<C>]) -> Result<Self, Invalid> {
        let steps = Vec::from_slice(steps).map_err(|_| Invalid::Steps)?;
        Invalid::Steps.unless((2..=MAX_STEPS).contains(&steps.len()))?;
        Invalid::FilterLen.unless(valid_filter(filter_len))?;
        Invalid::Origin.unless(valid_origin(origin))?;
        Ok(Self { frame: Frame { filter_len, origin }, steps })
    }

    /// The lifting scheme, to look at and to apply.
    #[must_use]
    pub fn scheme(&self) -> Scheme<'_, C> {
        Scheme { frame: self.frame, source: Source::Decoded(&self.steps) }
    }

    /// [`Scheme::rounded`].
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

    /// How many steps there are.
    #[inline(always)]
    pub(crate) const fn len(self) -> usize {
        match self.source {
            Source::Decoded(steps) => steps.len(),
            Source::Stored(steps) => steps.len(),
        }
    }

    /// A step; beyond the last one, none that is applied.
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

    /// Taps of the filters that this scheme is a factorisation of.
    #[must_use]
    pub const fn filter_len(self) -> usize {
        self.frame.filter_len as usize
    }

    /// The samples that approximation and detail start at.
    #[must_use]
    pub const fn origin(self) -> [i8; 2] {
        self.frame.origin
    }

    /// The numbers that the scheme needs, step by step ([`Step::parameters`]).
    #[must_use]
    pub fn parameters(self) -> usize {
        self.steps().map(Step::parameters).sum()
    }

    /// The same scheme with its taps as another scalar's, rounded where that is narrower.
    #[must_use]
    pub fn rounded<D: Tap>(self) -> Lifting<D>
    where
        C: Into<f64>,
    {
        let mut steps = Vec::new();
        for step in self.steps() {
            // There is room. `collect` would leave a panic that nothing can reach.
            let _ = steps.push(step.rounded());
        }
        Lifting { frame: self.frame, steps }
    }

    /// The steps and whether each changes the detail, first to last.
    pub fn steps_with_targets(self) -> impl DoubleEndedIterator<Item = (Step<C>, bool)> + use<'a, C> {
        let last = self.len() % 2;
        (0..self.len()).map(move |i| (self.step(i), i % 2 != last))
    }

    /// Samples beyond either end of the halves that coefficients inside depend on.
    #[inline(never)]
    pub(crate) fn reach(self) -> usize {
        // Of each half, how far before the start and behind the end what is needed stands.
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
    fn every_bound_is_named() {
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
