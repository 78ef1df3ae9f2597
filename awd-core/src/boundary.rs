//! What stands beyond the ends of a window, and how long the bands become.

use crate::{Lifting, Scalar};
use serde::{Deserialize, Serialize};

/// How a window is continued. Lengths and alignment are those of PyWavelets' modes of the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Boundary {
    /// As a circle; an odd window repeats its last sample first. Each level halves the length, rounded up.
    Periodization,
    /// With zeros. Every coefficient that is not zero is kept, so a level of a filter of L taps turns n samples into
    /// ⌊(n + L − 1) / 2⌋ of each half.
    Zero,
}

impl Boundary {
    /// Samples of each half after one level of a filter of `filter_len` taps over `n` samples.
    ///
    /// ```
    /// use awd_core::Boundary;
    ///
    /// assert_eq!(Boundary::Zero.half_len(40, 10), 24);
    /// assert_eq!(Boundary::Periodization.half_len(41, 10), 21);
    /// ```
    #[must_use]
    pub const fn half_len(self, n: usize, filter_len: usize) -> usize {
        match self {
            Self::Periodization => n.div_ceil(2),
            Self::Zero => (n + filter_len).saturating_sub(1) / 2,
        }
    }

    /// Where sample `index` of a sequence of `n` is found, or nothing where it is zero.
    pub(crate) fn index(self, index: isize, n: usize) -> Option<usize> {
        match self {
            Self::Periodization => index.checked_rem_euclid(isize::try_from(n).ok()?)?.try_into().ok(),
            Self::Zero => usize::try_from(index).ok().filter(|&index| index < n),
        }
    }

    /// Sample `index` of a half.
    pub(crate) fn at<T: Scalar>(self, half: &[T], index: isize) -> T {
        self.index(index, half.len()).and_then(|index| half.get(index)).copied().unwrap_or(T::ZERO)
    }

    /// Where the samples of both halves stand in the window, or beyond its end: `visit(position, half, k)`. A sample
    /// before the window's start is not visited; it is zero.
    fn positions<T: Scalar>(self, half: usize, lifting: &Lifting<T>, mut visit: impl FnMut(usize, Half, usize)) {
        // A ladder is centred: its approximation at k is the filter's answer at sample 2k + L/2. The first answer to a
        // zero-extended window that is not zero is that at sample 1, L/2 − 1 samples before.
        let front = (lifting.filter_len() / 2).saturating_sub(1);
        for (which, origin) in [Half::Approximation, Half::Detail].into_iter().zip(lifting.origin()) {
            for (k, index) in (isize::from(origin)..).step_by(2).take(half).enumerate() {
                let position = match self {
                    Self::Periodization => self.index(index, 2 * half),
                    Self::Zero => index.checked_sub_unsigned(front).and_then(|i| usize::try_from(i).ok()),
                };
                if let Some(position) = position {
                    visit(position, which, k);
                }
            }
        }
    }

    /// Splits a window into the samples that become approximation and detail, as far as these halves are long.
    pub fn split<T: Scalar>(self, x: &[T], approximation: &mut [T], detail: &mut [T], lifting: &Lifting<T>) {
        approximation.fill(T::ZERO);
        detail.fill(T::ZERO);
        let beyond = match self {
            Self::Periodization => x.last().copied().unwrap_or(T::ZERO),
            Self::Zero => T::ZERO,
        };
        self.positions(approximation.len(), lifting, |position, which, k| {
            let half = if which == Half::Detail { &mut *detail } else { &mut *approximation };
            if let Some(h) = half.get_mut(k) {
                *h = x.get(position).copied().unwrap_or(beyond);
            }
        });
    }

    /// Undoes [`Boundary::split`]: `x` has the length that went in.
    pub fn merge<T: Scalar>(self, approximation: &[T], detail: &[T], x: &mut [T], lifting: &Lifting<T>) {
        self.positions(approximation.len(), lifting, |position, which, k| {
            let half = if which == Half::Detail { detail } else { approximation };
            if let (Some(x), Some(&h)) = (x.get_mut(position), half.get(k)) {
                *x = h;
            }
        });
    }

    /// The adjoint (transpose) of [`Boundary::split`]: a gradient of the halves becomes one of the window.
    pub fn split_adjoint<T: Scalar>(self, approximation: &[T], detail: &[T], x: &mut [T], lifting: &Lifting<T>) {
        self.merge(approximation, detail, x, lifting);
        // The last sample of an odd periodised window stands for one more.
        self.positions(approximation.len(), lifting, |position, which, k| {
            let half = if which == Half::Detail { detail } else { approximation };
            if self == Self::Periodization
                && position == x.len()
                && let (Some(last), Some(&h)) = (x.last_mut(), half.get(k))
            {
                *last = *last + h;
            }
        });
    }
}

/// What a sample becomes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Half {
    Approximation,
    Detail,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Step;

    #[test]
    fn split_then_merge_is_the_window() {
        let x: [f64; 11] = core::array::from_fn(|i| i as f64 + 1.0);
        for boundary in [Boundary::Periodization, Boundary::Zero] {
            for (filter_len, origin) in [(2, [0, 1]), (4, [1, 0]), (6, [-2, 1]), (10, [3, -2])] {
                let lifting = Lifting::new(filter_len, origin, &[Step::new(0, [0.0; 2]); 2]).unwrap();
                for n in 1..=11 {
                    let half = boundary.half_len(n, lifting.filter_len());
                    let (mut a, mut d, mut back) = ([9.0; 12], [9.0; 12], [0.0; 11]);
                    boundary.split(&x[..n], &mut a[..half], &mut d[..half], &lifting);
                    boundary.merge(&a[..half], &d[..half], &mut back[..n], &lifting);
                    assert_eq!(back[..n], x[..n], "{boundary:?} {filter_len} {n}");
                }
            }
        }
    }

    #[test]
    fn split_adjoint_is_the_transpose() {
        let lifting = Lifting::new(6, [1, -2], &[Step::new(0, [0.0; 2]); 2]).unwrap();
        for boundary in [Boundary::Periodization, Boundary::Zero] {
            for n in 1..=11 {
                let half = boundary.half_len(n, 6);
                let x: [f64; 11] = core::array::from_fn(|i| (i * i % 7) as f64);
                let (ga, gd): ([f64; 12], [f64; 12]) =
                    (core::array::from_fn(|i| (i * 5 % 11) as f64), core::array::from_fn(|i| (i * 3 % 13) as f64));
                let (mut a, mut d, mut gx) = ([0.0; 12], [0.0; 12], [0.0; 11]);
                boundary.split(&x[..n], &mut a[..half], &mut d[..half], &lifting);
                boundary.split_adjoint(&ga[..half], &gd[..half], &mut gx[..n], &lifting);
                let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
                assert_eq!(dot(&a[..half], &ga) + dot(&d[..half], &gd), dot(&x[..n], &gx), "{boundary:?} {n}");
            }
        }
    }
}
