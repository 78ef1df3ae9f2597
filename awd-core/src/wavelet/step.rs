//! One step of a lifting scheme: it adds two taps of one half to the other.
//!
//! A step changes one half and reads only the other, so subtracting the same values undoes it (Daubechies & Sweldens
//! 1998). Zero taps are skipped.

use crate::Tap;
use serde::{Deserialize, Serialize};

/// The largest modulus of a tap in a valid scheme. Smaller taps fit 16-bit fixed point (Q1.14).
pub const MAX_TAP: f64 = 2.0;

/// `target[k] += taps[0]·source[k + offset] + taps[1]·source[k + offset + 1]`, for every `k`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Step<C> {
    /// Index of the first source sample minus index of the target sample, in samples of a half.
    pub offset: i8,
    /// The two coefficients.
    pub taps: [C; 2],
}

impl<C: Tap> Step<C> {
    /// A step of two adjacent taps.
    ///
    /// ```
    /// use awd_core::{Boundary, Step};
    ///
    /// let mut odd = [[10.0], [20.0]];
    /// Step::new(0, [-0.5, -0.5]).apply(&mut odd, &[[2.0], [4.0]], Boundary::Periodization);
    /// assert_eq!(odd, [[7.0], [17.0]]);
    /// ```
    #[must_use]
    pub const fn new(offset: i8, taps: [C; 2]) -> Self {
        Self { offset, taps }
    }

    /// The number of parameters: the taps that are not zero, and one parameter for two equal taps.
    #[must_use]
    pub fn parameters(self) -> usize {
        let [first, second] = self.taps;
        usize::from(first != C::ZERO) + usize::from(second != C::ZERO && second != first)
    }

    /// The same step with its taps converted to another type.
    #[must_use]
    pub fn rounded<D: Tap>(self) -> Step<D>
    where
        C: Into<f64>,
    {
        Step::new(self.offset, self.taps.map(|tap| D::from_f64(tap.into())))
    }
}
