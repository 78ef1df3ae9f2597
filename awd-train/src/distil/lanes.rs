//! Several windows at once through awd-core's transform: one window a lane, so that the compiler uses vector
//! instructions on code that is written for one number.

use awd_core::Scalar;
use std::ops::{Add, Mul, Neg, Sub};

/// Windows that go through the transform together.
pub const LANES: usize = 8;

/// A sample, or a coefficient, of each of [`LANES`] windows.
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(align(64))]
pub struct Lanes(pub [f64; LANES]);

impl Lanes {
    /// The same number in every lane.
    pub const fn splat(value: f64) -> Self {
        Self([value; LANES])
    }

    /// The sum over the lanes, always in the same order.
    pub fn sum(self) -> f64 {
        self.0.iter().sum()
    }

    fn zip(self, other: Self, operation: impl Fn(f64, f64) -> f64) -> Self {
        Self(std::array::from_fn(|i| operation(self.0[i], other.0[i])))
    }
}

impl Add for Lanes {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        self.zip(other, |a, b| a + b)
    }
}

impl Sub for Lanes {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self.zip(other, |a, b| a - b)
    }
}

impl Mul for Lanes {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        self.zip(other, |a, b| a * b)
    }
}

impl Neg for Lanes {
    type Output = Self;

    fn neg(self) -> Self {
        Self(self.0.map(|a| -a))
    }
}

impl Scalar for Lanes {
    const ZERO: Self = Self::splat(0.0);

    fn from_f64(value: f64) -> Self {
        Self::splat(value)
    }
}
