//! The sample type of the transform.

use crate::Tap;

/// A sample or a coefficient of the transform.
///
/// The transform needs only [`lift`](Scalar::lift) and its inverse, so the same code serves `f32`, `f64` and 16-bit
/// integers ([`crate::transform::fixed`]). No floating-point operation here may be contracted: a fused multiply-add
/// rounds once instead of twice, so host and board would no longer agree bit for bit.
pub trait Scalar: Copy + PartialEq {
    /// The type of the taps.
    type Tap: Tap;

    /// Zero.
    const ZERO: Self;

    /// The nearest representable sample.
    fn from_f64(value: f64) -> Self;

    /// `self + taps[0]·sources[0] + taps[1]·sources[1]`, added in this order.
    #[must_use]
    fn lift(self, taps: [Self::Tap; 2], sources: [Self; 2]) -> Self;

    /// `self + tap·source`.
    #[must_use]
    fn lift_by_one(self, tap: Self::Tap, source: Self) -> Self;

    /// Undoes [`lift`](Scalar::lift) with the same taps and sources: up to rounding for floating point, exactly for
    /// integers.
    #[must_use]
    fn lower(self, taps: [Self::Tap; 2], sources: [Self; 2]) -> Self;

    /// Undoes [`lift_by_one`](Scalar::lift_by_one).
    #[must_use]
    fn lower_by_one(self, tap: Self::Tap, source: Self) -> Self;
}

/// Implements [`Scalar`] for `f32` and `f64`.
macro_rules! float {
    ($float:ty) => {
        impl Scalar for $float {
            type Tap = Self;

            const ZERO: Self = 0.0;

            #[inline]
            fn from_f64(value: f64) -> Self {
                Tap::from_f64(value)
            }

            #[inline(always)]
            fn lift(self, taps: [Self; 2], sources: [Self; 2]) -> Self {
                self + taps[0] * sources[0] + taps[1] * sources[1]
            }

            #[inline(always)]
            fn lift_by_one(self, tap: Self, source: Self) -> Self {
                self + tap * source
            }

            #[inline(always)]
            fn lower(self, taps: [Self; 2], sources: [Self; 2]) -> Self {
                self - taps[0] * sources[0] - taps[1] * sources[1]
            }

            #[inline(always)]
            fn lower_by_one(self, tap: Self, source: Self) -> Self {
                self - tap * source
            }
        }
    };
}

float!(f32);
float!(f64);
