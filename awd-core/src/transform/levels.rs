//! The levels of a transform, of one that is decoded or of one that is read in its model's file.

use crate::wavelet::lifting::Scheme;
use crate::{Boundary, Invalid, Scalar, Tap};
use core::mem::swap;

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

    /// Length of the work buffer that a window of `n` samples needs: two areas, each for a half of the first level or
    /// for both halves of a deeper one, and a third for details of both phases.
    fn work_len(&self, n: usize) -> usize {
        let [area, both] = self.areas(n);
        2 * area + both
    }

    /// Length of one of the two areas, and of the third.
    fn areas(&self, n: usize) -> [usize; 2] {
        let [mut area, mut both] = [0; 2];
        for (level, shape) in self.shapes(n).enumerate() {
            area = area.max(if level == 0 { shape.padded() } else { 2 * shape.padded() });
            both = both.max(2 * shape.half);
        }
        [area, if self.is_oversampled() { both } else { 0 }]
    }

    /// Analysis of windows side by side: calls `visit(band, rows)` for each band as soon as it is known, finest first.
    ///
    /// # Errors
    /// `work` is shorter than [`Levels::work_len`].
    #[inline]
    fn analyze_rows<T: Scalar<Tap = C>, const N: usize>(
        &self,
        x: &[[T; N]],
        work: &mut [[T; N]],
        mut visit: impl FnMut(usize, &[[T; N]]),
    ) -> Result<(), Invalid> {
        const SHORT: Invalid = Invalid::WorkLen;
        let [area, both] = self.areas(x.len());
        let (areas, third) = work.split_at_mut_checked(2 * area).ok_or(SHORT)?;
        let (mut source, mut free) = areas.split_at_mut_checked(area).ok_or(SHORT)?;
        let third = third.get_mut(..both).ok_or(SHORT)?;
        // Where the approximation to split next stands in `source`; at first it is the window.
        let (mut start, mut end) = (0, 0);
        for (level, shape) in self.shapes(x.len()).enumerate() {
            let padded = shape.padded();
            let (x, low, high) = if level == 0 {
                (Some(x), source.get_mut(..padded), free.get_mut(..padded))
            } else {
                let Some((low, rest)) = free.split_at_mut_checked(padded) else { return Err(SHORT) };
                (source.get(start..end), Some(low), rest.get_mut(..padded))
            };
            let (Some(x), Some(low), Some(high)) = (x, low, high) else { return Err(SHORT) };
            (start, end) = (shape.padding, shape.padding + shape.half);
            // The second phase first, so that the approximation that stays is that of the first.
            for phase in (0..=usize::from(self.is_oversampled())).rev() {
                shape.split(self.boundary(), x, [&mut *low, &mut *high], phase);
                if self.is_oversampled() {
                    let details = high.get(start..end).unwrap_or_default();
                    interleave(third.get_mut(phase..).unwrap_or_default(), details);
                }
            }
            let details = if self.is_oversampled() { third.get(..2 * shape.half) } else { high.get(start..end) };
            visit(level, details.ok_or(SHORT)?);
            if level > 0 {
                swap(&mut source, &mut free);
            }
        }
        let coarsest = if self.levels() == 0 { Some(x) } else { source.get(start..end) };
        visit(self.levels(), coarsest.ok_or(SHORT)?);
        Ok(())
    }

    /// The same of a window alone.
    #[inline]
    fn analyze_window<T: Scalar<Tap = C>>(
        &self,
        x: &[T],
        work: &mut [T],
        mut visit: impl FnMut(usize, &[T]),
    ) -> Result<(), Invalid> {
        self.analyze_rows::<T, 1>(x.as_chunks().0, work.as_chunks_mut().0, |band, c| visit(band, c.as_flattened()))
    }
}

/// Writes details to every other place.
#[inline(never)]
fn interleave<T: Copy>(places: &mut [T], details: &[T]) {
    let (pairs, last) = places.as_chunks_mut::<2>();
    if let ([place], Some(detail)) = (last, details.get(pairs.len())) {
        *place = *detail;
    }
    for ([place, _], detail) in pairs.iter_mut().zip(details) {
        *place = *detail;
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

    /// Splits windows side by side, or lines, into approximation and detail, both with their padding; of phase 1, those of the same
    /// shifted by one sample.
    #[inline]
    pub fn split<T: Scalar<Tap = C>, const N: usize>(
        self,
        boundary: Boundary,
        x: &[[T; N]],
        [low, high]: [&mut [[T; N]]; 2],
        phase: usize,
    ) {
        boundary.split_padded(x, [&mut *low, &mut *high], self.scheme, self.padding, phase);
        self.scheme.forward(low, high, boundary);
    }
}
