//! The arithmetic of boards, and the fixed-point readout of a model.

use super::Model;
use super::format::List;
use super::records::{Number, Shift, Short, limit_and_point, numbers_of};

/// The arithmetic that boards use.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Arithmetic {
    /// Floating point, `f32`.
    #[default]
    Float,
    /// 16-bit fixed point ([`Model::score_fixed`]). In `f32` the model gives the same scores up to rounding.
    Fixed {
        /// The value of one least significant bit in the unit of the samples, more than 0.
        unit: f32,
        /// The largest absolute value of a sample, in least significant bits, at least 1. Within this limit no step of
        /// the transform overflows 16 bits, for any window.
        limit: i16,
    },
}

/// The fixed-point readout of a model.
///
/// The value v of a feature or a product becomes q = ⌊v / 2ˢ + ½⌋ with its shift s, clamped to 16 bits. An output is
/// its bias plus the sum of weights times q, saturating at 32 bits, in units of 2⁻ᵖ with the binary point p. The value
/// of a product is the product of the q of its features.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Integers<'d> {
    /// One shift per feature, then one per product, −14 to 30.
    pub shifts: &'d [i8],
    /// The number of bits of the outputs after the binary point.
    pub point: i8,
    /// One bias per output.
    pub bias: &'d [i32],
    /// The weights, for each feature and then for each product; those of all outputs for one input are adjacent. No sum
    /// saturates if for each output the modulus of the bias plus 32768 times the sum of the moduli of its weights is
    /// less than 2³¹.
    pub weights: &'d [i16],
}

/// The fixed-point readout as stored in the file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FixedReadout<'a> {
    pub shifts: &'a [Shift],
    pub point: i8,
    pub bias: &'a [Number],
    pub weights: &'a [Short],
}

impl<'a> Model<'a> {
    /// The arithmetic that boards use.
    #[must_use]
    pub fn arithmetic(&self) -> Arithmetic {
        let [_, unit, _] = numbers_of(self.fields());
        let (limit, _) = limit_and_point(self.fields());
        if unit == 0.0 { Arithmetic::Float } else { Arithmetic::Fixed { unit, limit } }
    }

    /// The fixed-point readout; empty for a model in `f32`.
    // Not inlined, to save flash.
    #[inline(never)]
    pub(crate) fn fixed_readout(&self) -> FixedReadout<'a> {
        let (_, point) = limit_and_point(self.fields());
        let inputs = self.selected().len() + self.products().len();
        let (shifts, rest) = self.list(List::Integers).split_at_checked(inputs).unwrap_or_default();
        let (bias, weights) = rest.split_at_checked(4 * self.outputs()).unwrap_or_default();
        FixedReadout { shifts: shifts.as_chunks().0, point, bias: bias.as_chunks().0, weights: weights.as_chunks().0 }
    }

    /// The shifts of the fixed-point readout, see [`Integers`]; empty for a model in `f32`.
    pub fn shifts(&self) -> impl ExactSizeIterator<Item = i8> + Clone + use<'a> {
        self.fixed_readout().shifts.iter().map(|[shift]| shift.cast_signed())
    }

    /// The biases of the fixed-point readout; empty for a model in `f32`.
    pub fn fixed_bias(&self) -> impl ExactSizeIterator<Item = i32> + Clone + use<'a> {
        self.fixed_readout().bias.iter().map(|bias| i32::from_le_bytes(*bias))
    }

    /// The weights of the fixed-point readout; empty for a model in `f32`.
    pub fn fixed_weights(&self) -> impl ExactSizeIterator<Item = i16> + Clone + use<'a> {
        self.fixed_readout().weights.iter().map(|weight| i16::from_le_bytes(*weight))
    }

    /// The number of bits of fixed-point outputs after the binary point.
    #[must_use]
    pub fn point(&self) -> i8 {
        self.fixed_readout().point
    }
}
