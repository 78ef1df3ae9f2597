//! A pass of a score over the bands: computes the selected features of each band and feeds them to the readout.

use crate::Invalid;
use crate::Model;
use crate::features::{Asked, Number, Sink, gather};
use crate::model::MAX_TERMS;
use crate::model::records::Selected;
use crate::transform::levels::{Levels, Reader};

/// Features are sorted by band, and within a band in the order in which they are computed, so each is weighed at once.
pub(super) struct Pass<'m, R> {
    /// The number of the first band of the current wavelet.
    pub first: usize,
    /// The features of the bands to come.
    pub features: &'m [Selected],
    /// Standard deviation of the training samples, in the unit of the coefficients.
    pub deviation: f32,
    /// The readout, which weighs the values of features.
    pub readout: R,
}

impl<R> Pass<'_, R> {
    /// Takes the bands of a window, wavelet by wavelet, as far as features of them are selected, and then the window
    /// itself.
    #[inline(always)]
    pub fn all<T: Number>(&mut self, model: &Model<'_>, x: &[T], work: &mut [T]) -> Result<(), Invalid>
    where
        R: Sink<T::Value>,
    {
        for wavelet in model.stored_wavelets() {
            wavelet.analyze_window(x, work, self)?;
            self.first += usize::from(wavelet.levels) + 1;
        }
        self.window(x);
        Ok(())
    }

    /// Takes the window itself, after all bands.
    #[inline(always)]
    pub fn window<T: Number>(&mut self, x: &[T])
    where
        R: Sink<T::Value>,
    {
        self.offer(0, x);
    }

    /// Takes a band if features of it are selected. The features of earlier bands are done.
    #[inline(always)]
    pub fn offer<T: Number>(&mut self, band: usize, coefficients: &[T])
    where
        R: Sink<T::Value>,
    {
        if Reader::<T>::next(self, band) == band {
            self.take(band, coefficients);
        }
    }
}

impl<T: Number, R: Sink<T::Value>> Reader<T> for Pass<'_, R> {
    #[inline(always)]
    fn next(&self, _: usize) -> usize {
        // The features of earlier bands have been removed.
        self.features.first().map_or(usize::MAX, |[band, _]| usize::from(*band).wrapping_sub(self.first))
    }

    /// Computes the selected features of a band and weighs them.
    #[inline(never)]
    fn take(&mut self, band: usize, coefficients: &[T]) {
        let asked = take_features_of(&mut self.features, self.first + band);
        gather(coefficients, &asked, self.deviation, &mut self.readout);
    }
}

/// Removes the features of a band from the front of the list and returns them as a set.
#[inline(never)]
fn take_features_of(features: &mut &[Selected], wanted: usize) -> Asked {
    let mut asked = Asked::default();
    while let Some((&[band, code], later)) = features.split_first()
        && usize::from(band) == wanted
    {
        asked.add(code);
        *features = later;
    }
    asked
}

/// The size of the smaller buffer: the number of features that suffices for most models with products.
const SMALL_BUFFER: usize = 32;

/// Calls `score` with a buffer on the stack for the values of all features of a model; the buffer is empty if the model
/// has no products.
///
/// The buffer is not in the caller's work space: for a known layout the length of that is known at compile time, and a
/// model without products, as most are, takes no memory for it either way.
#[inline(always)]
pub(super) fn with_value_buffer<V: Copy + Default, R>(model: &Model<'_>, score: impl FnOnce(&mut [V]) -> R) -> R {
    if !cfg!(feature = "products") || model.products().is_empty() {
        score(&mut [])
    } else if model.selected().len() <= SMALL_BUFFER {
        with_buffer_of::<V, SMALL_BUFFER, R>(score)
    } else {
        with_buffer_of::<V, MAX_TERMS, R>(score)
    }
}

/// Not inlined: otherwise the caller's stack frame would hold the buffers of both sizes at once.
#[inline(never)]
fn with_buffer_of<V: Copy + Default, const M: usize, R>(score: impl FnOnce(&mut [V]) -> R) -> R {
    score(&mut [V::default(); M])
}
