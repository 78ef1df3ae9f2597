//! The separable transform of images.
//!
//! A level transforms every row and then every column of the remaining approximation, as PyWavelets' `wavedec2` does.
//! It works in place, on a buffer: the approximation moves to the corner at the start, the details to the right of it
//! and below (Mallat 1989). With periodization, and if the sides can be halved at each level, the buffer is the image
//! itself. Otherwise bands are longer than half of their source, and the buffer is a little larger than the image.
//!
//! Bands are numbered from the finest, three per level: 3l + 0 is the detail along the columns, which shows horizontal
//! edges (PyWavelets' `cH`), 3l + 1 the detail along the rows (`cV`), 3l + 2 the detail along both (`cD`), and 3J is
//! the approximation. They are unscaled in both directions, see [`crate::wavelet::lifting`].
//!
//! Lines are transformed N at a time, side by side as in [`crate::transform::batch`], with the same bits for any N: use
//! one on a board, eight on a host with vector instructions.

use crate::transform::levels::Shape;
use crate::{Dwt, Invalid, Scalar, Tap};

const SHORT: Invalid = Invalid::WorkLen;
const LENGTH: Invalid = Invalid::CoefficientsLen;

/// Height and width.
pub type Size = [usize; 2];

/// Parallel lines of a buffer: all rows, or all columns, of a region.
#[derive(Clone, Copy)]
struct Lines {
    count: usize,
    len: usize,
    /// The distance from a sample to the same sample of the next line, and to the next sample of its line.
    across: usize,
    along: usize,
}

impl Lines {
    const fn rows([height, width]: Size, stride: usize) -> Self {
        Self { count: height, len: width, across: stride, along: 1 }
    }

    const fn columns([height, width]: Size, stride: usize) -> Self {
        Self { count: width, len: height, across: 1, along: stride }
    }

    /// The start of each group of up to N lines, and the number of lines in it.
    fn groups<const N: usize>(self) -> impl Iterator<Item = (usize, usize)> {
        (0..self.count).step_by(N).map(move |first| (first * self.across, N.min(self.count - first)))
    }

    /// Calls `op(sample, slot)` for each sample of a group of lines and its slot in a lane of `side`.
    #[inline(always)]
    fn for_each_pair<T, const N: usize>(
        self,
        buffer: &mut [T],
        (start, lanes): (usize, usize),
        from: usize,
        side: &mut [[T; N]],
        mut op: impl FnMut(&mut T, &mut T),
    ) {
        let start = start + from * self.along;
        if self.along == 1 {
            for lane in 0..lanes {
                let line = buffer.get_mut(start + lane * self.across..).unwrap_or_default();
                for (sample, row) in line.iter_mut().zip(side.iter_mut()) {
                    if let Some(slot) = row.get_mut(lane) {
                        op(sample, slot);
                    }
                }
            }
        } else {
            let mut rows = buffer.get_mut(start..).unwrap_or_default().chunks_mut(self.along.max(1));
            for row in side {
                // No zip: a zip of chunks divides by the chunk length, and when optimising for size the compiler does
                // not see that it is not 0.
                let Some(samples) = rows.next() else { break };
                for (sample, slot) in samples.iter_mut().zip(row).take(lanes) {
                    op(sample, slot);
                }
            }
        }
    }
}

impl<C: Tap> Dwt<C> {
    /// Number of bands of an image, 3J + 1.
    #[must_use]
    pub const fn image_bands(&self) -> usize {
        3 * self.levels() as usize + 1
    }

