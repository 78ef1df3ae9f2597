//! The kernel of a band of images: the weights of the samples around a position that give the coefficient there.
//!
//! A band has coefficients only at every second, fourth or eighth position. Its kernel gives a coefficient at any
//! position, such as at the peaks of an image (Ha et al. 2021). It is the product of two filters that are centred at
//! the position.

use crate::transform::dwt2::Size;
use crate::wavelet::lifting::{MAX_FILTER, Scheme};
use crate::{Boundary, Dwt, Invalid};
use heapless::Vec;

/// Taps of the longest filter of a kernel.
pub const MAX_KERNEL: usize = 64;

/// Samples of a window that holds any filter of one level, with as many samples before and after it.
const SPAN: usize = 4 * MAX_FILTER as usize;

/// The taps of a filter, and the offset of the first one from the position of the coefficient.
#[derive(Debug, Clone, PartialEq)]
struct Filter {
    taps: Vec<f32, MAX_KERNEL>,
    start: isize,
}

/// The filters of a band along columns and along rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Kernel {
    down: Filter,
    right: Filter,
    boundary: Boundary,
}

impl Kernel {
    /// The kernel of one of the four bands of level l, the finest level 0: 4l for the approximation, 4l + 1, 4l + 2 and
    /// 4l + 3 for the details along the columns, along the rows and along both. Like coefficients, it is unscaled.
    ///
    /// ```
    /// use awd_core::features::image::Kernel;
    /// use awd_core::{Boundary, Dwt, named};
    ///
    /// // The approximation of the Haar wavelet after two levels: the sum of sixteen samples.
    /// let dwt = Dwt::new(named::HAAR.lifting()?, Boundary::Zero, 2);
    /// let kernel = Kernel::new(&dwt, 4)?;
    /// assert_eq!(kernel.at(&[1.0; 64], [8, 8], [4, 4]), 16.0);
    /// assert_eq!(kernel.at(&[1.0; 64], [8, 8], [0, 4]), 12.0);
    /// # Ok::<(), awd_core::Invalid>(())
    /// ```
    ///
    /// # Errors
    /// The transform has no such level, or a filter has more than [`MAX_KERNEL`] taps.
    pub fn new(dwt: &Dwt<f32>, kernel: usize) -> Result<Self, Invalid> {
        let level = kernel / 4;
        Invalid::Kernel.unless(level < usize::from(dwt.levels()))?;
        let [down, right] = [kernel & 1 != 0, kernel & 2 != 0];
        // For the details along both, both bits are set.
        let filter = |high| Filter::new(dwt, level, high);
        Ok(Self { down: filter(down)?, right: filter(right)?, boundary: dwt.boundary() })
    }

    /// The coefficient of the band at a row and a column of an image.
    #[must_use]
    pub fn at(&self, image: &[f32], [height, width]: Size, [row, column]: [usize; 2]) -> f32 {
        let Self { down, right, boundary } = self;
        let [above, left] = [(row, down), (column, right)].map(|(at, filter)| at.cast_signed() + filter.start);
        let inside = usize::try_from(left).ok().filter(|left| left + right.taps.len() <= width);
        let mut sum = 0.0;
        for (tap, row) in down.taps.iter().zip(above..) {
            let Some(row) = boundary.source(row, height) else { continue };
            let line = image.get(row * width..).unwrap_or_default();
            let line = line.get(..width).unwrap_or_default();
            let of_row = match inside.and_then(|left| line.get(left..)) {
                Some(line) => right.taps.iter().zip(line).fold(0.0, |sum, (tap, x)| sum + tap * x),
                None => right.taps.iter().zip(left..).fold(0.0, |sum, (tap, column)| {
                    let x = boundary.source(column, width).and_then(|column| line.get(column));
                    sum + tap * x.copied().unwrap_or(0.0)
                }),
            };
            sum += tap * of_row;
        }
        sum
    }
}

impl Filter {
    /// The filter of the detail or the approximation of a level, the finest level 0.
    fn new(dwt: &Dwt<f32>, level: usize, high: bool) -> Result<Self, Invalid> {
        let mut taps: Vec<f32, MAX_KERNEL> = Vec::new();
        taps.push(1.0).map_err(|_| LONG)?;
        for l in 0..=level {
            let of_level = half_filter(dwt.scheme(l), high && l == level);
            // Convolves the filter so far with this level's filter, whose taps are 2^level samples apart.
            let apart = 1_usize.checked_shl(l as u32).unwrap_or(0);
            let mut longer: Vec<f32, MAX_KERNEL> = Vec::new();
            let len = taps.len() + apart * of_level.len().saturating_sub(1);
            longer.resize(len, 0.0).map_err(|_| LONG)?;
            for (k, by) in of_level.iter().enumerate() {
                let shifted = longer.iter_mut().skip(k * apart);
                shifted.zip(&taps).for_each(|(sum, tap)| *sum += by * tap);
            }
            taps = longer;
        }
        // Centred; for an even number of taps the extra one comes after the position.
        let start = -(taps.len().saturating_sub(1) / 2).cast_signed();
        Ok(Self { taps, start })
    }
}

