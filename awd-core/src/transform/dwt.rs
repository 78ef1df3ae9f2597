//! The discrete wavelet transform of several levels.
//!
//! Bands are numbered from the finest: 0 is the detail of level 1, `levels − 1` the coarsest detail, and `levels` the
//! approximation. They are unscaled (see [`crate::wavelet::lifting`]); alignment and lengths are those of PyWavelets'
//! `wavedec`.

use crate::transform::levels::{Levels, Shape};
use crate::wavelet::lifting::Scheme;
use crate::wavelet::schemes::Schemes;
use crate::{Boundary, Invalid, Lifting, Scalar, Tap};
use core::mem::swap;
use core::ops::Range;

/// The maximum number of levels.
pub const MAX_LEVELS: u8 = crate::wavelet::MAX_SCHEMES as u8;

/// A transform: its schemes, its boundary and its number of levels. It is only configuration; the state is in the
/// caller's buffers.
#[derive(Debug, Clone, PartialEq)]
pub struct Dwt<C> {
    schemes: Schemes<C>,
    boundary: Boundary,
    levels: u8,
    oversampled: bool,
}

impl<C: Tap> Dwt<C> {
    /// A transform of `levels` levels with the same scheme at each level.
    #[must_use]
    pub fn new(lifting: Lifting<C>, boundary: Boundary, levels: u8) -> Self {
        Self { schemes: Schemes::one(&lifting), boundary, levels, oversampled: false }
    }

    /// A transform of no levels.
    #[inline(always)]
    pub(crate) const fn blank() -> Self {
        Self { schemes: Schemes::none(), boundary: Boundary::Zero, levels: 0, oversampled: false }
    }

    /// The transform of a wavelet in a model's file.
    pub(crate) fn from_levels(levels: &impl Levels<C>) -> Self {
        let mut schemes = Schemes::none();
        (0..levels.schemes()).for_each(|level| schemes.extend(levels.scheme(level)));
        // There are at most 12 levels.
        let (boundary, depth) = (levels.boundary(), levels.levels() as u8);
        Self { schemes, boundary, levels: depth, oversampled: levels.is_oversampled() }
    }

    /// The same transform with details of both phases: those of the approximation above and those of the approximation
    /// shifted by one sample, interleaved. A detail band has twice the coefficients, and its features do not depend on
    /// whether an event begins at an even or an odd sample. The approximation keeps one phase.
    ///
    /// ```
    /// use awd_core::{Boundary, Dwt, named};
    ///
    /// let haar = Dwt::new(named::HAAR.lifting()?, Boundary::Periodization, 1).oversampled();
    /// let mut work = vec![0.0; haar.work_len(4)];
    /// let mut details = [0.0; 4];
    /// haar.analyze(&[0.0_f32, 0.0, 2.0, 2.0], &mut work, |band, c| if band == 0 { details.copy_from_slice(c) })?;
    /// // Half the difference of samples 0 and 1, 1 and 2, 2 and 3, and 3 and 0.
    /// assert_eq!(details, [0.0, 1.0, 0.0, -1.0]);
    /// # Ok::<(), awd_core::Invalid>(())
    /// ```
    #[must_use]
    pub fn oversampled(mut self) -> Self {
        self.oversampled = true;
        self
    }

    /// The same transform with details of one phase; it is invertible.
    #[must_use]
    pub fn critically_sampled(mut self) -> Self {
        self.oversampled = false;
        self
    }

    /// Whether the transform has details of both phases.
    #[must_use]
    pub const fn is_oversampled(&self) -> bool {
        self.oversampled
    }

    /// Refuses an oversampled transform.
    pub(crate) fn one_phase(&self) -> Result<(), Invalid> {
        Invalid::Phases.unless(!self.oversampled)
    }

    /// The same transform with one more scheme, for the levels after those that have their own. The first call sets the
    /// scheme of level 2 and all deeper levels, the next call that of level 3 and deeper, and so on.
    ///
    /// ```
    /// use awd_core::{Boundary, Dwt, named};
    ///
    /// let dwt = Dwt::<f32>::new(named::HAAR.lifting()?, Boundary::Zero, 3).and(&named::DB5.lifting()?)?;
    /// assert_eq!([0, 1, 2].map(|level| dwt.scheme(level).filter_len()), [2, 10, 10]);
    /// # Ok::<(), awd_core::Invalid>(())
    /// ```
    ///
    /// # Errors
    /// There would be more than [`MAX_SCHEMES`](crate::wavelet::schemes::MAX_SCHEMES) schemes, or more than
    /// [`MAX_ALL_STEPS`](crate::wavelet::schemes::MAX_ALL_STEPS) steps in all.
    pub fn and(mut self, lifting: &Lifting<C>) -> Result<Self, Invalid> {
        self.schemes.push(lifting)?;
        Ok(self)
    }

