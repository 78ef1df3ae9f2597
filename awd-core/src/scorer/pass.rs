//! What a window has scored after some of its bands.

use crate::features::{Asked, Sink, gather};
use crate::model::MAX_TERMS;
use crate::model::records::{Number, Selected};
use crate::readout::{MAX_OUTPUTS, add, add_one, start};
use crate::{Model, Scores};
use heapless::Vec;

/// Features are in the order of their bands, and of each band in the order in which they are gathered; each is weighed at once.
pub(super) struct Pass<'m, 'v> {
    /// The number of the next band.
    pub band: u8,
    /// The features of bands to come, and their weights.
    pub features: &'m [Selected],
    pub weights: &'m [Number],
    deviation: f32,
    outputs: Vec<f32, MAX_OUTPUTS>,
    /// Room for the values of all features, if there are products of them; and the place of the next feature.
    values: &'v mut [f32],
    pub next: usize,
}

impl<'m, 'v> Pass<'m, 'v> {
    /// Before the first band, with the room that [`with_room`] gives.
    #[inline(always)]
    pub fn new(model: &Model<'m>, values: &'v mut [f32]) -> Self {
        let (features, weights) = (model.selected(), model.stored_weights());
        Self { band: 0, features, weights, deviation: model.deviation(), outputs: start(model), values, next: 0 }
    }

    /// Takes the next band, of whose coefficients `value` makes numbers; after all bands the window itself.
    #[inline(always)]
    pub fn take<T: Copy>(&mut self, coefficients: &[T], value: impl Fn(T) -> f32 + Copy) {
        if self.features.first().is_some_and(|[band, _]| *band == self.band) {
            self.weigh(coefficients, value);
        }
        self.band = self.band.wrapping_add(1);
    }

    /// Gathers what is asked for of the band at hand and weighs it.
    #[inline(never)]
    fn weigh<T: Copy>(&mut self, coefficients: &[T], value: impl Fn(T) -> f32 + Copy) {
        let asked = self.select();
        gather(coefficients, value, &asked, self.deviation, self);
    }

    /// What the features of the band at hand ask for.
    #[inline(never)]
    fn select(&mut self) -> Asked {
        let mut asked = Asked::default();
        while let Some((&[band, code], later)) = self.features.split_first()
            && band == self.band
        {
            asked.add(code);
            self.features = later;
        }
        asked
    }

    /// The scores after the last band.
    #[inline(always)]
    pub fn scores(&mut self, model: &Model<'_>) -> Scores {
        if self.keeps() {
            multiply(model, self.values, &mut self.outputs);
        }
        Scores::new(model, core::mem::take(&mut self.outputs))
    }

    /// Is anything kept for products?
    #[inline(always)]
    const fn keeps(&self) -> bool {
        cfg!(feature = "products") && !self.values.is_empty()
    }

    /// Keeps a value.
    #[inline(always)]
    fn keep(&mut self, value: f32) {
        if let Some(place) = self.values.get_mut(self.next) {
            *place = value;
        }
        self.next += 1;
    }
}

impl Sink for Pass<'_, '_> {
    #[inline(always)]
    fn take<const M: usize>(&mut self, asked: u8, values: [f32; M]) {
        // The most common: the values are still in registers and stay there.
        if !self.keeps()
            && u32::from(asked) == (1 << M) - 1
            && let [output] = &mut self.outputs[..]
            && let Some((weights, later)) = self.weights.split_first_chunk::<M>()
        {
            let weighed = values.iter().zip(weights);
            *output = weighed.fold(*output, |sum, (value, weight)| sum + f32::from_le_bytes(*weight) * value);
            self.weights = later;
        } else {
            self.take_some(asked, &{ values });
        }
    }

    #[inline(never)]
    fn take_some(&mut self, asked: u8, values: &[f32]) {
        if self.keeps() {
            let asked = (0..).zip(values).filter(|(i, _)| asked >> i & 1 != 0);
            asked.for_each(|(_, value)| self.keep(*value));
        }
        self.weights = add(&mut self.outputs, asked, values, self.weights);
    }

    #[inline(never)]
    fn take_one(&mut self, value: f32) {
        if self.keeps() {
            self.keep(value);
        }
        self.weights = add_one(&mut self.outputs, value, self.weights);
    }
}

/// Weighs the products of features.
#[inline(never)]
fn multiply(model: &Model<'_>, values: &[f32], outputs: &mut [f32]) {
    let before = model.selected().len() * outputs.len();
    let mut weights = model.stored_weights().get(before..).unwrap_or_default();
    for product in model.products() {
        let [first, second] = product.map(|place| values.get(usize::from(place)).copied().unwrap_or_default());
        weights = add_one(outputs, first * second, weights);
    }
}

/// Features for whose values there is room on the stack in most models that have products.
const FEW: usize = 32;

/// Calls `score` with room for the values of all features of a model, on the stack; with none where it has no products.
///
/// Not in the caller's work space: that of fixed point is of 16 bits and that of a known layout has a length known at compile time, and
/// a model without products, which is most, takes nothing more either way.
#[inline(always)]
pub(super) fn with_room<R>(model: &Model<'_>, score: impl FnOnce(&mut [f32]) -> R) -> R {
    if !cfg!(feature = "products") || model.products().is_empty() {
        score(&mut [])
    } else if model.selected().len() <= FEW {
        with_room_for::<FEW, R>(score)
    } else {
        with_room_for::<MAX_TERMS, R>(score)
    }
}

/// Not inlined: otherwise the caller's stack frame would hold the buffers of both sizes at once.
#[inline(never)]
fn with_room_for<const M: usize, R>(score: impl FnOnce(&mut [f32]) -> R) -> R {
    score(&mut [0.0; M])
}
