//! Images into bands: those of the transform, the image itself, and counts of its peaks.
//!
//! Bands are numbered on: 0..3J as of [`Dwt::analyze_image`], then the image, then a histogram of peaks for each [`PeakCounts`],
//! whose coefficients are counts. So all that features say of bands they say of these.

pub(crate) mod kernel;
pub(crate) mod peaks;

use crate::transform::dwt2::Size;
use crate::{Dwt, Invalid};
use heapless::Vec;
pub use kernel::{Kernel, MAX_KERNEL};
pub use peaks::{Bins, MAX_BINS, peaks};
use serde::{Deserialize, Serialize};

/// Histograms of the largest model.
pub const MAX_COUNTS: usize = 4;

/// What makes a model's window an image: its height, and what is counted in it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Image {
    /// Rows of the image, which stand in the window one after the other.
    pub height: u16,
    /// Histograms of its peaks.
    pub counts: Vec<PeakCounts, MAX_COUNTS>,
}

/// A histogram of the peaks of an image.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct PeakCounts {
    /// What heights are: 0 those of the image itself, k + 1 what kernel k gives at the peaks ([`Kernel::new`]).
    pub kernel: u8,
    /// Bins of the heights.
    pub bins: Bins,
}

impl Image {
    /// Height and width of an image of so many samples.
    #[must_use]
    pub fn size(&self, samples: usize) -> Size {
        let height = usize::from(self.height);
        [height, samples.checked_div(height).unwrap_or(0)]
    }
}

/// Taps that the filters of a kernel, counted from 1, have at most; those of a 0, the image itself, are one.
#[must_use]
pub fn kernel_len(dwt: &Dwt<f32>, kernel: u8) -> usize {
    kernel_taps(|level| dwt.scheme(level).filter_len(), kernel)
}

/// The same of a wavelet whose filters have so many taps at each level.
pub(crate) fn kernel_taps(filter_len: impl Fn(usize) -> usize, kernel: u8) -> usize {
    let levels = usize::from(kernel.div_ceil(4));
    (0..levels).fold(1, |len: usize, level| len + (filter_len(level).saturating_sub(1) << level))
}

/// A transform of images, N lines at a time, and histograms of their peaks, with kernels that were computed once.
#[derive(Debug, Clone)]
pub struct Images<const N: usize> {
    dwt: Dwt<f32>,
    size: Size,
    /// Without a kernel, heights are the image's own.
    counts: Vec<(Option<Kernel>, Bins), MAX_COUNTS>,
}

impl<const N: usize> Images<N> {
    /// What is made of images of so many samples.
    ///
    /// # Errors
    /// The samples are no whole rows, or a kernel is too long.
    pub fn new(dwt: Dwt<f32>, image: &Image, samples: usize) -> Result<Self, Invalid> {
        let [height, width] = image.size(samples);
        Invalid::Window.unless(height > 0 && height * width == samples)?;
        let mut counts = Vec::new();
        for PeakCounts { kernel, bins } in &image.counts {
            let kernel = kernel.checked_sub(1).map(|kernel| Kernel::new(&dwt, kernel.into())).transpose()?;
            // There is room: both lists have the same bound.
            let _ = counts.push((kernel, *bins));
        }
        Ok(Self { dwt, size: image.size(samples), counts })
    }

    /// Samples of the buffer, see [`Dwt::buffer`].
    #[must_use]
    pub fn buffer_len(&self) -> usize {
        let [height, width] = self.dwt.buffer(self.size);
        height * width
    }

    /// Samples of work space beside the buffer.
    #[must_use]
    pub fn work_len(&self) -> usize {
        self.dwt.image_work_len::<N>(self.size)
    }

    /// Calls `visit(band, coefficients)` for the image itself, its histograms, and then for each band of the transform, finest
    /// first. The buffer is work space.
    ///
    /// # Errors
    /// `x` has not as many samples as the image, or the buffer or `work` is of another length than is needed.
    pub fn analyze(
        &self,
        x: &[f32],
        buffer: &mut [f32],
        work: &mut [f32],
        mut visit: impl FnMut(usize, &[f32]),
    ) -> Result<(), Invalid> {
        self.look(x, &mut visit)?;
        let [[_, width], [_, stride]] = [self.size, self.dwt.buffer(self.size)];
        let mut rows = x.chunks(width.max(1));
        for into in buffer.chunks_mut(stride.max(1)) {
            // Not a zip: of chunks it divides by their length, of which compilers for size do not see that it is not 0.
            let Some(row) = rows.next() else { break };
            into.iter_mut().zip(row).for_each(|(into, sample)| *into = *sample);
        }
        self.dwt.analyze_image::<_, N>(buffer, self.size, work, visit)
    }

