//! Histograms of the peaks of images: which heights are counted, and in which bins.

use awd_core::Dwt;
use awd_core::features::image::Kernel;
use awd_core::features::image::{Bins, peaks};
use awd_core::features::image::{Image, PeakCounts, kernel_len};
use ndarray::{Array2, Axis};
use rayon::prelude::*;

/// Candidate heights of a peak: the pixel itself (0), or the output of the approximation kernel of the first, second or
/// third level (1, 5, 9), which has less noise.
const KERNELS: [u8; 4] = [0, 1, 5, 9];

/// Kernels with more taps are left out: they would take more time than everything else.
const TAPS: usize = 32;

/// Bins of a histogram.
const BINS: u8 = 12;

/// Maximum number of images whose peaks determine the bins.
const IMAGES: usize = 128;

/// The share of the peaks below the second bin, and the share below the last.
const ENDS: [f64; 2] = [0.05, 0.995];

/// Up to `most` histograms for images like `x` (n, height · width).
///
/// # Panics
/// The height is 0, or does not fit a `u16`.
#[must_use]
pub fn histograms(dwt: &Dwt<f32>, height: usize, most: usize, x: &Array2<f32>) -> Image {
    let size = [height, x.ncols() / height];
    let step = x.nrows().div_ceil(IMAGES).max(1);
    let sampled: Vec<Vec<f32>> = x.axis_iter(Axis(0)).step_by(step).map(|x| x.to_vec()).collect();
    let counts = KERNELS.into_iter().take(most).filter_map(|kernel| {
        if kernel > 4 * dwt.levels() || kernel_len(dwt, kernel) > TAPS {
            return None;
        }
        let filter = kernel.checked_sub(1).map(|kernel| Kernel::new(dwt, kernel.into()).expect("a kernel of a level"));
        let heights = |x: &Vec<f32>| -> Vec<f32> {
            let height = |at: [usize; 2]| filter.as_ref().map_or(x[at[0] * size[1] + at[1]], |f| f.at(x, size, at));
            peaks(x, size).map(height).collect()
        };
        let mut heights: Vec<f32> = sampled.par_iter().flat_map_iter(heights).collect();
        heights.sort_by(f32::total_cmp);
        bins(&heights, BINS, ENDS).map(|bins| PeakCounts { kernel, bins })
    });
    Image { height: u16::try_from(height).expect("a window's rows are within the bounds"), counts: counts.collect() }
}

/// `count` bins for these ascending heights. The first and the last bin are open; the others divide the range between
/// the two quantiles `ends`. None if the two quantiles are equal.
pub(crate) fn bins(heights: &[f32], count: u8, ends: [f64; 2]) -> Option<Bins> {
    let at = |share: f64| heights.get((share * heights.len() as f64) as usize).copied();
    let (low, high) = (at(ends[0])?, at(ends[1])?);
    let step = (high - low) / f32::from(count - 2);
    let bins = Bins { first: low - step, step, count };
    (step.is_finite() && step > 0.0).then_some(bins)
}

#[cfg(test)]
mod tests {
    use super::*;
    use awd_core::{Boundary, named};

    #[test]
    fn few_peaks_fall_into_the_open_bins() {
        let heights: Vec<f32> = (0..1000).map(|i| i as f32 / 10.0 - 20.0).collect();
        let bins = bins(&heights, BINS, ENDS).unwrap();
        let mut counts = [0; BINS as usize];
        heights.iter().for_each(|&height| counts[bins.of(height)] += 1);
        assert!((48..=52).contains(&counts[0]) && (3..=7).contains(&counts[11]), "{counts:?}");
        assert!(counts[1..11].iter().all(|count| (90..=100).contains(count)), "{counts:?}");
    }

    #[test]
    fn images_without_peaks_have_no_histograms() {
        let dwt = Dwt::new(named::HAAR.lifting().unwrap(), Boundary::Periodization, 2);
        assert!(histograms(&dwt, 8, 4, &Array2::zeros((5, 64))).counts.is_empty());
        let x = Array2::from_shape_fn((50, 64), |(i, k)| ((i * 13 + k * k * 7) % 31) as f32);
        let image = histograms(&dwt, 8, 4, &x);
        assert_eq!(
            (image.height, image.counts.iter().map(|counts| counts.kernel).collect::<Vec<_>>()),
            (8, vec![0, 1, 5])
        );
    }
}
