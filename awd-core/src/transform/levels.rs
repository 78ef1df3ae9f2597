//! The levels of a transform, of one that is decoded or of one that is read in its model's file.

use super::haar;
use crate::wavelet::lifting::Scheme;
use crate::{Boundary, Invalid, Scalar, Tap};
use core::cell::Cell;

/// What a transform consists of; what it does follows from that.
pub(crate) trait Levels<C: Tap> {
    /// What is beyond the window's ends.
    fn boundary(&self) -> Boundary;

    /// Number of levels.
    fn levels(&self) -> usize;

    /// Whether details are those of both phases.
    fn is_oversampled(&self) -> bool;

    /// How many levels, the finest first, have a scheme of their own.
    fn schemes(&self) -> usize;

    /// The scheme of a level, the finest 0; the last one serves all that are deeper.
    fn scheme(&self, level: usize) -> Scheme<'_, C>;

    /// What becomes of a window of `n` samples at each level, the finest first.
    #[inline]
    fn shapes(&self, n: usize) -> impl Iterator<Item = Shape<'_, C>> {
        let first = Shape { scheme: self.scheme(0), half: n, padding: 0 };
        (0..self.levels()).scan(first, |shape, level| {
            // What is deeper has the last scheme, and the same padding.
            if level < self.schemes() {
                shape.scheme = self.scheme(level);
                shape.padding = self.boundary().padding(shape.scheme);
            }
            shape.half = self.boundary().half_len(shape.half, shape.scheme.filter_len());
            Some(*shape)
        })
    }

    /// Length of the work buffer that a window of `n` samples needs: both halves of a level, of all phases, and the approximation that
    /// they come from; of one phase, as much as twice two halves, which the code of a known layout needs.
    fn work_len(&self, n: usize) -> usize {
        let (mut known, mut longest) = (0, 0);
        for (level, shape) in self.shapes(n).enumerate() {
            let halves = if level == 0 { 2 * self.phases() } else { 4 };
            longest = longest.max(known + halves * shape.padded());
            known = if self.is_oversampled() { shape.half } else { 0 };
        }
        longest
    }

    /// Phases of the details.
    #[inline(always)]
    fn phases(&self) -> usize {
        if self.is_oversampled() { 2 } else { 1 }
    }

    /// Analysis of windows side by side: gives `reader` each band that it takes as soon as it is known, finest first, row after row. What
    /// it does not take is not computed.
    ///
    /// # Errors
    /// `work` is shorter than [`Levels::work_len`].
    #[inline]
    fn analyze_rows<T: Scalar<Tap = C>, const N: usize>(
        &self,
        x: &[[T; N]],
        work: &mut [[T; N]],
        reader: &mut impl Reader<T>,
    ) -> Result<(), Invalid> {
        const SHORT: Invalid = Invalid::WorkLen;
        // Where the approximation to split next stands; of the window, nowhere.
        let (mut start, mut end) = (0, 0);
        for (level, shape) in self.shapes(x.len()).enumerate() {
            let next = reader.next(level);
            if next > self.levels() {
                return Ok(());
            }
            // The approximation has one phase.
            let phases = if next == level { self.phases() } else { 1 };
            let len = phases * shape.padded();
            // The halves are put before it or behind it, where there is room. If there is not, it moves to the front.
            if 2 * len > start && 2 * len > work.len().saturating_sub(end) {
                every(work, start, 1, end - start);
                (start, end) = (0, end - start);
            }
            let (rest, behind) = work.split_at_mut_checked(end).ok_or(SHORT)?;
            let (before, above) = rest.split_at_mut_checked(start).ok_or(SHORT)?;
            let (place, free) = if 2 * len <= start { (0, before) } else { (end, behind) };
            let (low, rest) = free.split_at_mut_checked(len).ok_or(SHORT)?;
            let high = rest.get_mut(..len).ok_or(SHORT)?;
            shape.split(self.boundary(), if level == 0 { x } else { above }, [&mut *low, &mut *high], phases);
            let (padding, count) = (phases * shape.padding, phases * shape.half);
            if next == level {
                reader.take(level, high.get(padding..padding + count).ok_or(SHORT)?.as_flattened());
            }
            start = place + padding;
            if phases == 2 {
                every(low, padding, 2, shape.half);
                start = place;
            }
            end = start + shape.half;
        }
        if reader.next(self.levels()) == self.levels() {
            let coarsest = if self.levels() == 0 { Some(x) } else { work.get(start..end) };
            reader.take(self.levels(), coarsest.ok_or(SHORT)?.as_flattened());
        }
        Ok(())
    }

    /// The same of a window alone.
    #[inline]
    fn analyze_window<T: Scalar<Tap = C>>(
        &self,
        x: &[T],
        work: &mut [T],
        reader: &mut impl Reader<T>,
    ) -> Result<(), Invalid> {
        self.analyze_rows::<T, 1>(x.as_chunks().0, work.as_chunks_mut().0, reader)
    }
}

