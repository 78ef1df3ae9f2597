//! What a number must be able to do to go through the transform.

use core::ops::{Add, Mul, Neg, Sub};

/// A sample or a coefficient.
///
/// The transform needs no more than a ring; the trainer runs the same code on `f64`, and on lanes of several windows at
/// once, that the board runs on `f32`. No operation here may be contracted (a fused multiply-add rounds once instead of twice), or host
/// and board no longer agree bit for bit.
pub trait Scalar:
    Copy + PartialEq + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Neg<Output = Self>
{
    /// The additive identity.
    const ZERO: Self;

    /// The nearest representable number. Coefficients are computed in `f64` and rounded here once.
    fn from_f64(value: f64) -> Self;
}

impl Scalar for f32 {
    const ZERO: Self = 0.0;

    #[expect(clippy::cast_possible_truncation, reason = "rounding to f32 is what is asked for")]
    fn from_f64(value: f64) -> Self {
        value as f32
    }
}

impl Scalar for f64 {
    const ZERO: Self = 0.0;

    fn from_f64(value: f64) -> Self {
        value
    }
}
