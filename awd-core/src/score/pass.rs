//! The walk of a score through the bands: what is asked for of each is gathered and given to the readout.

use crate::Invalid;
use crate::Model;
use crate::features::{Asked, Number, Sink, gather};
use crate::model::MAX_TERMS;
use crate::model::records::Selected;
use crate::transform::levels::{Levels, Reader};

/// Features are in the order of their bands, and of each band in the order in which they are gathered; each is weighed at once.
pub(super) struct Pass<'m, R> {
    /// The number of the first band of the wavelet at hand.
    pub first: usize,
    /// The features of bands to come.
    pub features: &'m [Selected],
    /// Of the training samples, in the unit of the coefficients.
    pub deviation: f32,
    /// What weighs the values of features.
    pub readout: R,
}

impl<R> Pass<'_, R> {
    /// The bands of a window, wavelet by wavelet, as far as features are taken of them, and then the window itself.
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

    /// The window itself, after all bands.
    #[inline(always)]
    pub fn window<T: Number>(&mut self, x: &[T])
    where
        R: Sink<T::Value>,
    {
        self.offer(0, x);
    }

    /// Takes a band if features are taken of it; those before are done.
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
        // Those of bands before are gone.
        self.features.first().map_or(usize::MAX, |[band, _]| usize::from(*band).wrapping_sub(self.first))
    }

    /// Gathers what is asked for of a band and weighs it.
    #[inline(never)]
    fn take(&mut self, band: usize, coefficients: &[T]) {
        let asked = select(&mut self.features, self.first + band);
        gather(coefficients, &asked, self.deviation, &mut self.readout);
    }
}

/// What the first of the features ask for, those of this band; leaves the others.
#[inline(never)]
fn select(features: &mut &[Selected], of: usize) -> Asked {
    let mut asked = Asked::default();
    while let Some((&[band, code], later)) = features.split_first()
        && usize::from(band) == of
    {
        asked.add(code);
        *features = later;
    }
    asked
}

/// Features for whose values there is room on the stack in most models that have products.
const FEW: usize = 32;

/// Calls `score` with room for the values of all features of a model, on the stack; with none where it has no products.
///
/// Not in the caller's work space: that of a known layout has a length known at compile time, and a model without products, which is
/// most, takes nothing more either way.
#[inline(always)]
pub(super) fn with_room<V: Copy + Default, R>(model: &Model<'_>, score: impl FnOnce(&mut [V]) -> R) -> R {
    if !cfg!(feature = "products") || model.products().is_empty() {
        score(&mut [])
    } else if model.selected().len() <= FEW {
        with_room_for::<V, FEW, R>(score)
    } else {
        with_room_for::<V, MAX_TERMS, R>(score)
    }
}

/// Not inlined: otherwise the caller's stack frame would hold the buffers of both sizes at once.
#[inline(never)]
fn with_room_for<V: Copy + Default, const M: usize, R>(score: impl FnOnce(&mut [V]) -> R) -> R {
    score(&mut [V::default(); M])
}
