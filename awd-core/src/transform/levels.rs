//! The levels of a transform, either decoded or read in place from a model's file.

use super::haar;
use crate::wavelet::lifting::Scheme;
use crate::{Boundary, Invalid, Scalar, Tap};
use core::cell::Cell;

/// The configuration of a transform; the provided methods run it.
pub(crate) trait Levels<C: Tap> {
    /// The boundary extension.
    fn boundary(&self) -> Boundary;

    /// Number of levels.
    fn levels(&self) -> usize;

    /// Whether details are those of both phases.
    fn is_oversampled(&self) -> bool;

    /// The number of levels, from the finest, that have a scheme of their own.
    fn schemes(&self) -> usize;

    /// The scheme of a level, the finest level 0; the last one serves all deeper levels.
    fn scheme(&self, level: usize) -> Scheme<'_, C>;

    /// The halves of a window of `n` samples at each level, the finest first.
    #[inline]
    fn shapes(&self, n: usize) -> impl Iterator<Item = Shape<'_, C>> {
        let first = Shape { scheme: self.scheme(0), half: n, padding: 0 };
        (0..self.levels()).scan(first, |shape, level| {
            // Deeper levels have the last scheme and its padding.
            if level < self.schemes() {
                shape.scheme = self.scheme(level);
                shape.padding = self.boundary().padding(shape.scheme);
            }
            shape.half = self.boundary().half_len(shape.half, shape.scheme.filter_len());
            Some(*shape)
        })
    }

    /// Length of the work buffer for a window of `n` samples: both halves of a level, with all phases, and the
    /// approximation that they are computed from. With one phase this is enough for the unrolled code too, which needs
    /// twice the halves of a level.
    fn work_len(&self, n: usize) -> usize {
        let (mut known, mut longest) = (0, 0);
        for (level, shape) in self.shapes(n).enumerate() {
            let halves = if level == 0 { 2 * self.phases() } else { 4 };
            longest = longest.max(known + halves * shape.padded());
            known = if self.is_oversampled() { shape.half } else { 0 };
        }
        longest
    }

    /// The number of phases of the details.
    #[inline(always)]
    fn phases(&self) -> usize {
        if self.is_oversampled() { 2 } else { 1 }
    }

    /// Analysis of windows side by side: passes each band that `reader` takes to it as soon as it is computed, finest
    /// first, row after row. Bands that it does not take are not computed.
    ///
    /// # Errors
    /// `work` is shorter than [`Levels::work_len`].
    #[cfg_attr(not(feature = "vectors"), inline)]
    #[cfg_attr(feature = "vectors", inline(always))]
    fn analyze_rows<T: Scalar<Tap = C>, const N: usize>(
        &self,
        x: &[[T; N]],
        work: &mut [[T; N]],
        reader: &mut impl Reader<T>,
    ) -> Result<(), Invalid> {
        const SHORT: Invalid = Invalid::WorkLen;
        // The position of the next approximation to split in `work`; the window itself is not in `work`.
        let (mut start, mut end) = (0, 0);
        for (level, shape) in self.shapes(x.len()).enumerate() {
            let next = reader.next(level);
            if next > self.levels() {
                return Ok(());
            }
            // The approximation has one phase.
            let phases = if next == level { self.phases() } else { 1 };
            let len = phases * shape.padded();
            // The halves are stored before or after it. If neither side has enough space, it moves to the front.
            if 2 * len > start && 2 * len > work.len().saturating_sub(end) {
                move_to_front(work, start, 1, end - start);
                (start, end) = (0, end - start);
            }
            let (rest, behind) = work.split_at_mut_checked(end).ok_or(SHORT)?;
            let (before, above) = rest.split_at_mut_checked(start).ok_or(SHORT)?;
            let (offset, free) = if 2 * len <= start { (0, before) } else { (end, behind) };
            let (low, rest) = free.split_at_mut_checked(len).ok_or(SHORT)?;
            let high = rest.get_mut(..len).ok_or(SHORT)?;
            shape.split(self.boundary(), if level == 0 { x } else { above }, [&mut *low, &mut *high], phases);
            let (padding, count) = (phases * shape.padding, phases * shape.half);
            if next == level {
                reader.take(level, high.get(padding..padding + count).ok_or(SHORT)?.as_flattened());
            }
            start = offset + padding;
            if phases == 2 {
                move_to_front(low, padding, 2, shape.half);
                start = offset;
            }
            end = start + shape.half;
        }
        if reader.next(self.levels()) == self.levels() {
            let coarsest = if self.levels() == 0 { Some(x) } else { work.get(start..end) };
            reader.take(self.levels(), coarsest.ok_or(SHORT)?.as_flattened());
        }
        Ok(())
    }

    /// The same for a single window.
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

