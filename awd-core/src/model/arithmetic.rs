//! What boards compute with, and the readout of a model in fixed point.

use super::Model;
use super::format::List;
use super::records::{Number, Shift, Short, limit_and_point, numbers_of};

/// What boards compute with.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Arithmetic {
    /// `f32`.
    #[default]
    Float,
    /// 16-bit fixed point ([`Model::score_fixed`]). In `f32` the model gives the same scores to rounding.
    Fixed {
        /// Units of the samples that one in the last place is worth, more than 0.
        unit: f32,
        /// The greatest modulus that a sample may have, in units of the last place, at least 1: with no more than that no step of the
        /// transform leaves 16 bits, whatever the window.
        limit: i16,
    },
}

/// The readout of a model in fixed point.
///
/// A value v of a feature or a product becomes q = ⌊v / 2ˢ + ½⌋ with its shift s, clamped to 16 bits; an output is its bias plus the sum of
/// weights times q, saturating at 32 bits, in units of 2⁻ᵖ with the binary point p. A product is that of the q of its features.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Integers<'d> {
    /// One for each feature and then each product, −14 to 30.
    pub shifts: &'d [i8],
    /// Bits of the outputs after their binary point.
    pub point: i8,
    /// One for each output.
    pub bias: &'d [i32],
    /// Feature after feature and then product after product, the weights of all outputs for one together. No sum saturates where of each
    /// output the bias and 32768 times all moduli of its weights are less than 2³¹.
    pub weights: &'d [i16],
}

/// The same as the file has it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FixedReadout<'a> {
    pub shifts: &'a [Shift],
    pub point: i8,
    pub bias: &'a [Number],
    pub weights: &'a [Short],
}

impl<'a> Model<'a> {
    /// What boards compute with.
    #[must_use]
    pub fn arithmetic(&self) -> Arithmetic {
        let [_, unit, _] = numbers_of(self.fields());
        let (limit, _) = limit_and_point(self.fields());
        if unit == 0.0 { Arithmetic::Float } else { Arithmetic::Fixed { unit, limit } }
    }

    /// The readout in fixed point; of a model in `f32`, of nothing.
    // One copy of it, which is what makes it small.
    #[inline(never)]
    pub(crate) fn fixed_readout(&self) -> FixedReadout<'a> {
        let (_, point) = limit_and_point(self.fields());
        let inputs = self.selected().len() + self.products().len();
        let (shifts, rest) = self.list(List::Integers).split_at_checked(inputs).unwrap_or_default();
        let (bias, weights) = rest.split_at_checked(4 * self.outputs()).unwrap_or_default();
        FixedReadout { shifts: shifts.as_chunks().0, point, bias: bias.as_chunks().0, weights: weights.as_chunks().0 }
    }

    /// The shifts of a readout in fixed point, see [`Integers`]; none of a model in `f32`.
    pub fn shifts(&self) -> impl ExactSizeIterator<Item = i8> + Clone + use<'a> {
        self.fixed_readout().shifts.iter().map(|[shift]| shift.cast_signed())
    }

    /// The biases of a readout in fixed point; none of a model in `f32`.
    pub fn fixed_bias(&self) -> impl ExactSizeIterator<Item = i32> + Clone + use<'a> {
        self.fixed_readout().bias.iter().map(|bias| i32::from_le_bytes(*bias))
    }

    /// The weights of a readout in fixed point; none of a model in `f32`.
    pub fn fixed_weights(&self) -> impl ExactSizeIterator<Item = i16> + Clone + use<'a> {
        self.fixed_readout().weights.iter().map(|weight| i16::from_le_bytes(*weight))
    }

    /// The bits of the outputs after their binary point, of a readout in fixed point.
    #[must_use]
    pub fn point(&self) -> i8 {
        self.fixed_readout().point
    }
}
