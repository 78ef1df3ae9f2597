//! The arithmetic of features: `f32` for `f32` samples, 32-bit integers for 16-bit fixed-point samples.

use super::sink::LOG_FLOOR;
use crate::Scalar;
use core::fmt::Debug;
use core::ops::{Add, Neg, Sub};

/// A coefficient type that features are computed from: `f32` or `i16`.
///
/// Features of integers are integers; docs/model-format.md defines their scales. No sum overflows: a band has at most
/// 8191 coefficients.
pub trait Number: Scalar + sealed::Sealed {
    /// The value of a feature.
    type Value: Copy
        + Debug
        + Default
        + PartialOrd
        + Add<Output = Self::Value>
        + Sub<Output = Self::Value>
        + Neg<Output = Self::Value>;
    /// A sum of squares.
    type Energy: Copy + Default;

    /// The least value.
    #[doc(hidden)]
    const LEAST: Self::Value;

    /// The coefficient as a value.
    #[doc(hidden)]
    fn value(self) -> Self::Value;
    /// Whether the coefficient is greater than zero; false for NaN.
    #[doc(hidden)]
    fn is_positive(self) -> bool;
    /// The absolute value.
    #[doc(hidden)]
    fn modulus(value: Self::Value) -> Self::Value;
    /// Whether the absolute value of `value` is greater than `modulus`.
    #[doc(hidden)]
    fn is_beyond(value: Self::Value, modulus: Self::Value) -> bool;
    /// The value, negated if `negated`, without a branch in the loop.
    #[doc(hidden)]
    fn negated_if(value: Self::Value, negated: bool) -> Self::Value;
    /// A count as a value.
    #[doc(hidden)]
    fn count(count: u32) -> Self::Value;
    /// Whether one of the values is NaN.
    #[doc(hidden)]
    fn has_nan(values: &[Self::Value]) -> bool;
    /// `energy + value²`.
    #[doc(hidden)]
    fn add_square(energy: Self::Energy, value: Self::Value) -> Self::Energy;
    /// Σ|cₖ| and Σk|cₖ|.
    #[doc(hidden)]
    fn sum_and_moment(band: &[Self]) -> [Self::Value; 2];
    /// The square root of an energy.
    #[doc(hidden)]
    fn root(energy: Self::Energy) -> Self::Value;
    /// `moment / sum`, or 0 where the sum is 0.
    #[doc(hidden)]
    fn ratio(moment: Self::Value, sum: Self::Value) -> Self::Value;
    /// The logarithm of a sum of absolute values plus its floor, see [`LOG_FLOOR`].
    #[doc(hidden)]
    fn log_sum(sum: Self::Value, deviation: f32) -> Self::Value;
    /// The logarithm of an energy plus its floor.
    #[doc(hidden)]
    fn log_energy(energy: Self::Energy, deviation: f32) -> Self::Value;
}

/// Prevents implementations of [`Number`] in other crates.
mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for i16 {}
}

impl Number for f32 {
    type Value = Self;
    type Energy = Self;

    const LEAST: Self = Self::NEG_INFINITY;

    #[inline(always)]
    fn value(self) -> Self {
        self
    }

    #[inline(always)]
    fn is_positive(self) -> bool {
        // A comparison of bits is cheaper than one of floating-point numbers.
        self.to_bits().wrapping_sub(1) < Self::INFINITY.to_bits()
    }

    #[inline(always)]
    fn modulus(value: Self) -> Self {
        value.abs()
    }

    #[inline(always)]
    fn is_beyond(value: Self, modulus: Self) -> bool {
        value.abs() > modulus
    }

    #[inline(always)]
    fn negated_if(value: Self, negated: bool) -> Self {
        Self::from_bits(value.to_bits() ^ u32::from(negated) << 31)
    }

    #[inline(always)]
    fn count(count: u32) -> Self {
        count as Self
    }

    #[inline(always)]
    fn has_nan(values: &[Self]) -> bool {
        // The sum is NaN if one of them is.
        values.iter().sum::<Self>().is_nan()
    }

    #[inline(always)]
    fn add_square(energy: Self, value: Self) -> Self {
        energy + value * value
    }

    #[inline(always)]
    fn sum_and_moment(band: &[Self]) -> [Self; 2] {
        let (mut sum, mut moment, mut place) = (0.0, 0.0, 0.0);
        for modulus in band.iter().map(|c| c.abs()) {
            sum += modulus;
            moment += place * modulus;
            place += 1.0;
        }
        [sum, moment]
    }

    #[inline(always)]
    fn root(energy: Self) -> Self {
        libm::sqrtf(energy)
    }

    #[inline(always)]
    fn ratio(moment: Self, sum: Self) -> Self {
        if sum > 0.0 { moment / sum } else { 0.0 }
    }

