//! The walk of a score through the bands: what is asked for of each is gathered and given to the readout.

use crate::Model;
use crate::features::{Asked, Number, Sink, gather};
use crate::model::MAX_TERMS;
use crate::model::records::Selected;

/// Features are in the order of their bands, and of each band in the order in which they are gathered; each is weighed at once.
pub(super) struct Pass<'m, R> {
    /// The number of the next band.
    pub band: u8,
    /// The features of bands to come.
    pub features: &'m [Selected],
    /// Of the training samples, in the unit of the coefficients.
    pub deviation: f32,
    /// What weighs the values of features.
    pub readout: R,
}

impl<R> Pass<'_, R> {
    /// Takes the next band; after all bands the window itself.
    #[inline(always)]
    pub fn take<T: Number>(&mut self, coefficients: &[T])
    where
        R: Sink<T::Value>,
    {
        if self.features.first().is_some_and(|[band, _]| *band == self.band) {
            self.weigh(coefficients);
        }
        self.band = self.band.wrapping_add(1);
    }

    /// Gathers what is asked for of the band at hand and weighs it.
    #[inline(never)]
    fn weigh<T: Number>(&mut self, coefficients: &[T])
    where
        R: Sink<T::Value>,
    {
        let asked = select(&mut self.features, self.band);
        gather(coefficients, &asked, self.deviation, &mut self.readout);
    }
}

/// What the first of the features ask for, those of this band; leaves the others.
#[inline(never)]
fn select(features: &mut &[Selected], of: u8) -> Asked {
    let mut asked = Asked::default();
    while let Some((&[band, code], later)) = features.split_first()
        && band == of
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