const LONG: Invalid = Invalid::Kernel;

/// The filter of one half of a scheme, without the zeros at its ends. Its taps are the responses of one coefficient to
/// an impulse at each sample within reach; beyond that there is only rounding error.
fn half_filter(scheme: Scheme<'_, f32>, high: bool) -> Vec<f32, SPAN> {
    let circle = Boundary::Periodization;
    let mut taps = Vec::new();
    // A scheme is centred, see `Boundary::start`; the coefficient belongs to the middle sample.
    let (middle, reach) = (SPAN / 2, scheme.filter_len() / 2);
    for at in middle.saturating_sub(reach) + 1..=middle + reach {
        let mut x = [[0.0]; SPAN];
        if let Some(sample) = x.get_mut(at) {
            *sample = [1.0];
        }
        let (mut low, mut detail) = ([[0.0]; SPAN / 2], [[0.0]; SPAN / 2]);
        circle.split(&x, [&mut low[..], &mut detail[..]], scheme, 0);
        scheme.forward(&mut low, &mut detail, circle);
        let half = if high { &detail } else { &low };
        let tap = half.get(SPAN / 4).map_or(0.0, |[tap]| *tap);
        if tap != 0.0 || !taps.is_empty() {
            // The capacity is one tap per sample.
            let _ = taps.push(tap);
        }
    }
    while taps.last() == Some(&0.0) {
        taps.pop();
    }
    taps
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use crate::named;
    use std::{vec, vec::Vec};

    #[test]
    fn filters_of_one_level_match_the_textbook() {
        let dwt = Dwt::new(named::DB2.lifting().unwrap(), Boundary::Zero, 1);
        let low = Filter::new(&dwt, 0, false).unwrap();
        let root = 3.0_f32.sqrt();
        // Up to scale and direction.
        let known = [1.0 + root, 3.0 + root, 3.0 - root, 1.0 - root];
        let scale = low.taps.iter().sum::<f32>() / known.iter().sum::<f32>();
        let forwards = low.taps.iter().zip(known).all(|(tap, known)| (tap - scale * known).abs() < 1e-5);
        let backwards = low.taps.iter().rev().zip(known).all(|(tap, known)| (tap - scale * known).abs() < 1e-5);
        assert!(low.taps.len() == 4 && low.start == -1 && (forwards || backwards), "{low:?}");
    }

    /// The kernel of a band reproduces its coefficients, at positions with a fixed offset.
    #[test]
    fn a_kernel_reproduces_the_coefficients_of_its_band() {
        let image: Vec<f32> = (0..32 * 48).map(|i| ((i * i * 7 + 3 * i) % 61) as f32 - 30.0).collect();
        // The kernels of the last case are longer than the image and wrap around it more than once.
        for (named, levels, [rows, columns]) in [
            (named::HAAR, 3, [32, 48]),
            (named::DB2, 3, [32, 48]),
            (named::DB3, 2, [32, 48]),
            (named::CDF53, 2, [32, 48]),
            (named::DB3, 2, [8, 4]),
        ] {
            let (size, image) = ([rows, columns], &image[..rows * columns]);
            let dwt = Dwt::new(named.lifting().unwrap(), Boundary::Periodization, levels);
            let mut bands = vec![];
            let mut work = vec![0.0; dwt.image_work_len::<1>(size)];
            dwt.analyze_image::<_, 1>(&mut image.to_vec(), size, &mut work, |_, c| bands.push(c.to_vec())).unwrap();
            for (band, [height, width]) in dwt.image_band_sizes(size).enumerate() {
                let deepest = usize::from(levels) - 1;
                let kernel = if band / 3 > deepest { 4 * deepest } else { band / 3 * 4 + band % 3 + 1 };
                let kernel = Kernel::new(&dwt, kernel).unwrap();
                let step = rows / height;
                let equal = |down: usize, right: usize| {
                    (0..height * width).all(|i| {
                        let at = [(i / width * step + down) % rows, (i % width * step + right) % columns];
                        (kernel.at(image, size, at) - bands[band][i]).abs() < 1e-2
                    })
                };
                let found = (0..step).any(|down| (0..step).any(|right| equal(down, right)));
                assert!(found, "{} {levels} {band}", named.name);
            }
        }
    }

    #[test]
    fn a_kernel_with_too_many_taps_is_refused() {
        let dwt = Dwt::new(named::DB5.lifting().unwrap(), Boundary::Zero, 4);
        assert!(Kernel::new(&dwt, 11).is_ok());
        assert_eq!([12, 16].map(|kernel| Kernel::new(&dwt, kernel).unwrap_err()), [Invalid::Kernel; 2]);
    }
}