/// Receives bands.
pub(crate) trait Reader<T> {
    /// The first band from `band` on that the reader takes; a number beyond the last band if it takes none.
    fn next(&self, band: usize) -> usize;

    /// Receives a band.
    fn take(&mut self, band: usize, coefficients: &[T]);
}

/// A function takes every band.
impl<T, F: FnMut(usize, &[T])> Reader<T> for F {
    fn next(&self, band: usize) -> usize {
        band
    }

    fn take(&mut self, band: usize, coefficients: &[T]) {
        self(band, coefficients);
    }
}

/// Moves `count` rows from `start` on to the front: all rows or, with two phases, every other one.
#[cfg_attr(not(feature = "vectors"), inline(never))]
#[cfg_attr(feature = "vectors", inline(always))]
fn move_to_front<T: Copy>(rows: &mut [T], start: usize, phases: usize, count: usize) {
    let rows = Cell::from_mut(rows).as_slice_of_cells();
    let places = rows.get(..count).unwrap_or_default();
    let from = rows.get(start..).unwrap_or_default();
    if phases == 1 {
        places.iter().zip(from).for_each(|(place, row)| place.set(row.get()));
    } else {
        places.iter().zip(from.as_chunks().0).for_each(|(place, [row, _])| place.set(row.get()));
    }
}

/// The halves of one level.
#[derive(Clone, Copy)]
pub(crate) struct Shape<'a, C> {
    pub scheme: Scheme<'a, C>,
    /// The number of samples of a half, and of its padding at either end.
    pub half: usize,
    pub padding: usize,
}

impl<C: Tap> Shape<'_, C> {
    /// The number of samples of a half with its padding.
    pub const fn padded(self) -> usize {
        self.half + 2 * self.padding
    }

    /// Transforms windows side by side, or lines, into approximation and detail, both with their padding. With two
    /// phases, each row is followed by the one of the input shifted by one sample.
    #[cfg_attr(not(feature = "vectors"), inline)]
    #[cfg_attr(feature = "vectors", inline(always))]
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
        // The samples between those of one phase belong to the other.
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

    /// Takes the bands whose bits are set in `which`.
    struct SomeBands {
        which: u32,
        taken: Vec<(usize, Vec<u32>)>,
    }

    impl Reader<f32> for SomeBands {
        fn next(&self, band: usize) -> usize {
            (band..32).find(|band| self.which >> band & 1 != 0).unwrap_or(usize::MAX)
        }

        fn take(&mut self, band: usize, coefficients: &[f32]) {
            self.taken.push((band, coefficients.iter().map(|c| c.to_bits()).collect()));
        }
    }

    proptest! {
        #[test]
        fn a_subset_of_bands_has_the_same_bits(
            schemes in prop::collection::vec(0..named::ALL.len(), 1..3), oversampled: bool, levels in 1..6_u8, which: u32,
            boundary in prop::sample::select(vec![Boundary::Periodization, Boundary::Zero, Boundary::Symmetric]),
            x in prop::collection::vec(-9.0..9.0_f32, 1..99),
        ) {
            let mut schemes = schemes.into_iter().map(|which| named::ALL[which].lifting().unwrap());
            let dwt = Dwt::new(schemes.next().unwrap(), boundary, levels);
            let dwt = schemes.fold(dwt, |dwt, scheme| dwt.clone().and(&scheme).unwrap_or(dwt));
            let dwt = if oversampled { dwt.oversampled() } else { dwt };
            let taken = |which| {
                let mut some = SomeBands { which, taken: vec![] };
                // The previous content of the work space must not matter.
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
