//! What stands beyond the ends of a window, and how long the bands become.

use crate::wavelet::lifting::Scheme;
use crate::{Scalar, Tap};
use core::hint::black_box;
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
    /// Mirrored about its ends, which are repeated: … x₁ x₀ | x₀ x₁ … Lengths are those of [`Boundary::Zero`].
    Symmetric,
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
    #[inline]
    pub const fn half_len(self, n: usize, filter_len: usize) -> usize {
        match self {
            Self::Periodization => n.div_ceil(2),
            Self::Zero | Self::Symmetric => (n + filter_len).saturating_sub(1) / 2,
        }
    }

    /// Samples by which both halves are padded at either end while the scheme runs. A scheme knows no mirror: it is given
    /// as many mirrored samples as its coefficients depend on, and what its own ends spoil is not used.
    #[must_use]
    #[inline]
    pub fn padding<C: Tap>(self, scheme: Scheme<'_, C>) -> usize {
        match self {
            Self::Periodization | Self::Zero => 0,
            Self::Symmetric => scheme.reach(),
        }
    }

    /// Which of the `n` samples of a window stands at `position`, or nothing where it is zero.
    #[inline]
    pub(crate) const fn source(self, position: isize, n: usize) -> Option<usize> {
        let Some(period) = (match self {
            Self::Zero => {
                return if position >= 0 && position.unsigned_abs() < n { Some(position.unsigned_abs()) } else { None };
            }
            Self::Periodization => n.checked_add(n % 2),
            Self::Symmetric => n.checked_mul(2),
        }) else {
            return None;
        };
        let Some(position) = around(position, period) else { return None };
        if position < n {
            return Some(position);
        }
        // An odd circle's last sample once more, or the mirror image.
        Some(if let Self::Periodization = self { n - 1 } else { 2 * n - 1 - position })
    }

    /// The position in the window of the first sample of a half that starts at `origin` and is padded by so many.
    #[inline]
    pub(crate) const fn start(self, origin: i8, filter_len: usize, padding: usize) -> isize {
        // A scheme is centred: its approximation at k is the filter's answer at sample 2k + L/2. The first answer to an
        // extended window is that at sample 1, L/2 − 1 samples before.
        let front = match self {
            Self::Periodization => 0,
            Self::Zero | Self::Symmetric => (filter_len / 2).saturating_sub(1),
        };
        origin as isize - (front + 2 * padding).cast_signed()
    }

    /// Splits windows side by side into the samples that become approximation and detail, each padded by
    /// [`Boundary::padding`] at either end. A row holds a sample of each window. Of phase 1 the windows are shifted by one sample first.
    pub fn split<T: Scalar, const N: usize>(
        self,
        x: &[[T; N]],
        halves: [&mut [[T; N]]; 2],
        scheme: Scheme<'_, T::Tap>,
        phase: usize,
    ) {
        self.split_padded(x, halves, scheme, self.padding(scheme), [phase, 2]);
    }

    /// [`Boundary::split`] where the padding is known: from sample `first` or so on, every other row or, with a `stride` of 1, every one.
    #[inline]
    pub(crate) fn split_padded<T: Scalar, const N: usize>(
        self,
        x: &[[T; N]],
        halves: [&mut [[T; N]]; 2],
        scheme: Scheme<'_, T::Tap>,
        padding: usize,
        [first, stride]: [usize; 2],
    ) {
        for (half, origin) in halves.into_iter().zip(scheme.origin()) {
            let start = self.start(origin, scheme.filter_len(), padding) + first.cast_signed();
            // Code for either stride is faster, and that for both smaller.
            match stride {
                _ if cfg!(feature = "small") => self.take::<0, T, N>(x, half, start, stride),
                1 => self.take::<1, T, N>(x, half, start, 1),
                _ => self.take::<2, T, N>(x, half, start, 2),
            }
        }
    }

    /// Every row from `start` on, or every other one where the stride is 2.
    #[inline(never)]
    fn take<const STRIDE: usize, T: Scalar, const N: usize>(
        self,
        x: &[[T; N]],
        half: &mut [[T; N]],
        start: isize,
        stride: usize,
    ) {
        let stride = if STRIDE == 0 { stride } else { STRIDE };
        let every = stride == 1;
        // Rows of a half before the window, and the first sample of the window that the half has.
        let before = if every { -start } else { (1 - start) >> 1 }.max(0).cast_unsigned();
        let first = start.wrapping_add_unsigned(stride.wrapping_mul(before)).cast_unsigned();
        let inside = x.get(first..).unwrap_or_default();
        let count = if every { inside.len() } else { inside.len() / 2 };
        let Some((front, rest)) = half.split_at_mut_checked(before) else { return self.mirror(x, half, start, stride) };
        let count = count.min(rest.len());
        let Some((middle, back)) = rest.split_at_mut_checked(count) else { return };
        if every {
            if !copy(middle, inside) {
                self.mirror(x, middle, first.cast_signed(), stride);
            }
        } else {
            for (h, [x, _]) in middle.iter_mut().zip(inside.as_chunks::<2>().0) {
                *h = *x;
            }
        }
        let mut after = first.wrapping_add(stride.wrapping_mul(count));
        // What is alone at the end of an odd window.
        let back = match (back, inside.get(stride * count..)) {
            ([h, rest @ ..], Some([x, ..])) => {
                *h = *x;
                after = after.wrapping_add(stride);
                rest
            }
            (back, _) => back,
        };
        self.bend(x, front, start, stride);
        self.bend(x, back, after.cast_signed(), stride);
    }

    /// The same, of rows beyond the ends of the window.
    #[inline(always)]
    fn bend<T: Scalar, const N: usize>(self, x: &[[T; N]], edge: &mut [[T; N]], start: isize, stride: usize) {
        if let Self::Zero = self {
            // No constant: a call of what fills memory would take longer than a loop over so few.
            let zero = [black_box(T::ZERO); N];
            edge.iter_mut().for_each(|h| *h = zero);
        } else {
            self.mirror(x, edge, start, stride);
        }
    }

    // On its own: next to the loops that copy, it would cost them registers.
    #[inline(never)]
    fn mirror<T: Scalar, const N: usize>(self, x: &[[T; N]], edge: &mut [[T; N]], start: isize, stride: usize) {
        let mut position = start;
        for h in edge {
            let row = self.source(position, x.len()).and_then(|index| x.get(index));
            *h = row.copied().unwrap_or([T::ZERO; N]);
            position = position.saturating_add_unsigned(stride);
        }
    }

    /// Undoes [`Boundary::split`] of halves that are not padded; `x` has the length that went in.
    pub fn merge<T: Scalar, const N: usize>(
        self,
        halves: [&[[T; N]]; 2],
        x: &mut [[T; N]],
        scheme: Scheme<'_, T::Tap>,
    ) {
        for (half, origin) in halves.into_iter().zip(scheme.origin()) {
            let start = self.start(origin, scheme.filter_len(), 0);
            for (k, &h) in half.iter().enumerate() {
                let circle = 2 * half.len();
                // Not a mirrored or repeated sample: those are transformed coefficients' neighbours no more.
                let index = match self {
                    Self::Periodization => around(position(start, k), circle),
                    Self::Zero | Self::Symmetric => usize::try_from(position(start, k)).ok(),
                };
                if let Some(x) = index.and_then(|index| x.get_mut(index)) {
                    *x = h;
                }
            }
        }
    }
}

