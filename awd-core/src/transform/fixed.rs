//! Fixed point: 16-bit samples, 16-bit taps, 32-bit sums. For processors without a floating-point unit, and for
//! lossless reconstruction.
//!
//! A sample is a plain `i16`, as an analog-to-digital converter delivers it: a step adds only multiples of samples to a
//! sample. A tap is a [`Q14`]. A step adds the sum of its two products, rounded to the nearest integer, so a step that
//! subtracts the same integer undoes it exactly (Calderbank, Daubechies, Sweldens & Yeo 1998, "Wavelet transforms that
//! map integers to integers"). This holds with periodization and zero padding for any lifting scheme, and with
//! symmetric extension for schemes that reach no farther than their filters, such as all of [`crate::named`].
//!
//! A result beyond 16 bits wraps around. The inverse still reconstructs the window, but the coefficients are
//! meaningless. A model in fixed point states a limit of its samples within which no step can overflow
//! ([`Arithmetic::Fixed`](crate::Arithmetic::Fixed)); the trainer computes it.
//!
//! ```
//! use awd_core::{Boundary, Dwt, Q14, named};
//!
//! let dwt = Dwt::<Q14>::new(named::DB5.lifting()?, Boundary::Periodization, 2);
//! let x = [100, 900, -700, 300, 1000, -1000, 200, 500];
//! let (mut work, mut coefficients, mut back) = ([0; 8], vec![], [0; 8]);
//! dwt.analyze(&x, &mut work, |_band, c| coefficients.extend_from_slice(c))?;
//! dwt.synthesize(&mut coefficients, &mut work, &mut back)?;
//! assert_eq!(back, x);
//! # Ok::<(), awd_core::Invalid>(())
//! ```

use crate::{Scalar, Tap};

/// Bits of a tap after its binary point.
const POINT: u32 = 14;

/// A tap in Q1.14: an integer in units of 2⁻¹⁴, of absolute value less than 2.
///
/// −2 itself is excluded, so that the sum of two products of taps and samples, plus one half for rounding, fits 32
/// bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Q14(i16);

impl Q14 {
    /// The tap `bits`·2⁻¹⁴; −2 becomes the next larger tap.
    #[must_use]
    pub const fn from_bits(bits: i16) -> Self {
        Self(if bits == i16::MIN { -i16::MAX } else { bits })
    }

    /// The tap in units of 2⁻¹⁴.
    #[must_use]
    pub const fn to_bits(self) -> i16 {
        self.0
    }

    /// The product in units of 2⁻¹⁴.
    #[inline(always)]
    fn times(self, sample: i16) -> i32 {
        i32::from(self.0) * i32::from(sample)
    }
}

impl From<Q14> for f64 {
    fn from(tap: Q14) -> Self {
        Self::from(tap.0) / Self::from(1 << POINT)
    }
}

impl Tap for Q14 {
    const ZERO: Self = Self(0);

    /// The nearest tap; values beyond ±2 saturate.
    fn from_f64(value: f64) -> Self {
        Self::from_bits(i16::from_f64(value * f64::from(1 << POINT)))
    }

    /// The same result from the bits of the value, which is fast without a floating-point unit.
    fn from_f32(value: f32) -> Self {
        const EXPONENT: i32 = 150 - POINT as i32;
        let bits = value.to_bits();
        let (exponent, mantissa) = ((bits >> 23 & 0xff).cast_signed(), bits & 0x7f_ffff | 0x80_0000);
        // The absolute value is the mantissa times 2 to the power of minus this, in units of 2⁻¹⁴.
        let magnitude = match EXPONENT - exponent {
            // NaN, tested by its bits: a comparison of floating-point numbers would be a call.
            _ if bits << 1 > f32::INFINITY.to_bits() << 1 => 0,
            shift @ 1..=24 => (mantissa + (1 << (shift - 1))) >> shift,
            ..=0 => i16::MAX.cast_unsigned().into(),
            _ => 0,
        };
        let magnitude = magnitude.min(i16::MAX.cast_unsigned().into()).cast_signed() as i16;
        Self(if value.is_sign_negative() { -magnitude } else { magnitude })
    }
}

/// One half, in units of products: added before a shift that rounds, so that ties round up.
const HALF: i32 = 1 << (POINT - 1);

/// The lowest 16 bits of a sum.
#[inline(always)]
const fn wrapped(value: i32) -> i16 {
    value as i16
}

/// Steps round once, after adding both products, and wrap around.
impl Scalar for i16 {
    type Tap = Q14;

    const ZERO: Self = 0;

    #[allow(clippy::cast_possible_truncation, reason = "the cast saturates")]
    fn from_f64(value: f64) -> Self {
        libm::round(value) as Self
    }

    #[inline(always)]
    fn lift(self, taps: [Q14; 2], sources: [Self; 2]) -> Self {
        wrapped(i32::from(self) + ((HALF + taps[0].times(sources[0]) + taps[1].times(sources[1])) >> POINT))
    }

    #[inline(always)]
    fn lift_by_one(self, tap: Q14, source: Self) -> Self {
        wrapped(i32::from(self) + ((HALF + tap.times(source)) >> POINT))
    }

    #[inline(always)]
    fn lower(self, taps: [Q14; 2], sources: [Self; 2]) -> Self {
        wrapped(i32::from(self) - ((HALF + taps[0].times(sources[0]) + taps[1].times(sources[1])) >> POINT))
    }

    #[inline(always)]
    fn lower_by_one(self, tap: Q14, source: Self) -> Self {
        wrapped(i32::from(self) - ((HALF + tap.times(source)) >> POINT))
    }
}
