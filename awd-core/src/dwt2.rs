//! The separable transform of images, in place.
//!
//! A level transforms every row and then every column of what is left, as PyWavelets' `wavedec2` in mode
//! `periodization`. The approximation moves into the corner at the start, the details to the right of it and below
//! (Mallat 1989), so that an image needs no second one: only a line of work space.
//!
//! Only windows around a circle keep their size, and only even ones, so height and width are multiples of 2^levels.

use crate::dwt::MAX_LEVELS;
use crate::{Boundary, Invalid, Lifting, Scalar, Tap};

/// A transform of images of any even size with the same ladder along rows and columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Dwt2<C> {
    lifting: Lifting<C>,
    levels: u8,
}

/// Which of the four bands of a level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Orientation {
    /// Low along rows and columns; only the last level keeps it.
    Approximation,
    /// Detail along the columns: edges that lie horizontally (PyWavelets' `cH`).
    Horizontal,
    /// Detail along the rows: edges that stand vertically (`cV`).
    Vertical,
    /// Detail along both (`cD`).
    Diagonal,
}

const SIZE: Invalid = Invalid { field: "image", bound: "height and width multiples of 2^levels" };
const SHORT: Invalid = Invalid { field: "work", bound: "at least twice the longer side" };

impl<C: Tap> Dwt2<C> {
    /// A transform of `levels` levels.
    ///
    /// # Errors
    /// No level, or more than [`MAX_LEVELS`].
    pub fn new(lifting: Lifting<C>, levels: u8) -> Result<Self, Invalid> {
        Invalid::unless((1..=MAX_LEVELS).contains(&levels), "levels", "1..=12")?;
        Ok(Self { lifting, levels })
    }

    /// Analysis in place. The bands are unscaled: each along either side as in [`crate::lifting`].
    ///
    /// ```
    /// use awd_core::dwt2::{Dwt2, Orientation};
    /// use awd_core::{Lifting, Step};
    ///
    /// // The Haar wavelet, unscaled: a sum and half a difference.
    /// let haar = Lifting::new(2, [0, 1], &[Step::new(0, [1.0, 0.0]), Step::new(0, [-0.5, 0.0])]).unwrap();
    /// let haar = Dwt2::new(haar, 1).unwrap();
    /// let mut image = [[1.0_f32, 3.0], [5.0, 7.0]];
    /// haar.analyze(&mut image, &mut [0.0; 4]).unwrap();
    /// assert_eq!(image, [[16.0, 2.0], [4.0, 0.0]]);
    /// assert!(haar.band(&image, 0, Orientation::Vertical).eq([[2.0].as_slice()]));
    /// ```
    ///
    /// # Errors
    /// A side that is not a multiple of 2^levels, or `work` shorter than twice the longer side.
    pub fn analyze<T: Scalar<Tap = C>, const H: usize, const W: usize>(
        &self,
        image: &mut [[T; W]; H],
        work: &mut [T],
    ) -> Result<(), Invalid> {
        self.check(H, W, work.len())?;
        for level in 0..self.levels {
            let (height, width) = (H >> level, W >> level);
            for row in image.iter_mut().take(height) {
                let row = row.get_mut(..width).ok_or(SIZE)?;
                let halves = self.halves(row, work).ok_or(SHORT)?;
                for (sample, half) in row.iter_mut().zip(halves) {
                    *sample = *half;
                }
            }
            for column in 0..width {
                let (line, work) = work.split_at_mut_checked(height).ok_or(SHORT)?;
                for (sample, row) in line.iter_mut().zip(image.iter()) {
                    *sample = *row.get(column).ok_or(SIZE)?;
                }
                let halves = self.halves(line, work).ok_or(SHORT)?;
                for (row, half) in image.iter_mut().zip(halves.iter()) {
                    *row.get_mut(column).ok_or(SIZE)? = *half;
                }
            }
        }
        Ok(())
    }

    /// Undoes [`Dwt2::analyze`].
    ///
    /// # Errors
    /// As for the analysis.
    pub fn synthesize<T: Scalar<Tap = C>, const H: usize, const W: usize>(
        &self,
        image: &mut [[T; W]; H],
        work: &mut [T],
    ) -> Result<(), Invalid> {
        self.check(H, W, work.len())?;
        for level in (0..self.levels).rev() {
            let (height, width) = (H >> level, W >> level);
            for column in 0..width {
                let (line, work) = work.split_at_mut_checked(height).ok_or(SHORT)?;
                for (sample, row) in line.iter_mut().zip(image.iter()) {
                    *sample = *row.get(column).ok_or(SIZE)?;
                }
                let merged = self.merged(line, work).ok_or(SHORT)?;
                for (row, sample) in image.iter_mut().zip(merged.iter()) {
                    *row.get_mut(column).ok_or(SIZE)? = *sample;
                }
            }
            for row in image.iter_mut().take(height) {
                let row = row.get_mut(..width).ok_or(SIZE)?;
                let merged = self.merged(row, work).ok_or(SHORT)?;
                for (into, sample) in row.iter_mut().zip(merged) {
                    *into = *sample;
                }
            }
        }
        Ok(())
    }