/// Copies rows if there are at least four, the last ones twice. Row by row they would be copied by a function of a compiler's library that is
/// larger than all that is here.
#[inline(always)]
fn copy<T: Copy>(to: &mut [T], from: &[T]) -> bool {
    let Some(from) = from.get(..to.len()) else { return false };
    for (to, from) in to.as_chunks_mut().0.iter_mut().zip(from.as_chunks().0) {
        four(to, from);
    }
    match (to.last_chunk_mut(), from.last_chunk()) {
        (Some(to), Some(from)) => four(to, from),
        _ => return to.is_empty(),
    }
    true
}

#[inline(always)]
fn four<T: Copy>(to: &mut [T; 4], from: &[T; 4]) {
    (to[0], to[1], to[2], to[3]) = (from[0], from[1], from[2], from[3]);
}

/// `start + 2k`.
#[inline]
pub(super) fn position(start: isize, k: usize) -> isize {
    start.saturating_add_unsigned(2 * k)
}

/// `index` around a circle of `period`, without a division where it is once around at most.
#[inline]
const fn around(index: isize, period: usize) -> Option<usize> {
    let once = period.cast_signed();
    let near = if index < 0 {
        index.wrapping_add(once)
    } else if index >= once {
        index.wrapping_sub(once)
    } else {
        index
    };
    if near >= 0 && near < once {
        return Some(near.unsigned_abs());
    }
    match index.checked_rem_euclid(once) {
        Some(index) => Some(index.unsigned_abs()),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Lifting, Step};

    #[test]
    fn split_then_merge_is_the_window() {
        let x: [[f64; 1]; 11] = core::array::from_fn(|i| [i as f64 + 1.0]);
        for boundary in [Boundary::Periodization, Boundary::Zero] {
            for (filter_len, origin) in [(2, [0, 1]), (4, [1, 0]), (6, [-2, 1]), (10, [3, -2])] {
                let lifting = Lifting::new(filter_len, origin, &[Step::new(0, [0.0; 2]); 2]).unwrap();
                for n in 1..=11 {
                    let half = boundary.half_len(n, filter_len.into());
                    let (mut a, mut d, mut back) = ([[9.0]; 12], [[9.0]; 12], [[0.0]; 11]);
                    boundary.split(&x[..n], [&mut a[..half], &mut d[..half]], lifting.scheme(), 0);
                    boundary.merge([&a[..half], &d[..half]], &mut back[..n], lifting.scheme());
                    assert_eq!(back[..n], x[..n], "{boundary:?} {filter_len} {n}");
                }
            }
        }
    }

    #[test]
    fn samples_beyond_the_ends_are_as_named() {
        let beyond = |boundary: Boundary, n| (-4..8).map(move |i| boundary.source(i, n).map_or(-1, |i| i as i8));
        assert!(beyond(Boundary::Zero, 3).eq([-1, -1, -1, -1, 0, 1, 2, -1, -1, -1, -1, -1]));
        assert!(beyond(Boundary::Periodization, 3).eq([0, 1, 2, 2, 0, 1, 2, 2, 0, 1, 2, 2]));
        assert!(beyond(Boundary::Periodization, 4).eq([0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3]));
        assert!(beyond(Boundary::Symmetric, 3).eq([2, 2, 1, 0, 0, 1, 2, 2, 1, 0, 0, 1]));
    }
}