    /// The scheme of a level, the finest level 0.
    #[must_use]
    pub fn scheme(&self, level: usize) -> Scheme<'_, C> {
        self.schemes.scheme(level)
    }

    /// The schemes of the first levels; the last one serves all deeper levels.
    pub fn schemes(&self) -> impl ExactSizeIterator<Item = Scheme<'_, C>> + Clone {
        (0..self.schemes.len()).map(|level| self.scheme(level))
    }

    /// The number of parameters of all schemes: nonzero taps, with two equal taps of a step counted once.
    #[must_use]
    pub fn parameters(&self) -> usize {
        self.schemes().map(Scheme::parameters).sum()
    }

    /// The same transform with its taps converted to another type, rounded if that is narrower.
    #[must_use]
    pub fn rounded<D: Tap>(&self) -> Dwt<D>
    where
        C: Into<f64>,
    {
        let Self { boundary, levels, oversampled, .. } = *self;
        Dwt { schemes: self.schemes.rounded(), boundary, levels, oversampled }
    }

    /// The boundary extension.
    #[must_use]
    pub const fn boundary(&self) -> Boundary {
        self.boundary
    }

    /// Number of levels J; there are J + 1 bands.
    #[must_use]
    pub const fn levels(&self) -> u8 {
        self.levels
    }

    /// Number of bands, J + 1.
    #[must_use]
    pub const fn bands(&self) -> usize {
        self.levels as usize + 1
    }

    /// The lengths of the halves for a window of `n` samples, level 1 first.
    pub fn half_lens(&self, n: usize) -> impl Iterator<Item = usize> + use<'_, C> {
        (0..usize::from(self.levels)).scan(n, |n, level| {
            *n = self.boundary.half_len(*n, self.scheme(level).filter_len());
            Some(*n)
        })
    }

    /// The range of each band in the coefficients of a window of `n` samples, with the bands concatenated in order.
    pub fn band_ranges(&self, n: usize) -> impl Iterator<Item = Range<usize>> + use<'_, C> {
        let approximation = self.half_lens(n).last();
        let phases = if self.oversampled { 2 } else { 1 };
        self.half_lens(n).map(move |half| phases * half).chain(approximation).scan(0, |start, len| {
            let range = *start..*start + len;
            *start = range.end;
            Some(range)
        })
    }

    /// The number of coefficients of a window of `n` samples, all bands together.
    #[must_use]
    pub fn coefficients_len(&self, n: usize) -> usize {
        self.band_ranges(n).last().map_or(0, |range| range.end)
    }

    /// The number of samples by which the halves of a level (the finest is 0) are padded at either end while its scheme
    /// runs.
    #[must_use]
    pub fn padding(&self, level: usize) -> usize {
        self.boundary.padding(self.scheme(level))
    }

    /// The lengths of the padded halves for a window of `n` samples, level 1 first.
    pub(crate) fn padded_lens(&self, n: usize) -> impl Iterator<Item = usize> + use<'_, C> {
        self.shapes(n).map(Shape::padded)
    }

    /// Length of the work buffer for a window of `n` samples: both halves of a level, with all phases, and the
    /// approximation that they are computed from.
    #[must_use]
    pub fn work_len(&self, n: usize) -> usize {
        Levels::work_len(self, n)
    }

    /// Analysis: calls `visit(band, coefficients)` for each band as soon as it is computed, finest first. The next band
    /// overwrites it, so `work` is all the memory that the transform needs.
    ///
    /// # Errors
    /// `work` is shorter than [`Dwt::work_len`].
    pub fn analyze<T: Scalar<Tap = C>>(
        &self,
        x: &[T],
        work: &mut [T],
        mut visit: impl FnMut(usize, &[T]),
    ) -> Result<(), Invalid> {
        self.analyze_window(x, work, &mut visit)
    }

    /// Synthesis: computes the window `x` from its coefficients, ordered as in [`Dwt::band_ranges`]. The coefficients
    /// are overwritten; `work` must be as long as for the analysis.
    ///
    /// # Errors
    /// The transform is oversampled, the length of `coefficients` is not that for a window of `x.len()` samples, or
    /// `work` is too short.
    pub fn synthesize<T: Scalar<Tap = C>>(
        &self,
        coefficients: &mut [T],
        work: &mut [T],
        x: &mut [T],
    ) -> Result<(), Invalid> {
        const SHORT: Invalid = Invalid::WorkLen;
        const LENGTH: Invalid = Invalid::CoefficientsLen;
        self.one_phase()?;
        LENGTH.unless(coefficients.len() == self.coefficients_len(x.len()))?;
        let (coefficients, x) = (coefficients.as_chunks_mut::<1>().0, x.as_chunks_mut().0);
        let (mut known, mut free) = work
            .as_chunks_mut()
            .0
            .get_mut(..self.work_len(x.len()))
            .and_then(|work| work.split_at_mut_checked(work.len() / 2))
            .ok_or(SHORT)?;
        let approximation = self.band_ranges(x.len()).last().and_then(|range| coefficients.get(range)).ok_or(LENGTH)?;
        known.get_mut(..approximation.len()).ok_or(SHORT)?.copy_from_slice(approximation);
        for level in (0..usize::from(self.levels)).rev() {
            let range = self.band_ranges(x.len()).nth(level).ok_or(LENGTH)?;
            let detail = coefficients.get_mut(range).ok_or(LENGTH)?;
            let approximation = known.get_mut(..detail.len()).ok_or(SHORT)?;
            let scheme = self.scheme(level);
            scheme.inverse(approximation, detail, self.boundary);
            match level.checked_sub(1).and_then(|above| self.half_lens(x.len()).nth(above)) {
                Some(n) => {
                    self.boundary.merge([approximation, detail], free.get_mut(..n).ok_or(SHORT)?, scheme);
                    swap(&mut known, &mut free);
                }
                None => self.boundary.merge([approximation, detail], x, scheme),
            }
        }
        Ok(())
    }
}