    /// The rows of a band of an analysed image; level 0 is the finest.
    pub fn band<'a, T, const H: usize, const W: usize>(
        &self,
        image: &'a [[T; W]; H],
        level: u8,
        orientation: Orientation,
    ) -> impl Iterator<Item = &'a [T]> + use<'a, T, C, H, W> {
        let [height, width] = [H, W].map(|side| side.checked_shr(u32::from(level) + 1).unwrap_or(0));
        let (down, right) = match orientation {
            Orientation::Approximation => (0, 0),
            Orientation::Horizontal => (height, 0),
            Orientation::Vertical => (0, width),
            Orientation::Diagonal => (height, width),
        };
        image.iter().skip(down).take(height).filter_map(move |row| row.get(right..right + width))
    }

    /// The halves of a line, one after the other, in the first part of `work`.
    fn halves<'a, T: Scalar<Tap = C>>(&self, line: &[T], work: &'a mut [T]) -> Option<&'a mut [T]> {
        let halves = work.get_mut(..line.len())?;
        let (low, high) = halves.split_at_mut_checked(line.len() / 2)?;
        let (line, low, high) = (line.as_chunks::<1>().0, low.as_chunks_mut().0, high.as_chunks_mut().0);
        Boundary::Periodization.split(line, [&mut *low, &mut *high], self.lifting.ladder());
        self.lifting.ladder().forward(low, high, Boundary::Periodization);
        Some(halves)
    }

    /// Undoes [`Dwt2::halves`]; the line is used up.
    fn merged<'a, T: Scalar<Tap = C>>(&self, line: &mut [T], work: &'a mut [T]) -> Option<&'a mut [T]> {
        let merged = work.get_mut(..line.len())?;
        let (low, high) = line.split_at_mut_checked(merged.len() / 2)?;
        let (low, high) = (low.as_chunks_mut::<1>().0, high.as_chunks_mut().0);
        self.lifting.ladder().inverse(low, high, Boundary::Periodization);
        Boundary::Periodization.merge([low, high], merged.as_chunks_mut().0, self.lifting.ladder());
        Some(merged)
    }

    fn check(&self, height: usize, width: usize, work: usize) -> Result<(), Invalid> {
        let even = |side: usize| side > 0 && side.trailing_zeros() >= u32::from(self.levels);
        Invalid::unless(even(height) && even(width), SIZE.field, SIZE.bound)?;
        Invalid::unless(work >= 2 * height.max(width), SHORT.field, SHORT.bound)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use crate::{Dwt, Step};
    use proptest::prelude::*;
    use std::{vec, vec::Vec};

    fn ladder() -> Lifting<f64> {
        let steps = [Step::new(-1, [0.3, -0.7]), Step::new(0, [0.2, 0.9]), Step::new(1, [-0.4, 0.0])];
        Lifting::new(4, [2, -1], &steps).unwrap()
    }

    fn images() -> impl Strategy<Value = [[f64; 24]; 16]> {
        prop::array::uniform16(prop::array::uniform24(-9.0..9.0_f64))
    }

    proptest! {
        #[test]
        fn an_image_comes_back(image in images(), levels in 1..=3_u8) {
            let dwt = Dwt2::new(ladder(), levels).unwrap();
            let (mut there, mut work) = (image, [0.0; 48]);
            dwt.analyze(&mut there, &mut work).unwrap();
            dwt.synthesize(&mut there, &mut work).unwrap();
            let worst = image.iter().flatten().zip(there.iter().flatten()).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            prop_assert!(worst < 1e-11, "{}", worst);
        }

        #[test]
        fn one_level_is_rows_then_columns(image in images()) {
            let line = |line: Vec<f64>| {
                let dwt = Dwt::new(ladder(), Boundary::Periodization, 1);
                let (mut work, mut halves) = (vec![0.0; dwt.work_len(line.len())], [vec![], vec![]]);
                dwt.analyze(&line, &mut work, |band, c| halves[band].extend_from_slice(c)).unwrap();
                let [high, low] = halves;
                [low, high].concat()
            };
            let rows: Vec<_> = image.iter().map(|row| line(row.to_vec())).collect();
            let columns: Vec<_> = (0..24).map(|c| line(rows.iter().map(|row| row[c]).collect())).collect();
            let mut there = image;
            let dwt = Dwt2::new(ladder(), 1).unwrap();
            dwt.analyze(&mut there, &mut [0.0; 48]).unwrap();
            for (r, row) in there.iter().enumerate() {
                for (c, sample) in row.iter().enumerate() {
                    prop_assert_eq!(*sample, columns[c][r]);
                }
            }
            // Detail along the columns is below.
            let rows: Vec<_> = dwt.band(&there, 0, Orientation::Horizontal).collect();
            prop_assert_eq!(rows.len(), 8);
            prop_assert_eq!(rows[0], &there[8][..12]);
            prop_assert_eq!(dwt.band(&there, 0, Orientation::Diagonal).next(), Some(&there[8][12..]));
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let dwt = Dwt2::new(ladder(), 2).unwrap();
        assert_eq!(dwt.analyze(&mut [[0.0; 8]; 6], &mut [0.0; 16]).unwrap_err().field, "image");
        assert_eq!(dwt.synthesize(&mut [[0.0; 6]; 8], &mut [0.0; 16]).unwrap_err().field, "image");
        assert_eq!(dwt.analyze(&mut [[0.0; 8]; 4], &mut [0.0; 15]).unwrap_err().field, "work");
        assert_eq!(Dwt2::new(ladder(), 0).unwrap_err().field, "levels");
        assert_eq!(Dwt2::new(ladder(), 13).unwrap_err().field, "levels");
    }
}
