//! The `f32` readout: weighs each feature as soon as it is computed.

use super::pass::Pass;
use crate::features::Sink;
use crate::model::MAX_OUTPUTS;
use crate::model::records::Number;
use crate::score::readout::{add, add_one, initial_outputs};
use crate::{Model, Scores};
use heapless::Vec;

/// The outputs after the features so far.
pub(super) struct FloatReadout<'m, 'v> {
    /// The weights of the features to come.
    pub weights: &'m [Number],
    outputs: Vec<f32, MAX_OUTPUTS>,
    /// Buffer for the values of all features, empty unless there are products; and the index of the next feature.
    values: &'v mut [f32],
    pub next: usize,
}

impl<'m, 'v> Pass<'m, FloatReadout<'m, 'v>> {
    /// A pass before the first band, with the buffer of [`with_value_buffer`](super::pass::with_value_buffer).
    #[inline(always)]
    pub fn new(model: &Model<'m>, values: &'v mut [f32]) -> Self {
        let readout =
            FloatReadout { weights: model.stored_weights(), outputs: initial_outputs(model), values, next: 0 };
        Self { first: 0, features: model.selected(), deviation: model.deviation(), readout }
    }

    /// The scores after the last band.
    #[inline(always)]
    pub fn scores(&mut self, model: &Model<'_>) -> Scores {
        let FloatReadout { values, outputs, .. } = &mut self.readout;
        if cfg!(feature = "products") && !values.is_empty() {
            multiply(model, values, outputs);
        }
        Scores::new(model, core::mem::take(outputs))
    }
}

impl FloatReadout<'_, '_> {
    /// Whether values are kept for products.
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

impl Sink<f32> for FloatReadout<'_, '_> {
    #[inline(always)]
    fn take<const M: usize>(&mut self, asked: u8, values: [f32; M]) {
        // The most common case: the values are still in registers and stay there.
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

/// Adds the weighted products of features to the outputs.
#[inline(never)]
fn multiply(model: &Model<'_>, values: &[f32], outputs: &mut [f32]) {
    let before = model.selected().len() * outputs.len();
    let mut weights = model.stored_weights().get(before..).unwrap_or_default();
    for product in model.products() {
        let [first, second] = product.map(|place| values.get(usize::from(place)).copied().unwrap_or_default());
        weights = add_one(outputs, first * second, weights);
    }
}
