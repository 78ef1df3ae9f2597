//! The model: everything that a device needs to score a window, read in place from its file.

mod arithmetic;
pub mod format;
mod kind;
mod moments;
mod provenance;
mod read;
pub(crate) mod records;
mod validate;
mod write;

use crate::features::Term;
use crate::features::image::Image;
use crate::transform::dwt::{Dwt, MAX_LEVELS};
use crate::transform::levels::Levels;
pub(crate) use arithmetic::FixedReadout;
pub use arithmetic::{Arithmetic, Integers};
use format::List;
pub use format::{Header, MAX_BYTES, MAX_CLASS_NAME};
pub use kind::{Kind, MAX_OUTPUTS};
pub use moments::Moments;
pub use provenance::Provenance;
pub use read::read_shape;
use records::{
    Fields, Histogram, Number, Pair, Product, Selected, StoredProvenance, StoredScheme, StoredStep, StoredWavelet,
    Wavelet, boundary_of, histogram_of, limit_and_point, moments_of, numbers_of, provenance_of, shape_of, term_of,
};
pub use write::Draft;

/// The maximum number of samples of a window.
pub const MAX_WINDOW: u16 = 4096;

/// The maximum number of wavelets of a model, applied side by side.
pub const MAX_WAVELETS: usize = 3;

/// The maximum number of selected features and products of a model, together.
pub const MAX_TERMS: usize = 128;

/// The maximum number of weights of a readout, all outputs together.
pub const MAX_WEIGHTS: usize = 512;

/// A validated model, read in place from its file. Scoring with it fails only if a buffer has the wrong length.
///
/// It borrows the bytes of the file, which may be in flash, in a constant or in RAM. It takes 36 bytes on a 32-bit
/// processor.
///
/// ```
/// use awd_core::model::Draft;
/// use awd_core::{Boundary, Dwt, Feature, Kind, Model, Term, named};
///
/// let db2 = [Dwt::new(named::DB2.lifting()?, Boundary::Zero, 3)];
/// let terms = [Term { band: 0, feature: Feature::AbsSum }];
/// let draft = Draft { columns: 40, wavelets: &db2, terms: &terms, bias: &[0.5], weights: &[2.0], ..Draft::default() };
/// let mut file = [0; 256];
/// let file = draft.write(&mut file)?;
///
/// let model = Model::from_bytes(file)?;
/// assert_eq!((model.window(), model.outputs(), model.parameters()), (40, 1, 4 + 1 + 1));
/// assert!(model.terms().eq(terms));
/// # Ok::<(), awd_core::FormatError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Model<'a> {
    file: &'a [u8],
    header: Header,
}

