//! Fixed point: 16-bit samples, 16-bit taps, sums of 32 bits. For cores without a floating-point unit, and for windows
//! that must come back bit for bit.
//!
//! A sample is a plain `i16`, as a converter delivers it: it needs no point, since a step only adds multiples of samples
//! to a sample. A tap is a [`Q14`]. A step adds the integer nearest to the sum of its two products, so that a step which
//! subtracts the same integer undoes it exactly (Calderbank, Daubechies, Sweldens & Yeo 1998, "Wavelet transforms that
//! map integers to integers"): around a circle and with zeros whatever the ladder, mirrored where the ladder reaches no
//! farther than its filter, as all of [`crate::named`].
//!
//! What does not fit 16 bits is clamped, and then does not come back. How far the samples may go follows from what the
//! ladder makes of them at its worst, which [`peak`] finds, and from [`rounding`]:
//!
//! ```
//! use awd_core::fixed::{Peak, Q14, peak, rounding};
//! use awd_core::{Boundary, Dwt, Scalar, named};
//!
//! let dwt = Dwt::<Q14>::new(named::DB5.lifting()?, Boundary::Periodization, 2);
//! // Whatever windows of 8 samples between −1 and 1 will come.
//! let any = [0, 1, 2, 3, 4, 5, 6, 7].map(Peak::<8>::any);
//! let scale = f64::from(i16::MAX) / peak(&dwt, &any, &mut [Peak::ZERO; 8])? - rounding(&dwt);
//!
//! let x = [0.1, 0.9, -0.7, 0.3, 1.0, -1.0, 0.2, 0.5].map(|x| i16::from_f64(scale * x));
//! let (mut work, mut coefficients, mut back) = ([0; 8], vec![], [0; 8]);
//! dwt.analyze(&x, &mut work, |_band, c| coefficients.extend_from_slice(c))?;
//! dwt.synthesize(&mut coefficients, &mut work, &mut back)?;
//! assert_eq!(back, x);
//! # Ok::<(), awd_core::Invalid>(())
//! ```

use crate::{Dwt, Invalid, Scalar, Tap};
use core::array::from_fn;

/// Bits of a tap after its binary point.
const POINT: u32 = 14;

/// A tap in Q1.14: an integer in units of 2⁻¹⁴, of modulus less than 2.
///
/// −2 itself is left out: so two products of taps and samples, and what rounds their sum, fit 32 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Q14(i16);

impl Q14 {
    /// The tap of `bits`·2⁻¹⁴; of −2, its neighbour.
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

    /// The nearest; beyond ±2, the last before it.
    fn from_f64(value: f64) -> Self {
        Self::from_bits(i16::from_f64(value * f64::from(1 << POINT)))
    }

    /// The same by its bits, as a processor without a floating-point unit has it done in no time.
    fn from_f32(value: f32) -> Self {
        const EXPONENT: i32 = 150 - POINT as i32;
        let bits = value.to_bits();
        let (exponent, mantissa) = ((bits >> 23 & 0xff).cast_signed(), bits & 0x7f_ffff | 0x80_0000);
        // The modulus is the mantissa times 2 to this power, in units of the last place of a tap.
        let magnitude = match EXPONENT - exponent {
            _ if value.is_nan() => 0,
            shift @ 1..=24 => (mantissa + (1 << (shift - 1))) >> shift,
            ..=0 => i16::MAX.cast_unsigned().into(),
            _ => 0,
        };
        let magnitude = magnitude.min(i16::MAX.cast_unsigned().into()).cast_signed() as i16;
        Self(if value.is_sign_negative() { -magnitude } else { magnitude })
    }
}

/// Half a unit: where a sum starts that is rounded by a shift, so that of two integers as near the greater is taken.
const HALF: i32 = 1 << (POINT - 1);

/// Clamps to 16 bits.
#[inline(always)]
fn saturated(value: i32) -> i16 {
    value.clamp(i16::MIN.into(), i16::MAX.into()) as i16
}

/// Steps round once, after both products are added, and saturate.
impl Scalar for i16 {
    type Tap = Q14;

    const ZERO: Self = 0;

    #[allow(clippy::cast_possible_truncation, reason = "the cast saturates")]
    fn from_f64(value: f64) -> Self {
        libm::round(value) as Self
    }

    #[inline(always)]
    fn lift(self, taps: [Q14; 2], sources: [Self; 2]) -> Self {
        saturated(i32::from(self) + ((HALF + taps[0].times(sources[0]) + taps[1].times(sources[1])) >> POINT))
    }

    #[inline(always)]
    fn lift_by_one(self, tap: Q14, source: Self) -> Self {
        saturated(i32::from(self) + ((HALF + tap.times(source)) >> POINT))
    }

