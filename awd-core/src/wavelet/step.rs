//! One step of a scheme: two taps of one half are added to the other.
//!
//! A step changes one half by the other alone, so that it is undone by subtracting the same (Daubechies & Sweldens 1998). A
//! tap that is zero is not applied.

use crate::Tap;
use serde::{Deserialize, Serialize};

/// Greatest modulus of a step's taps in a valid scheme; below it a tap fits 16-bit fixed point (Q1.14).
pub const MAX_TAP: f64 = 2.0;

/// `target[k] += taps[0]·source[k + offset] + taps[1]·source[k + offset + 1]`, for every `k`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Step<C> {
    /// Distance from the target's index to the source's, in samples of a half.
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

    /// The numbers that it needs: taps that are not zero, and one for two that are the same.
    #[must_use]
    pub fn parameters(self) -> usize {
        let [first, second] = self.taps;
        usize::from(first != C::ZERO) + usize::from(second != C::ZERO && second != first)
    }

    /// The same step with taps of another scalar.
    #[must_use]
    pub fn rounded<D: Tap>(self) -> Step<D>
    where
        C: Into<f64>,
    {
        Step::new(self.offset, self.taps.map(|tap| D::from_f64(tap.into())))
    }
}
