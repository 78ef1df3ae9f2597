//! The candidate features of a readout, computed by the same code as on the board.

use super::Transform;
use super::histograms::histograms;
use crate::model::{Model, Spec};
use crate::score::LINES;
use awd_core::features::image::{Image, Images, PeakCounts};
use awd_core::features::{self, LAGS, MAX_PLACE, MAX_RANK, Segment};
use awd_core::{Dwt, Feature, Term};
use ndarray::{Array2, Axis};
use rayon::prelude::*;

/// Number of extremes at each end of a band that are candidates.
const RANKS: u8 = 4;

/// The candidate features of windows, and what computes them.
#[derive(Debug, Clone)]
pub struct Candidates {
    /// The transforms in f32.
    pub wavelets: Vec<Dwt<f32>>,
    /// The height and the histograms of images.
    pub image: Option<Image>,
    /// The terms, in the order in which models list them.
    pub terms: Vec<Term>,
    /// Products of two terms, by the indices of the terms. Their columns follow those of the terms.
    pub products: Vec<[u8; 2]>,
    /// Standard deviation of the training samples.
    pub deviation: f32,
}

impl Candidates {
    /// The candidates for windows like `x` (n, N): features of the bands and of the window itself. For images, there
    /// are also histograms of peaks, whose bins cover the heights of the peaks in `x`.
    #[must_use]
    pub fn of(transform: &Transform, x: &Array2<f32>) -> Self {
        let (wavelets, window, deviation) = (transform.transforms(), x.ncols(), transform.deviation);
        if transform.height < 2 {
            let band_lens = |dwt: &Dwt<f32>| dwt.band_ranges(window).map(|range| range.len()).collect::<Vec<_>>();
            let lens = wavelets.iter().flat_map(band_lens).chain([window]);
            let terms = (0_u8..).zip(lens).flat_map(|(band, len)| signal_terms(band, len)).collect();
            return Self { wavelets, image: None, terms, products: vec![], deviation };
        }
        let dwt = &wavelets[0];
        let image = histograms(dwt, transform.height, transform.histograms, x);
        let sizes = dwt.image_band_sizes(image.size(window)).map(|[height, width]| height * width).chain([window]);
        let bands = (0_u8..).zip(sizes).flat_map(|(band, len)| image_terms(band, len));
        let terms = bands.chain(of_histograms(dwt, &image)).collect();
        Self { image: Some(image), terms, products: vec![], deviation, wavelets }
    }

    /// The features that a model uses.
    #[must_use]
    pub fn of_model(model: &Model) -> Self {
        let Spec { wavelets, image, terms, products, deviation, .. } = model.spec().clone();
        Self { wavelets, image, terms, products, deviation }
    }

    /// Features (n, terms + products) of windows (n, N): all terms, then all products.
    #[must_use]
    pub fn features(&self, x: &Array2<f32>) -> Array2<f64> {
        let mut table = Array2::zeros((x.nrows(), self.terms.len() + self.products.len()));
        self.write_terms(x, &mut table);
        for mut row in table.rows_mut() {
            for (&[i, j], column) in self.products.iter().zip(self.terms.len()..) {
                row[column] = product(row[usize::from(i)], row[usize::from(j)]);
            }
        }
        table
    }

    /// Writes the features of all terms into the first columns of a table.
    fn write_terms(&self, x: &Array2<f32>, table: &mut Array2<f64>) {
        let rows = x.axis_iter(Axis(0)).into_par_iter().zip(table.axis_iter_mut(Axis(0)).into_par_iter());
        let Some(image) = &self.image else {
            let work_len = self.wavelets.iter().map(|dwt| dwt.work_len(x.ncols())).max().unwrap_or(0);
            let work = || vec![0.0; work_len];
            rows.for_each_init(work, |work, (x, mut row)| {
                let mut row = row.iter_mut();
                let analysed =
                    features::of_window(&self.wavelets, &x.to_vec(), &self.terms, self.deviation, work, |value| {
                        if let Some(entry) = row.next() {
                            *entry = f64::from(value);
                        }
                    });
                analysed.expect("the work buffer has the length that the transform asks for");
            });
            return;
        };
        let images =
            Images::<LINES>::new(self.wavelets[0].clone(), image, x.ncols()).expect("options within the bounds");
        let work = || (vec![0.0; images.buffer_len()], vec![0.0; images.work_len()]);
        rows.for_each_init(work, |(buffer, work), (x, mut row)| {
            let write = |index: usize, value: f32| row[index] = f64::from(value);
            let (x, terms) = (x.to_vec(), &self.terms);
            let analysed = features::of_image(&images, &x, terms, self.deviation, buffer, work, write);
            analysed.expect("buffer and work buffer have the lengths that the transform asks for");
        });
    }
}

