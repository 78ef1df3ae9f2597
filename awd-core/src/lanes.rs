//! Several windows side by side through the transform, one a lane: the compiler uses vector instructions on code that
//! is written for one number. Each lane has the bits that it would have alone.

use crate::Scalar;
use core::array::from_fn;
use core::ops::{Add, Mul};

/// A sample, or a coefficient, of each of `N` windows.
///
/// ```
/// use awd_core::{Boundary, Lanes, Step};
///
/// let mut odd = [Lanes([10.0, 1.0]), Lanes([20.0, 2.0])];
/// Step::new(0, [-0.5, 0.0]).apply(&mut odd, &[Lanes([2.0, 6.0]), Lanes([4.0, 8.0])], Boundary::Zero);
/// assert_eq!(odd, [Lanes([9.0, -2.0]), Lanes([18.0, -2.0])]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(align(32))]
pub struct Lanes<T, const N: usize>(pub [T; N]);

impl<T: Copy, const N: usize> Lanes<T, N> {
    /// The same number in every lane.
    #[must_use]
    pub const fn splat(value: T) -> Self {
        Self([value; N])
    }

    /// `operation` lane by lane.
    #[inline(always)]
    #[must_use]
    pub fn zip(self, other: Self, operation: impl Fn(T, T) -> T) -> Self {
        Self(from_fn(|i| operation(self.0[i], other.0[i])))
    }
}

impl<T: Copy + Add<Output = T>, const N: usize> Add for Lanes<T, N> {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.zip(other, |a, b| a + b)
    }
}

impl<T: Copy + Mul<Output = T>, const N: usize> Mul for Lanes<T, N> {
    type Output = Self;

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self.zip(other, |a, b| a * b)
    }
}

impl<T: Scalar, const N: usize> Scalar for Lanes<T, N> {
    type Tap = T::Tap;

    const ZERO: Self = Self::splat(T::ZERO);

    fn from_f64(value: f64) -> Self {
        Self::splat(T::from_f64(value))
    }

    #[inline(always)]
    fn lift(self, taps: [T::Tap; 2], [first, second]: [Self; 2]) -> Self {
        Self(from_fn(|i| self.0[i].lift(taps, [first.0[i], second.0[i]])))
    }

    #[inline(always)]
    fn lift_by_one(self, tap: T::Tap, source: Self) -> Self {
        Self(from_fn(|i| self.0[i].lift_by_one(tap, source.0[i])))
    }

    #[inline(always)]
    fn lower(self, taps: [T::Tap; 2], [first, second]: [Self; 2]) -> Self {
        Self(from_fn(|i| self.0[i].lower(taps, [first.0[i], second.0[i]])))
    }

    #[inline(always)]
    fn lower_by_one(self, tap: T::Tap, source: Self) -> Self {
        Self(from_fn(|i| self.0[i].lower_by_one(tap, source.0[i])))
    }
}