/// What takes bands.
pub(crate) trait Reader<T> {
    /// The first band from this one on that it takes; beyond the last one, if it takes none.
    fn next(&self, band: usize) -> usize;

    /// Takes that band.
    fn take(&mut self, band: usize, coefficients: &[T]);
}

/// A function takes all bands.
impl<T, F: FnMut(usize, &[T])> Reader<T> for F {
    fn next(&self, band: usize) -> usize {
        band
    }

    fn take(&mut self, band: usize, coefficients: &[T]) {
        self(band, coefficients);
    }
}

/// Moves `count` rows to the front: those from `start` on, each or, where there are two phases, every other one.
#[inline(never)]
fn every<T: Copy>(rows: &mut [T], start: usize, phases: usize, count: usize) {
    let rows = Cell::from_mut(rows).as_slice_of_cells();
    let places = rows.get(..count).unwrap_or_default();
    let from = rows.get(start..).unwrap_or_default();
    if phases == 1 {
        places.iter().zip(from).for_each(|(place, row)| place.set(row.get()));
    } else {
        places.iter().zip(from.as_chunks().0).for_each(|(place, [row, _])| place.set(row.get()));
    }
}

/// How one level turns into halves.
#[derive(Clone, Copy)]
pub(crate) struct Shape<'a, C> {
    pub scheme: Scheme<'a, C>,
    /// Samples of a half, and of its padding at either end.
    pub half: usize,
    pub padding: usize,
}

impl<C: Tap> Shape<'_, C> {
    /// Samples of a half with its padding.
    pub const fn padded(self) -> usize {
        self.half + 2 * self.padding
    }

    /// Splits windows side by side, or lines, into approximation and detail, both with their padding; of two phases, each row is
    /// followed by that of the same shifted by one sample.
    #[inline]
    pub fn split<T: Scalar<Tap = C>, const N: usize>(
        self,
        boundary: Boundary,
        x: &[[T; N]],
        [low, high]: [&mut [[T; N]]; 2],
        phases: usize,
    ) {
        if !cfg!(feature = "small")
            && N == 1
            && self.padding == 0
            && let Some(taps) = haar::taps(self.scheme)
        {
            let halves = [low.as_flattened_mut(), high.as_flattened_mut()];
            return haar::split(x.as_flattened(), halves, taps, boundary, phases);
        }
        // The samples between those of one phase are those of the other.
        let stride = if phases == 1 { 2 } else { 1 };
        boundary.split_padded(x, [&mut *low, &mut *high], self.scheme, self.padding, [0, stride]);
        self.scheme.forward_phases(low, high, boundary, phases);
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use crate::{Dwt, named};
    use proptest::prelude::*;
    use std::{vec, vec::Vec};

    /// Takes some of the bands.
    struct Some {
        which: u32,
        taken: Vec<(usize, Vec<u32>)>,
    }

    impl Reader<f32> for Some {
        fn next(&self, band: usize) -> usize {
            (band..32).find(|band| self.which >> band & 1 != 0).unwrap_or(usize::MAX)
        }

        fn take(&mut self, band: usize, coefficients: &[f32]) {
            self.taken.push((band, coefficients.iter().map(|c| c.to_bits()).collect()));
        }
    }

    proptest! {
        #[test]
        fn some_of_the_bands_are_those_of_all(
            schemes in prop::collection::vec(0..named::ALL.len(), 1..3), oversampled: bool, levels in 1..6_u8, which: u32,
            boundary in prop::sample::select(vec![Boundary::Periodization, Boundary::Zero, Boundary::Symmetric]),
            x in prop::collection::vec(-9.0..9.0_f32, 1..99),
        ) {
            let mut schemes = schemes.into_iter().map(|which| named::ALL[which].lifting().unwrap());
            let dwt = Dwt::new(schemes.next().unwrap(), boundary, levels);
            let dwt = schemes.fold(dwt, |dwt, scheme| dwt.clone().and(&scheme).unwrap_or(dwt));
            let dwt = if oversampled { dwt.oversampled() } else { dwt };
            let taken = |which| {
                let mut some = Some { which, taken: vec![] };
                // What was in the work space before means nothing.
                dwt.analyze_window(&x, &mut vec![f32::NAN; Levels::work_len(&dwt, x.len())], &mut some).unwrap();
                some.taken
            };
            let mut expected = taken(u32::MAX);
            prop_assert!(expected.iter().map(|(band, _)| *band).eq(0..dwt.bands()));
            prop_assert!(expected.iter().map(|(_, c)| c.len()).eq(dwt.band_ranges(x.len()).map(|range| range.len())));
            expected.retain(|(band, _)| which >> band & 1 != 0);
            prop_assert_eq!(taken(which), expected);
        }
    }
}
