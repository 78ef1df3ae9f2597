//! The bands of an image: those of the transform, the image itself, and histograms of its peaks.
//!
//! Bands 0 to 3J are those of [`Dwt::analyze_image`]; then comes the image, and then a histogram of peaks for each
//! [`PeakCounts`], whose coefficients are counts. So every feature of a band can also be computed from these.

pub(crate) mod kernel;
pub(crate) mod peaks;

use crate::transform::dwt2::Size;
use crate::{Dwt, Invalid};
use heapless::Vec;
pub use kernel::{Kernel, MAX_KERNEL};
pub use peaks::{Bins, MAX_BINS, peaks};
use serde::{Deserialize, Serialize};

/// The maximum number of histograms of a model.
pub const MAX_COUNTS: usize = 4;

/// The image in a model's window: its height and the histograms of its peaks.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Image {
    /// The number of rows of the image, which is stored row by row.
    pub height: u16,
    /// The histograms of its peaks.
    pub counts: Vec<PeakCounts, MAX_COUNTS>,
}

/// A histogram of the peaks of an image.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct PeakCounts {
    /// How heights are measured: 0 takes the image's own values, k + 1 takes the values of kernel k at the peaks
    /// ([`Kernel::new`]).
    pub kernel: u8,
    /// The bins of the heights.
    pub bins: Bins,
}

impl Image {
    /// Height and width of an image of `samples` samples.
    #[must_use]
    pub fn size(&self, samples: usize) -> Size {
        let height = usize::from(self.height);
        [height, samples.checked_div(height).unwrap_or(0)]
    }
}

/// The maximum number of taps of the filters of `kernel`, counted from 1; 1 for `kernel` 0, the image itself.
#[must_use]
pub fn kernel_len(dwt: &Dwt<f32>, kernel: u8) -> usize {
    kernel_taps(|level| dwt.scheme(level).filter_len(), kernel)
}

/// The same for a wavelet whose filters have `filter_len(level)` taps.
pub(crate) fn kernel_taps(filter_len: impl Fn(usize) -> usize, kernel: u8) -> usize {
    let levels = usize::from(kernel.div_ceil(4));
    (0..levels).fold(1, |len: usize, level| len + (filter_len(level).saturating_sub(1) << level))
}

/// A transform of images, N lines at a time, and histograms of their peaks, with precomputed kernels.
#[derive(Debug, Clone)]
pub struct Images<const N: usize> {
    dwt: Dwt<f32>,
    size: Size,
    /// Without a kernel, heights are values of the image.
    counts: Vec<(Option<Kernel>, Bins), MAX_COUNTS>,
}

impl<const N: usize> Images<N> {
    /// Prepares the analysis of images of `samples` samples.
    ///
    /// # Errors
    /// The samples are not whole rows, or a kernel is too long.
    pub fn new(dwt: Dwt<f32>, image: &Image, samples: usize) -> Result<Self, Invalid> {
        let [height, width] = image.size(samples);
        Invalid::Window.unless(height > 0 && height * width == samples)?;
        let mut counts = Vec::new();
        for PeakCounts { kernel, bins } in &image.counts {
            let kernel = kernel.checked_sub(1).map(|kernel| Kernel::new(&dwt, kernel.into())).transpose()?;
            // Cannot fail: both lists have the same capacity.
            let _ = counts.push((kernel, *bins));
        }
        Ok(Self { dwt, size: image.size(samples), counts })
    }

    /// Length of the buffer in samples, see [`Dwt::buffer`].
    #[must_use]
    pub fn buffer_len(&self) -> usize {
        let [height, width] = self.dwt.buffer(self.size);
        height * width
    }

    /// Length of the work space in samples, besides the buffer.
    #[must_use]
    pub fn work_len(&self) -> usize {
        self.dwt.image_work_len::<N>(self.size)
    }

    /// Calls `visit(band, coefficients)` for the image itself, then its histograms, and then each band of the
    /// transform, finest first. The buffer is overwritten.
    ///
    /// # Errors
    /// The length of `x` is not that of the image, the length of the buffer is not [`Images::buffer_len`], or `work` is
    /// too short.
    pub fn analyze(
        &self,
        x: &[f32],
        buffer: &mut [f32],
        work: &mut [f32],
        mut visit: impl FnMut(usize, &[f32]),
    ) -> Result<(), Invalid> {
        self.visit_image(x, &mut visit)?;
        let [[_, width], [_, stride]] = [self.size, self.dwt.buffer(self.size)];
        let mut rows = x.chunks(width.max(1));
        for into in buffer.chunks_mut(stride.max(1)) {
            // No zip: a zip of chunks divides by the chunk length, and when optimising for size the compiler does not
            // see that it is not 0.
            let Some(row) = rows.next() else { break };
            into.iter_mut().zip(row).for_each(|(into, sample)| *into = *sample);
        }
        self.dwt.analyze_image::<_, N>(buffer, self.size, work, visit)
    }

    /// The same as [`Images::analyze`], for an image that is its own buffer and is overwritten.
    ///
    /// # Errors
    /// The buffer would be larger than the image, or `work` is too short.
    pub fn analyze_in_place(
        &self,
        image: &mut [f32],
        work: &mut [f32],
        mut visit: impl FnMut(usize, &[f32]),
    ) -> Result<(), Invalid> {
        self.visit_image(image, &mut visit)?;
        self.dwt.analyze_image::<_, N>(image, self.size, work, visit)
    }

    /// Visits the image and its histograms.
    fn visit_image(&self, x: &[f32], visit: &mut impl FnMut(usize, &[f32])) -> Result<(), Invalid> {
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
        fn an_image_scores_the_same_in_place_and_by_hand(x in samples()) {
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
            let store = |i, value| values[i] = value;
            features::of_image(scorer.images(), &x, terms, 1.0, &mut buffer, &mut work, store).unwrap();
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
    fn models_of_signals_refuse_images_and_vice_versa() {
        let image = image_parts().model();
        assert_eq!(image.score(&[0.0; 96], &mut [0.0; 400]).unwrap_err().field(), "image");
        assert_eq!(parts().model().images::<1>().unwrap_err().field(), "image");
        let scorer = image.images::<1>().unwrap();
        assert_eq!(scorer.score(&[0.0; 95], &mut [0.0; 96], &mut [0.0; 96]).unwrap_err().field(), "window");
        assert_eq!(scorer.score(&[0.0; 96], &mut [0.0; 95], &mut [0.0; 96]).unwrap_err().field(), "buffer");
        assert_eq!(scorer.score_in_place(&mut [0.0; 96], &mut [0.0; 9]).unwrap_err().field(), "work");
    }
}