    #[inline(always)]
    fn lower(self, taps: [Q14; 2], sources: [Self; 2]) -> Self {
        saturated(i32::from(self) - ((HALF + taps[0].times(sources[0]) + taps[1].times(sources[1])) >> POINT))
    }

    #[inline(always)]
    fn lower_by_one(self, tap: Q14, source: Self) -> Self {
        saturated(i32::from(self) - ((HALF + tap.times(source)) >> POINT))
    }
}

/// A sample of which not all is known: a sum of `N` parts, each of either sign and of modulus at most the one kept here.
/// It remembers the greatest modulus that it, or what it was made of, may have had.
///
/// [`Scalar::from_f64`] gives a sample that is known; one part is enough for it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Peak<const N: usize> {
    parts: [f64; N],
    greatest: f64,
}

impl<const N: usize> Peak<N> {
    /// Sample `i` of a window of at most `N`, known only to be between −1 and 1. Of a longer window's samples nothing is
    /// known, and their peak is infinite.
    #[must_use]
    pub fn any(i: usize) -> Self {
        let greatest = if i < N { 1.0 } else { f64::INFINITY };
        Self { parts: from_fn(|part| if part == i { 1.0 } else { 0.0 }), greatest }
    }

    fn moved(self, taps: [f64; 2], [first, second]: [Self; 2]) -> Self {
        let parts: [f64; N] = from_fn(|i| self.parts[i] + taps[0] * first.parts[i] + taps[1] * second.parts[i]);
        // All parts may have the worst of signs at once.
        let now = parts.iter().map(|part| part.abs()).sum();
        Self { parts, greatest: self.greatest.max(first.greatest).max(second.greatest).max(now) }
    }
}

/// The transform of the integers in floating point: the same taps, nothing rounded, nothing clamped.
impl<const N: usize> Scalar for Peak<N> {
    type Tap = Q14;

    const ZERO: Self = Self { parts: [0.0; N], greatest: 0.0 };

    fn from_f64(value: f64) -> Self {
        let Self { parts, greatest } = Self::any(0);
        Self { parts: parts.map(|part| part * value), greatest: greatest * value.abs() }
    }

    fn lift(self, taps: [Q14; 2], sources: [Self; 2]) -> Self {
        self.moved(taps.map(f64::from), sources)
    }

    fn lift_by_one(self, tap: Q14, source: Self) -> Self {
        self.moved([tap.into(), 0.0], [source, Self::ZERO])
    }

    fn lower(self, taps: [Q14; 2], sources: [Self; 2]) -> Self {
        self.moved(taps.map(|tap| -f64::from(tap)), sources)
    }

    fn lower_by_one(self, tap: Q14, source: Self) -> Self {
        self.moved([-f64::from(tap), 0.0], [source, Self::ZERO])
    }
}

/// The greatest modulus that a number may have at any step of any level, in the units of `x`, but for [`rounding`].
///
/// Of windows that are known, take the greatest peak. Windows that are only known to be between −1 and 1 need one call,
/// with [`Peak::any`]: it gives the greatest L1 norm of the rows of all steps, and some such window attains it. That is
/// the host's work: a part is 8 bytes, and there are as many as samples, for each sample and each number of `work`.
///
/// # Errors
/// `work` is shorter than [`Dwt::work_len`].
pub fn peak<const N: usize>(dwt: &Dwt<Q14>, x: &[Peak<N>], work: &mut [Peak<N>]) -> Result<f64, Invalid> {
    let mut peak = 0.0;
    dwt.analyze(x, work, |_band, coefficients| peak = coefficients.iter().fold(peak, |peak, c| c.greatest.max(peak)))?;
    Ok(peak)
}

/// By how many units the samples seem larger than they are, at most, because integers are rounded: half a unit when the
/// samples were, and at each level half a unit a step, with the tap's part of what its source was off.
///
/// What a level is off by goes through the levels after it as if it were samples. So integers stay within
/// `peak·(|x| + rounding)`, where `peak` is that of any window between −1 and 1, if that does not become less for deeper
/// transforms; of [`crate::named`] it does not.
#[must_use]
pub fn rounding(dwt: &Dwt<Q14>) -> f64 {
    let of_level = |level| {
        let [low, high] = dwt.ladder(level).rungs().fold([0.0_f64; 2], |[low, high], (step, changes_detail)| {
            let grown = |target: f64, source: f64| {
                target + step.taps.map(|tap| f64::from(tap).abs()).iter().sum::<f64>() * source + 0.5
            };
            if changes_detail { [low, grown(high, low)] } else { [grown(low, high), high] }
        });
        low.max(high)
    };
    0.5 + (0..usize::from(dwt.levels())).map(of_level).sum::<f64>()
}