    // Not inlined, to save flash.
    #[inline(never)]
    fn log_sum(sum: Self, deviation: f32) -> Self {
        libm::logf(sum + LOG_FLOOR * deviation)
    }

    #[inline(always)]
    fn log_energy(energy: Self, deviation: f32) -> Self {
        libm::logf(energy + LOG_FLOOR * (deviation * deviation))
    }
}

/// Bits after the binary point of a root, a ratio, a logarithm, and of the floor of a logarithm's argument.
const ROOT_POINT: u32 = 4;
const RATIO_POINT: u32 = 8;
const LOG_POINT: u32 = 11;
const FLOOR_POINT: u32 = 16;

impl Number for i16 {
    type Value = i32;
    type Energy = u64;

    const LEAST: i32 = i32::MIN;

    #[inline(always)]
    fn value(self) -> i32 {
        self.into()
    }

    #[inline(always)]
    fn is_positive(self) -> bool {
        self > 0
    }

    #[inline(always)]
    fn modulus(value: i32) -> i32 {
        value.wrapping_abs()
    }

    #[inline(always)]
    fn is_beyond(value: i32, modulus: i32) -> bool {
        // A product is cheaper than an absolute value, and a square of 16 bits fits 31 bits.
        value.wrapping_mul(value) > modulus.wrapping_mul(modulus)
    }

    #[inline(always)]
    fn negated_if(value: i32, negated: bool) -> i32 {
        if negated { value.wrapping_neg() } else { value }
    }

    #[inline(always)]
    fn count(count: u32) -> i32 {
        count.cast_signed()
    }

    #[inline(always)]
    fn has_nan(_: &[i32]) -> bool {
        false
    }

    #[inline(always)]
    fn add_square(energy: u64, value: i32) -> u64 {
        // The square of 16 bits fits 31 bits; a 64-bit product would be a library call on a Cortex-M0.
        let modulus = value.unsigned_abs();
        energy + u64::from(modulus.wrapping_mul(modulus))
    }

    #[inline(always)]
    fn sum_and_moment(band: &[Self]) -> [i32; 2] {
        // Summed from the end, the modulus at index k is in k of the partial sums, so their sum is the first moment.
        let (mut sum, mut moment) = (0_i32, 0_i32);
        for c in band.iter().rev() {
            moment = moment.saturating_add(sum);
            sum = sum.wrapping_add(i32::from(*c).wrapping_abs());
        }
        [sum, moment]
    }

    #[inline(never)]
    fn root(energy: u64) -> i32 {
        // An input of at most 43 bits gives a root of at most 26 bits.
        (energy << (2 * ROOT_POINT)).isqrt() as i32
    }

    #[inline(never)]
    fn ratio(moment: i32, sum: i32) -> i32 {
        let (moment, sum) = (moment.unsigned_abs(), sum.unsigned_abs());
        // Shifts the moment left by up to RATIO_POINT bits, as far as it fits, and the sum right by the remaining bits.
        // A moment that does not fit belongs to a sum that is large enough to lose them.
        let left = moment.leading_zeros().min(RATIO_POINT);
        (moment << left).checked_div(sum >> (RATIO_POINT - left)).unwrap_or(0).cast_signed()
    }

    #[inline(never)]
    fn log_sum(sum: i32, deviation: f32) -> i32 {
        log2_with_floor(sum.unsigned_abs().into(), LOG_FLOOR * deviation)
    }

    #[inline(never)]
    fn log_energy(energy: u64, deviation: f32) -> i32 {
        log2_with_floor(energy, LOG_FLOOR * (deviation * deviation))
    }
}

/// log₂(x + floor) in units of 2⁻¹¹. `x` has at most 44 bits; the floor is at least 2⁻¹⁶.
#[inline(never)]
fn log2_with_floor(x: u64, floor: f32) -> i32 {
    // The cast saturates, and the sum of a 60-bit and a 32-bit number does not overflow.
    let floor = (floor * (1_u32 << FLOOR_POINT) as f32) as u32;
    log2((x << FLOOR_POINT) + u64::from(floor.max(1))) - (FLOOR_POINT << LOG_POINT).cast_signed()
}

/// log₂(x) in units of 2⁻¹¹ for x > 0, one digit at a time, each by squaring.
fn log2(x: u64) -> i32 {
    let zeros = x.leading_zeros();
    // The leading 16 bits as a number in [1, 2) with 15 bits after the binary point.
    let mut mantissa = (x.unbounded_shl(zeros) >> 48) as u32;
    let mut log = 63_u32.wrapping_sub(zeros);
    for _ in 0..LOG_POINT {
        mantissa = mantissa.wrapping_mul(mantissa) >> 15;
        let digit = mantissa >> 16;
        mantissa >>= digit;
        log = log << 1 | digit;
    }
    log.cast_signed()
}
