//! Peaks of images, samples greater than all their neighbours, and histograms of their heights.
//!
//! Peak counts discriminate between maps of the sky (Jain & Van Waerbeke 2000). The peaks are those of the map itself.
//! Their heights may come from a filtered map: the map convolved with a small kernel (Ribli, Pataki & Csabai 2019),
//! such as that of a wavelet band (Ha et al. 2021).

use crate::transform::dwt2::Size;
use serde::{Deserialize, Serialize};

/// The maximum number of bins.
pub const MAX_BINS: u8 = crate::features::MAX_PLACE;

/// Row and column of every peak, row by row: every sample that is greater than each of its eight neighbours. Samples on
/// the rim are no peaks; nor is NaN, nor a sample next to one. The image is stored row by row.
///
/// ```
/// use awd_core::features::image::peaks;
///
/// let image = [0.0, 0.0, 0.0, 0.0, 0.0, 2.0, 1.0, 0.0, 0.0, 0.0, 0.0, 9.0];
/// assert!(peaks(&image, [3, 4]).eq([[1, 1]]));
/// ```
pub fn peaks(image: &[f32], [height, width]: Size) -> impl Iterator<Item = [usize; 2]> {
    // Rows are taken by index: a zip of chunks divides by the chunk length, and when optimising for size the compiler
    // does not see that it is not 0.
    let line = move |row: usize| {
        let start = row.saturating_mul(width);
        image.get(start..start.saturating_add(width)).unwrap_or_default()
    };
    (1..height.saturating_sub(1)).flat_map(move |row| {
        let [above, here, below] = [row.saturating_sub(1), row, row + 1].map(|row| line(row).windows(3));
        let columns = above.zip(here).zip(below).zip(1..);
        columns.filter(|(((above, here), below), _)| is_peak(above, here, below)).map(move |(_, column)| [row, column])
    })
}

/// Whether the sample in the middle is greater than its eight neighbours.
#[inline(always)]
fn is_peak(above: &[f32], here: &[f32], below: &[f32]) -> bool {
    let ([a, b, c], [d, height, e], [f, g, h]) = (above, here, below) else { return false };
    // All eight are compared, without branches.
    [a, b, c, d, e, f, g, h].iter().fold(true, |greater, &&near| greater & (*height > near))
}

/// Bins of equal width.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Bins {
    /// The lower edge of the first bin; lower values fall into it too.
    pub first: f32,
    /// The width of a bin, more than 0.
    pub step: f32,
    /// The number of bins, at most [`MAX_BINS`]; higher values fall into the last bin.
    pub count: u8,
}

impl Bins {
    /// The bin of a value; NaN falls into the first bin.
    ///
    /// ```
    /// use awd_core::features::image::Bins;
    ///
    /// let bins = Bins { first: -1.0, step: 0.5, count: 4 };
    /// assert_eq!([-9.0, -0.6, 0.0, 0.4, 7.0].map(|value| bins.of(value)), [0, 0, 2, 2, 3]);
    /// ```
    #[must_use]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "what is out of bounds saturates")]
    pub fn of(&self, value: f32) -> usize {
        let bin = ((value - self.first) / self.step) as usize;
        bin.min(usize::from(self.count).saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use proptest::prelude::*;
    use std::vec::Vec;

    proptest! {
        #[test]
        fn a_peak_is_greater_than_each_neighbour(
            height in 0..9_usize, width in 1..9_usize,
            // Few distinct values, so that some neighbours are equal.
            image in prop::collection::vec((0..9_i8).prop_map(f32::from), 81),
        ) {
            let image = &image[..height * width];
            let greater = |r: usize, c: usize, [dr, dc]: [isize; 2]| {
                let at = (r.checked_add_signed(dr).unwrap(), c.checked_add_signed(dc).unwrap());
                image[r * width + c] > image[at.0 * width + at.1]
            };
            let around: Vec<[isize; 2]> =
                (-1..=1).flat_map(|r| (-1..=1).map(move |c| [r, c])).filter(|&at| at != [0, 0]).collect();
            let expected: Vec<[usize; 2]> = (1..height.saturating_sub(1))
                .flat_map(|r| (1..width.saturating_sub(1)).map(move |c| [r, c]))
                .filter(|&[r, c]| around.iter().all(|&at| greater(r, c, at)))
                .collect();
            prop_assert_eq!(peaks(image, [height, width]).collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn plateaus_rims_and_nan_have_no_peaks() {
        assert_eq!(peaks(&[1.0; 25], [5, 5]).count(), 0);
        assert_eq!(peaks(&[9.0, 0.0, 0.0, 0.0], [2, 2]).count(), 0);
        let mut image = [0.0; 25];
        image[12] = f32::NAN;
        image[6] = 1.0;
        assert_eq!(peaks(&image, [5, 5]).count(), 0);
    }

    #[test]
    fn nan_and_infinite_values_fall_into_the_end_bins() {
        let bins = Bins { first: 0.0, step: 1.0, count: 3 };
        assert_eq!([f32::NAN, f32::NEG_INFINITY, f32::INFINITY].map(|value| bins.of(value)), [0, 0, 2]);
        assert_eq!(Bins { count: 0, ..bins }.of(5.0), 0);
    }
}