impl<C: Tap> Levels<C> for Dwt<C> {
    fn boundary(&self) -> Boundary {
        self.boundary
    }

    fn levels(&self) -> usize {
        self.levels.into()
    }

    fn is_oversampled(&self) -> bool {
        self.oversampled
    }

    fn schemes(&self) -> usize {
        self.schemes.len()
    }

    fn scheme(&self, level: usize) -> Scheme<'_, C> {
        self.schemes.scheme(level)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use crate::Step;
    use proptest::prelude::*;
    use std::{vec, vec::Vec};

    /// Any scheme: with periodization it is invertible even if it belongs to no wavelet.
    fn schemes() -> impl Strategy<Value = Lifting<f64>> {
        let steps = prop::collection::vec((-6..6_i8, [-1.0..1.0, -1.0..1.0]), 2..8);
        (1..6_u8, -3..3_i8, -3..3_i8, steps).prop_map(|(half, first, second, steps)| {
            let steps: Vec<_> = steps.into_iter().map(|(offset, taps)| Step::new(offset, taps)).collect();
            Lifting::new(2 * half, [2 * first, 2 * second + 1], &steps).unwrap()
        })
    }

    proptest! {
        #[test]
        fn with_periodization_synthesis_undoes_analysis_for_any_scheme(
            lifting in schemes(), levels in 1..5_u8, x in prop::collection::vec(-9.0..9.0_f64, 2..80),
        ) {
            let dwt = Dwt::new(lifting, Boundary::Periodization, levels);
            let mut work = vec![0.0; dwt.work_len(x.len())];
            let mut coefficients: Vec<f64> = Vec::new();
            dwt.analyze(&x, &mut work, |_, band| coefficients.extend_from_slice(band)).unwrap();
            prop_assert_eq!(coefficients.len(), dwt.coefficients_len(x.len()));
            let mut back = vec![0.0; x.len()];
            dwt.synthesize(&mut coefficients, &mut work, &mut back).unwrap();
            let scale = coefficients.iter().fold(1.0_f64, |max, c| max.max(c.abs()));
            prop_assert!(x.iter().zip(&back).all(|(x, back)| (x - back).abs() < 1e-10 * scale), "{:?} {:?}", x, back);
        }
    }

    #[test]
    fn wrong_lengths_are_refused() {
        let haar = Lifting::new(2, [0, 1], &[Step::new(0, [1.0, 0.0]), Step::new(0, [-0.5, 0.0])]).unwrap();
        let dwt = Dwt::new(haar, Boundary::Zero, 2);
        let (mut work, mut c) = ([0.0; 8], [0.0; 8]);
        assert_eq!(dwt.work_len(8), 8);
        assert_eq!(dwt.analyze(&[0.0; 8], &mut work[..7], |_, _| ()).unwrap_err().field(), "work");
        assert_eq!(dwt.synthesize(&mut c[..7], &mut work, &mut [0.0; 8]).unwrap_err().field(), "coefficients");
        assert_eq!(dwt.synthesize(&mut c, &mut work[..7], &mut [0.0; 8]).unwrap_err().field(), "work");
    }
}