    /// The size of the subbands of each level, the finest first.
    fn subbands(&self, [height, width]: Size) -> impl Iterator<Item = Size> + use<'_, C> {
        self.half_lens(height).zip(self.half_lens(width)).map(Size::from)
    }

    /// Height and width of each band of an image, in order.
    pub fn image_band_sizes(&self, size: Size) -> impl Iterator<Item = Size> + use<'_, C> {
        let approximation = self.subbands(size).last().unwrap_or(size);
        self.subbands(size).flat_map(|subband| [subband; 3]).chain([approximation])
    }

    /// The number of coefficients of an image, all bands together.
    #[must_use]
    pub fn image_coefficients_len(&self, size: Size) -> usize {
        self.image_band_sizes(size).map(area).sum()
    }

    /// Height and width of the buffer for an image: those of the image unless bands are longer than half of their
    /// source.
    #[must_use]
    pub fn buffer(&self, size: Size) -> Size {
        self.subbands(size).fold(size, |[height, width], [down, right]| [height.max(2 * down), width.max(2 * right)])
    }

    /// Length of the work buffer for an image: N lines with their padded halves, or the largest band.
    #[must_use]
    pub fn image_work_len<const N: usize>(&self, size: Size) -> usize {
        (N * self.image_lines_len(size)).max(self.image_band_sizes(size).map(area).max().unwrap_or(0))
    }

    /// The length of a line of the buffer and its padded halves.
    fn image_lines_len(&self, size: Size) -> usize {
        let halves = size.map(|n| self.padded_lens(n).max().unwrap_or(0));
        self.buffer(size).into_iter().fold(0, usize::max) + 2 * halves.into_iter().fold(0, usize::max)
    }

    /// Analysis of an image in the first rows and columns of a buffer, stored row by row. Calls
    /// `visit(band, coefficients)` for each band, finest first, its coefficients row by row. N lines are transformed at
    /// a time. The buffer is overwritten.
    ///
    /// ```
    /// use awd_core::{Boundary, Dwt, Lifting, Step};
    ///
    /// // The Haar wavelet, unscaled: a sum and half a difference.
    /// let haar = Lifting::new(2, [0, 1], &[Step::new(0, [1.0, 0.0]), Step::new(0, [-0.5, 0.0])]).unwrap();
    /// let haar = Dwt::new(haar, Boundary::Periodization, 1);
    /// assert_eq!(haar.buffer([2, 2]), [2, 2]);
    /// let (mut image, mut work, mut bands) = ([1.0, 3.0, 5.0, 7.0], [0.0; 4], [0.0; 4]);
    /// haar.analyze_image::<_, 1>(&mut image, [2, 2], &mut work, |band, c| bands[band] = c[0]).unwrap();
    /// assert_eq!(bands, [4.0, 2.0, 0.0, 16.0]);
    /// ```
    ///
    /// # Errors
    /// The transform is oversampled, the image is empty, the size of the buffer is not [`Dwt::buffer`], or `work` is
    /// shorter than [`Dwt::image_work_len`].
    pub fn analyze_image<T: Scalar<Tap = C>, const N: usize>(
        &self,
        buffer: &mut [T],
        size: Size,
        work: &mut [T],
        mut visit: impl FnMut(usize, &[T]),
    ) -> Result<(), Invalid> {
        const { assert!(N > 0, "no lines") };
        let [_, stride] = self.check::<N>(buffer.len(), size, work.len())?;
        let mut region = size;
        for (level, subband) in self.subbands(size).enumerate() {
            self.split_level::<T, N>(level, buffer, region, subband, stride, work.as_chunks_mut().0)?;
            for (band, corner) in corners(subband).into_iter().enumerate() {
                copy(buffer, corner, subband, stride, work, |sample, slot| *slot = *sample);
                visit(3 * level + band, work.get(..area(subband)).ok_or(SHORT)?);
            }
            region = subband;
        }
        copy(buffer, [0, 0], region, stride, work, |sample, slot| *slot = *sample);
        visit(3 * usize::from(self.levels()), work.get(..area(region)).ok_or(SHORT)?);
        Ok(())
    }

    /// Transforms one level of a buffer: all rows of a region, then all columns.
    fn split_level<T: Scalar<Tap = C>, const N: usize>(
        &self,
        level: usize,
        buffer: &mut [T],
        [height, width]: Size,
        [down, right]: Size,
        stride: usize,
        work: &mut [[T; N]],
    ) -> Result<(), Invalid> {
        let wide = [height, 2 * right];
        self.split_lines(level, buffer, Lines::rows([height, width], stride), right, work)?;
        self.split_lines(level, buffer, Lines::columns(wide, stride), down, work)
    }

    fn split_lines<T: Scalar<Tap = C>, const N: usize>(
        &self,
        level: usize,
        buffer: &mut [T],
        lines: Lines,
        half: usize,
        work: &mut [[T; N]],
    ) -> Result<(), Invalid> {
        let shape = Shape { scheme: self.scheme(level), half, padding: self.padding(level) };
        let (band, padded) = (shape.padding..shape.padding + half, shape.padded());
        let (line, halves) = work.split_at_mut_checked(lines.len).ok_or(SHORT)?;
        let (low, high) =
            halves.get_mut(..2 * padded).and_then(|both| both.split_at_mut_checked(padded)).ok_or(SHORT)?;
        for group in lines.groups::<N>() {
            lines.for_each_pair(buffer, group, 0, line, |sample, slot| *slot = *sample);
            shape.split(self.boundary(), line, [&mut *low, &mut *high], 1);
            for (from, part) in [(0, &mut *low), (half, &mut *high)] {
                let part = part.get_mut(band.clone()).ok_or(SHORT)?;
                lines.for_each_pair(buffer, group, from, part, |sample, slot| *sample = *slot);
            }
        }
        Ok(())
    }

    /// Synthesis: computes the image in the first rows and columns of the buffer from the coefficients of all bands in
    /// order.
    ///
    /// # Errors
    /// The transform is oversampled, the image is empty, the length of `coefficients` is not that of the image, the
    /// size of the buffer is not [`Dwt::buffer`], or `work` is too short.
    pub fn synthesize_image<T: Scalar<Tap = C>>(
        &self,
        coefficients: &[T],
        size: Size,
        work: &mut [T],
        buffer: &mut [T],
    ) -> Result<(), Invalid> {
        LENGTH.unless(coefficients.len() == self.image_coefficients_len(size))?;
        let [_, stride] = self.check::<1>(buffer.len(), size, work.len())?;
        let mut rest = coefficients;
        // Writes bands from the last to the first.
        let mut put = |buffer: &mut [T], corner, subband| -> Result<(), Invalid> {
            let (before, band) = rest.len().checked_sub(area(subband)).map(|at| rest.split_at(at)).ok_or(LENGTH)?;
            let mut band = band.iter();
            rest = before;
            for_each_sample(buffer, corner, subband, stride, |sample| {
                if let Some(coefficient) = band.next() {
                    *sample = *coefficient;
                }
            });
            Ok(())
        };
        put(buffer, [0, 0], self.subbands(size).last().unwrap_or(size))?;
        for level in (0..usize::from(self.levels())).rev() {
            let subband = self.subbands(size).nth(level).ok_or(LENGTH)?;
            for corner in corners(subband).into_iter().rev() {
                put(buffer, corner, subband)?;
            }
            let [height, width] = level.checked_sub(1).and_then(|above| self.subbands(size).nth(above)).unwrap_or(size);
            let [down, right] = subband;
            self.merge_lines(level, buffer, Lines::columns([height, 2 * right], stride), down, work)?;
            self.merge_lines(level, buffer, Lines::rows([height, width], stride), right, work)?;
        }
        Ok(())
    }

    fn merge_lines<T: Scalar<Tap = C>>(
        &self,
        level: usize,
        buffer: &mut [T],
        lines: Lines,
        half: usize,
        work: &mut [T],
    ) -> Result<(), Invalid> {
        let scheme = self.scheme(level);
        let (line, halves) = work.as_chunks_mut::<1>().0.split_at_mut_checked(lines.len).ok_or(SHORT)?;
        let (low, high) = halves.get_mut(..2 * half).and_then(|both| both.split_at_mut_checked(half)).ok_or(SHORT)?;
        for group in lines.groups::<1>() {
            lines.for_each_pair(buffer, group, 0, low, |sample, slot| *slot = *sample);
            lines.for_each_pair(buffer, group, half, high, |sample, slot| *slot = *sample);
            scheme.inverse(low, high, self.boundary());
            self.boundary().merge([low, high], line, scheme);
            lines.for_each_pair(buffer, group, 0, line, |sample, slot| *sample = *slot);
        }
        Ok(())
    }

    fn check<const N: usize>(&self, buffer: usize, size: Size, work: usize) -> Result<Size, Invalid> {
        self.one_phase()?;
        Invalid::Size.unless(area(size) > 0)?;
        Invalid::BufferLen.unless(buffer == area(self.buffer(size)))?;
        SHORT.unless(work >= self.image_work_len::<N>(size))?;
        Ok(self.buffer(size))
    }
}

const fn area([height, width]: Size) -> usize {
    height.saturating_mul(width)
}

/// The corners of the details of a level: along the columns, along the rows, along both.
const fn corners([down, right]: Size) -> [Size; 3] {
    [[down, 0], [0, right], [down, right]]
}

/// Calls `op` for each sample of a region of a buffer, row by row.
#[inline(always)]
fn for_each_sample<T>(
    buffer: &mut [T],
    [row, column]: Size,
    [height, width]: Size,
    stride: usize,
    mut op: impl FnMut(&mut T),
) {
    for row in buffer.chunks_mut(stride.max(1)).skip(row).take(height) {
        row.iter_mut().skip(column).take(width).for_each(&mut op);
    }
}

/// Calls `op(sample, slot)` for each sample of a region of a buffer and the matching slot of `other`.
#[inline(always)]
fn copy<T>(
    buffer: &mut [T],
    corner: Size,
    size: Size,
    stride: usize,
    other: &mut [T],
    mut op: impl FnMut(&mut T, &mut T),
) {
    let mut other = other.iter_mut();
    for_each_sample(buffer, corner, size, stride, |sample| {
        if let Some(slot) = other.next() {
            op(sample, slot);
        }
    });
}

#[cfg(test)]
mod tests;
