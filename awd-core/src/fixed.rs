//! Fixed point: 16-bit samples, 16-bit taps, sums of 32 bits. For cores without a floating-point unit, and for windows
//! that must come back bit for bit.
//!
//! A sample is a plain `i16`, as a converter delivers it: it needs no point, since every step only adds multiples of
//! samples to samples. A tap is a [`Q14`]. A step adds the nearest integer to its two products, so a step that subtracts
//! the same integer undoes it exactly (Calderbank, Daubechies, Sweldens & Yeo 1998, "Wavelet transforms that map integers
//! to integers"). What does not fit 16 bits is clamped, and then does not come back; [`Peak`] measures at which scale
//! nothing is.
//!
//! Synthesis is exact around a circle and with zeros, whatever the ladder. Of a mirrored window it has no samples beyond
//! the kept ones: there it is exact where the ladder reaches no farther than the filter keeps (haar, and the CDFs), and
//! else some units off near the ends, as rounded taps make it in floating point too.
//!
//! ```
//! use awd_core::fixed::{Peak, Q14};
//! use awd_core::{Boundary, Dwt, Scalar, named};
//!
//! // How large the training windows, here one, become on their way.
//! let window = [0.1, 0.9, -0.7, 0.3, 1.0, -1.0, 0.2, 0.5];
//! let dwt = Dwt::<f64>::new(named::DB5.lifting()?, Boundary::Periodization, 2);
//! let (mut peak, mut work) = (0.0, [Peak::ZERO; 8]);
//! dwt.analyze(&window.map(Peak::from_f64), &mut work, |_band, c| peak = c.iter().fold(peak, |m, c| c.peak.max(m)))?;
//!
//! // Twice that still fits.
//! let scale = f64::from(i16::MAX / 2) / peak;
//! let x = window.map(|sample| i16::from_f64(scale * sample));
//! let dwt = Dwt::<Q14>::new(named::DB5.lifting()?, Boundary::Periodization, 2);
//! let (mut work, mut coefficients, mut back) = ([0; 8], Vec::new(), [0; 8]);
//! dwt.analyze(&x, &mut work, |_band, c| coefficients.extend_from_slice(c))?;
//! dwt.synthesize(&mut coefficients, &mut work, &mut back)?;
//! assert_eq!(back, x);
//! # Ok::<(), awd_core::Invalid>(())
//! ```

use crate::{Scalar, Tap};
use serde::{Deserialize, Deserializer, Serialize};

/// Bits of a tap after its binary point.
const POINT: u32 = 14;

/// A tap in Q1.14: an integer in units of 2⁻¹⁴, of modulus less than 2.
///
/// −2 itself is left out: so two products of taps and samples, and what rounds their sum, fit 32 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
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

impl<'de> Deserialize<'de> for Q14 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        i16::deserialize(deserializer).map(Self::from_bits)
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

/// A sample in floating point that remembers how large it was on its way through a ladder, and how large those were that
/// it was made of: what decides the scale of fixed-point samples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Peak {
    /// What it is now.
    pub value: f64,
    /// The greatest modulus of all that, in the same units.
    pub peak: f64,
}

impl Peak {
    /// It becomes `value`, made of `sources` too.
    fn then<const N: usize>(self, value: f64, sources: [Self; N]) -> Self {
        let peak = sources.iter().fold(self.peak, |peak, source| peak.max(source.peak));
        Self { value, peak: peak.max(libm::fabs(value)) }
    }
}

impl Scalar for Peak {
    type Tap = f64;

    const ZERO: Self = Self { value: 0.0, peak: 0.0 };

    fn from_f64(value: f64) -> Self {
        Self::ZERO.then(value, [])
    }

    fn lift(self, taps: [f64; 2], sources: [Self; 2]) -> Self {
        self.then(self.value.lift(taps, sources.map(|source| source.value)), sources)
    }

    fn lift_by_one(self, tap: f64, source: Self) -> Self {
        self.then(self.value.lift_by_one(tap, source.value), [source])
    }

    fn lower(self, taps: [f64; 2], sources: [Self; 2]) -> Self {
        self.then(self.value.lower(taps, sources.map(|source| source.value)), sources)
    }

    fn lower_by_one(self, tap: f64, source: Self) -> Self {
        self.then(self.value.lower_by_one(tap, source.value), [source])
    }
}