impl<'a> Model<'a> {
    /// The bytes of the file.
    #[must_use]
    pub const fn file(&self) -> &'a [u8] {
        self.file
    }

    /// The header, without the borrow of the file.
    #[must_use]
    pub const fn header(&self) -> Header {
        self.header
    }

    /// The records of a list.
    #[inline(always)]
    fn records<const N: usize>(&self, list: List) -> &'a [[u8; N]] {
        self.list(list).as_chunks().0
    }

    /// The number of samples of a window.
    #[must_use]
    pub fn window(&self) -> usize {
        let [rows, columns] = self.shape();
        usize::from(rows) * usize::from(columns)
    }

    /// Rows and columns of a window: a signal has one row, an image at least two. An image is stored row by row.
    #[must_use]
    pub fn shape(&self) -> [u16; 2] {
        shape_of(self.fields())
    }

    /// The record of the scalar fields.
    #[inline(always)]
    fn fields(&self) -> Fields {
        self.records(List::Fields).first().copied().unwrap_or([0; size_of::<Fields>()])
    }

    /// Whether the window is an image.
    #[must_use]
    pub fn is_image(&self) -> bool {
        self.shape()[0] > 1
    }

    /// Height and histograms of the image, if the window is one.
    #[must_use]
    pub fn image(&self) -> Option<Image> {
        let mut image = Image { height: self.shape()[0], ..Image::default() };
        for histogram in self.records::<{ size_of::<Histogram>() }>(List::Histograms) {
            // Cannot fail: validation bounds their number.
            let _ = image.counts.push(histogram_of(*histogram));
        }
        self.is_image().then_some(image)
    }

    /// Standard deviation of the training samples, in their unit, more than 0. The floor of logarithmic features is
    /// relative to it.
    #[must_use]
    pub fn deviation(&self) -> f32 {
        numbers_of(self.fields())[0]
    }

    /// What the outputs mean.
    #[must_use]
    pub fn kind(&self) -> Kind {
        let [.., kind, _, _, _] = self.fields();
        if kind == 0 { Kind::Linear } else { Kind::Softmax }
    }

    /// The logit above which class 1 of two is predicted; 0 corresponds to a probability of 1/2. 0 for all other
    /// models.
    #[must_use]
    pub fn threshold(&self) -> f32 {
        numbers_of(self.fields())[2]
    }

    /// The number of wavelets.
    pub(crate) fn stored_count(&self) -> usize {
        self.records::<{ size_of::<Wavelet>() }>(List::Wavelets).len()
    }

    /// The wavelets as stored in the file.
    #[inline(always)]
    pub(crate) fn stored_wavelets(&self) -> impl Iterator<Item = StoredWavelet<'a>> + use<'_, 'a> {
        (0..self.stored_count()).filter_map(|index| self.stored(index))
    }

    /// A wavelet as stored in the file.
    // Not inlined, to save flash.
    #[inline(never)]
    pub(crate) fn stored(&self, index: usize) -> Option<StoredWavelet<'a>> {
        let mut schemes: &[StoredScheme] = self.records(List::Schemes);
        let mut steps: &[StoredStep] = self.records(List::Steps);
        let wavelets: &[Wavelet] = self.records(List::Wavelets);
        let mut found = None;
        for &[boundary, levels, phases, count] in wavelets.get(..=index)? {
            let (of_wavelet, later) = schemes.split_at_checked(count.into())?;
            let count = of_wavelet.iter().map(|[.., steps]| usize::from(*steps)).sum();
            let (of_schemes, after) = steps.split_at_checked(count)?;
            (schemes, steps) = (later, after);
            found = Some(StoredWavelet {
                boundary: boundary_of(boundary)?,
                levels,
                phases,
                schemes: of_wavelet,
                steps: of_schemes,
            });
        }
        found
    }

    /// The transforms, one per wavelet. The bands are numbered through: those of the second wavelet follow those of the
    /// first.
    pub fn wavelets(&self) -> impl Iterator<Item = Dwt<f32>> + use<'a> {
        let model = *self;
        (0..self.stored_count()).map(move |index| model.wavelet(index))
    }

    /// The transform of the first wavelet.
    #[must_use]
    pub fn dwt(&self) -> Dwt<f32> {
        self.wavelet(0)
    }

    /// The transform of a wavelet.
    fn wavelet(&self, index: usize) -> Dwt<f32> {
        self.stored(index).map_or_else(Dwt::blank, |wavelet| Dwt::from_levels(&wavelet))
    }

    /// The number of bands of all transforms together. The next band is the window itself; for images, the histograms
    /// of peaks follow.
    #[must_use]
    pub fn bands(&self) -> usize {
        self.stored_wavelets().map(|wavelet| self.bands_of(&wavelet)).sum()
    }

    /// The number of bands of one transform.
    fn bands_of(&self, wavelet: &StoredWavelet<'_>) -> usize {
        let bands_per_level = if self.is_image() { 3 } else { 1 };
        bands_per_level * usize::from(wavelet.levels) + 1
    }

    /// The number of coefficients of a band; `None` if there is no such band.
    #[must_use]
    pub fn band_len(&self, band: usize) -> Option<usize> {
        let mut band = band;
        for wavelet in self.stored_wavelets() {
            let bands = self.bands_of(&wavelet);
            if band < bands {
                return Some(self.coefficients(&wavelet, band));
            }
            band -= bands;
        }
        match band.checked_sub(1) {
            None => Some(self.window()),
            Some(histogram) => {
                let histograms: &[Histogram] = self.records(List::Histograms);
                histograms.get(histogram).map(|[_, bins, ..]| usize::from(*bins))
            }
        }
    }

    /// The number of coefficients of a band of a wavelet.
    fn coefficients(&self, wavelet: &StoredWavelet<'_>, band: usize) -> usize {
        let [rows, columns] = self.shape().map(usize::from);
        if rows > 1 {
            // Three detail bands per level.
            wavelet.half_len(rows, band / 3) * wavelet.half_len(columns, band / 3)
        } else {
            let phases = if band < usize::from(wavelet.levels) { wavelet.phases } else { 1 };
            usize::from(phases) * wavelet.half_len(columns, band)
        }
    }

    /// The selected features, in ascending order.
    pub fn terms(&self) -> impl ExactSizeIterator<Item = Term> + Clone + use<'a> {
        self.selected().iter().map(|record| {
            // Cannot fail: validation checks every code.
            term_of(*record).unwrap_or(Term { band: 0, feature: crate::Feature::AbsSum })
        })
    }

    #[inline(always)]
    pub(crate) fn selected(&self) -> &'a [Selected] {
        self.records(List::Features)
    }

    /// Products of two features, as their indices in the list of features, the first at most the second, in ascending
    /// order. They are the inputs of the readout after the features.
    #[must_use]
    #[inline(always)]
    pub fn products(&self) -> &'a [[u8; 2]] {
        self.records::<{ size_of::<Product>() }>(List::Products)
    }

    /// The number of outputs.
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.stored_bias().len()
    }

    /// The bias of each output.
    pub fn bias(&self) -> impl ExactSizeIterator<Item = f32> + Clone + use<'a> {
        self.stored_bias().iter().map(|number| f32::from_le_bytes(*number))
    }

    #[inline(always)]
    pub(crate) fn stored_bias(&self) -> &'a [Number] {
        self.records(List::Bias)
    }

    /// The weights, for each feature and then for each product; those of all outputs for one input are adjacent.
    pub fn weights(&self) -> impl ExactSizeIterator<Item = f32> + Clone + use<'a> {
        self.stored_weights().iter().map(|number| f32::from_le_bytes(*number))
    }

    #[inline(always)]
    pub(crate) fn stored_weights(&self) -> &'a [Number] {
        self.records(List::Weights)
    }

    /// Minimum and maximum of the samples of the training windows, if the model stores training statistics.
    #[must_use]
    pub fn range(&self) -> Option<[f32; 2]> {
        self.reference().first().map(|&range| {
            let Moments { mean: least, deviation: greatest } = moments_of(range);
            [least, greatest]
        })
    }

    /// Mean and standard deviation of the log energy of each band of the first wavelet over the training windows,
    /// finest first; empty if the model stores no training statistics.
    pub fn moments(&self) -> impl ExactSizeIterator<Item = Moments> + Clone + use<'a> {
        self.reference().get(1..).unwrap_or_default().iter().map(|pair| moments_of(*pair))
    }

    /// The range of the samples, then the moments of the bands.
    fn reference(&self) -> &'a [Pair] {
        self.records(List::Reference)
    }

    /// The provenance of the model, if stored.
    #[must_use]
    pub fn provenance(&self) -> Option<Provenance> {
        let records: &[StoredProvenance] = self.records(List::Provenance);
        records.first().and_then(provenance_of)
    }

    /// Length of the work space for a window of a signal, in samples, besides the window itself.
    #[must_use]
    pub fn work_len(&self) -> usize {
        let wavelets = self.stored_wavelets();
        wavelets.map(|wavelet| Levels::<f32>::work_len(&wavelet, self.window())).fold(0, usize::max)
    }

    /// The number of parameters: those of the lifting steps ([`Step::parameters`](crate::Step::parameters)), weights,
    /// biases, and first edge and width of the bins of each histogram. Scales and normalisation are absorbed by the
    /// weights.
    #[must_use]
    pub fn parameters(&self) -> usize {
        let steps: &[StoredStep] = self.records(List::Steps);
        let taps: usize = steps.iter().map(|step| records::step_of(*step).parameters()).sum();
        let histograms: &[Histogram] = self.records(List::Histograms);
        taps + self.stored_weights().len() + self.outputs() + 2 * histograms.len()
    }
}

#[cfg(test)]
mod input_tests;
#[cfg(test)]
pub(crate) mod tests;