    /// [`Images::analyze`] of an image that is its own buffer and is used up.
    ///
    /// # Errors
    /// The image has another buffer than itself, or `work` is too short.
    pub fn analyze_in_place(
        &self,
        image: &mut [f32],
        work: &mut [f32],
        mut visit: impl FnMut(usize, &[f32]),
    ) -> Result<(), Invalid> {
        self.look(image, &mut visit)?;
        self.dwt.analyze_image::<_, N>(image, self.size, work, visit)
    }

    /// The image and its histograms.
    fn look(&self, x: &[f32], visit: &mut impl FnMut(usize, &[f32])) -> Result<(), Invalid> {
        let [height, width] = self.size;
        Invalid::WindowLen.unless(x.len() == height * width)?;
        let itself = self.dwt.image_bands();
        visit(itself, x);
        if self.counts.is_empty() {
            return Ok(());
        }
        let mut histograms = [[0.0; MAX_BINS as usize]; MAX_COUNTS];
        for [row, column] in peaks(x, self.size) {
            for ((kernel, bins), counts) in self.counts.iter().zip(&mut histograms) {
                let height = match kernel {
                    Some(kernel) => kernel.at(x, self.size, [row, column]),
                    None => x.get(row * width + column).copied().unwrap_or(0.0),
                };
                if let Some(count) = counts.get_mut(bins.of(height)) {
                    *count += 1.0;
                }
            }
        }
        for (((_, bins), counts), band) in self.counts.iter().zip(&histograms).zip(itself + 1..) {
            visit(band, counts.get(..usize::from(bins.count)).unwrap_or_default());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use crate::features;
    use crate::model::tests::{Parts, image_parts, parts};
    use proptest::prelude::*;
    use std::{vec, vec::Vec as List};

    fn samples() -> impl Strategy<Value = List<f32>> {
        prop::collection::vec((-9..9_i8).prop_map(f32::from), 96)
    }

    proptest! {
        #[test]
        fn an_image_scores_the_same_in_place_and_as_its_features_by_hand(x in samples()) {
            let products = vec![[0, 4], [1, 2], [3, 3]];
            let weights = (1..=16_i8).map(f32::from).collect();
            let parts = Parts { products, weights, ..image_parts() };
            let model = parts.model();
            let (scorer, lanes) = (model.images::<1>().unwrap(), model.images::<8>().unwrap());
            let (mut buffer, mut work) = (vec![0.0; scorer.images().buffer_len()], vec![0.0; scorer.images().work_len()]);
            let scores = scorer.score(&x, &mut buffer, &mut work).unwrap();
            prop_assert_eq!(&scorer.score_in_place(&mut x.clone(), &mut work).unwrap(), &scores);
            let mut wide = vec![0.0; lanes.images().work_len()];
            prop_assert_eq!(&lanes.score(&x, &mut buffer, &mut wide).unwrap(), &scores);

            let mut values = [f32::NAN; 5];
            let terms = &image_parts().terms;
            let each = |i, value| values[i] = value;
            features::of_image(scorer.images(), &x, terms, 1.0, &mut buffer, &mut work, each).unwrap();
            let least = x.iter().copied().fold(f32::INFINITY, f32::min);
            let high = peaks(&x, [8, 12]).filter(|[row, column]| x[row * 12 + column] >= 2.5).count();
            prop_assert_eq!(values[2..4].to_vec(), [least, high as f32]);
            let by_hand = |output: usize| {
                let weight = |i: usize| parts.weights[2 * i + output];
                let sum = [2, 3, 4, 0, 1].iter().fold(parts.bias[output], |sum, &i| sum + weight(i) * values[i]);
                let product = |[first, second]: [u8; 2]| values[usize::from(first)] * values[usize::from(second)];
                parts.products.iter().zip(5..).fold(sum, |sum, (&pair, i)| sum + weight(i) * product(pair))
            };
            prop_assert_eq!(scores.outputs(), [by_hand(0), by_hand(1)]);
        }
    }

    #[test]
    fn signals_and_images_are_not_taken_for_each_other() {
        let image = image_parts().model();
        assert_eq!(image.score(&[0.0; 96], &mut [0.0; 400]).unwrap_err().field(), "image");
        assert_eq!(parts().model().images::<1>().unwrap_err().field(), "image");
        let scorer = image.images::<1>().unwrap();
        assert_eq!(scorer.score(&[0.0; 95], &mut [0.0; 96], &mut [0.0; 96]).unwrap_err().field(), "window");
        assert_eq!(scorer.score(&[0.0; 96], &mut [0.0; 95], &mut [0.0; 96]).unwrap_err().field(), "buffer");
        assert_eq!(scorer.score_in_place(&mut [0.0; 96], &mut [0.0; 9]).unwrap_err().field(), "work");
    }
}