/// The product of two `f32` features, as the scorer computes it.
#[expect(clippy::cast_possible_truncation, reason = "the features are f32")]
fn product(first: f64, second: f64) -> f64 {
    f64::from(first as f32 * second as f32)
}

/// The extremes of a band of `len` coefficients.
fn extremes(len: usize) -> impl Iterator<Item = Feature> {
    const { assert!(RANKS <= MAX_RANK) };
    let ranks = 0..RANKS.min(u8::try_from(len).unwrap_or(RANKS));
    ranks.flat_map(|rank| [Feature::Largest(rank), Feature::Smallest(rank)])
}

/// The candidate terms of a band of signals, in ascending order.
fn signal_terms(band: u8, len: usize) -> Vec<Term> {
    use Feature::{
        AbsSum, Centroid, Coefficient, Crossings, FirstMoment, Increment, LogAbsSum, LogEnergy, LogIncrement,
        LogModulusIncrement, LogSegmentAbsSum, LongestNegative, LongestPositive, ModulusIncrement, Position,
        PositiveCount, PositiveSum, RootEnergy, SegmentAbsSum, SegmentSum,
    };
    let sums = [AbsSum, RootEnergy, LogAbsSum, LogEnergy, FirstMoment, Centroid, Position];
    let signs = [PositiveCount, PositiveSum, LongestPositive, LongestNegative, Crossings];
    // A lag of half a band or more compares only the ends of the band.
    let lags = LAGS.into_iter().filter(|lag| 2 * usize::from(*lag) < len);
    let increments =
        lags.flat_map(|lag| [Increment(lag), LogIncrement(lag), ModulusIncrement(lag), LogModulusIncrement(lag)]);
    let parts = [4, 8].into_iter().filter(|parts| 2 * usize::from(*parts) <= len);
    let segments = parts.flat_map(|of| (0..of).map(move |part| Segment { part, of }));
    let segments =
        segments.flat_map(|segment| [SegmentAbsSum(segment), LogSegmentAbsSum(segment), SegmentSum(segment)]);
    // In longer bands, events are rarely aligned to the sample.
    let places = u8::try_from(len).ok().filter(|len| *len <= MAX_PLACE).unwrap_or(0);
    let places = (0..places).map(Coefficient);
    ascending(band, extremes(len).chain(sums).chain(signs).chain(increments).chain(segments).chain(places))
}

/// The candidate terms of a band of images, in ascending order. Positions in an image carry no information.
fn image_terms(band: u8, len: usize) -> Vec<Term> {
    use Feature::{AbsSum, LogAbsSum, LogEnergy, RootEnergy};
    ascending(band, extremes(len).chain([AbsSum, RootEnergy, LogAbsSum, LogEnergy]))
}

/// A term for each bin of each histogram of images, in ascending order.
pub(crate) fn of_histograms(dwt: &Dwt<f32>, image: &Image) -> Vec<Term> {
    let first = u8::try_from(dwt.image_bands() + 1).unwrap_or(u8::MAX);
    let terms = |(band, counts): (u8, &PeakCounts)| {
        (0..counts.bins.count).map(move |bin| Term { band, feature: Feature::Coefficient(bin) })
    };
    (first..).zip(&image.counts).flat_map(terms).collect()
}

fn ascending(band: u8, features: impl Iterator<Item = Feature>) -> Vec<Term> {
    let mut terms: Vec<Term> = features.map(|feature| Term { band, feature }).collect();
    terms.sort_unstable();
    terms
}
