//! Boundary extension of windows, and the lengths of the bands.

use crate::wavelet::lifting::Scheme;
use crate::{Scalar, Tap};
use core::hint::black_box;
use serde::{Deserialize, Serialize};

/// How a window is extended beyond its ends. Lengths and alignment are those of PyWavelets' modes of the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Boundary {
    /// Periodic extension; a window of odd length first repeats its last sample. Each level halves the length, rounded
    /// up.
    Periodization,
    /// Zero padding. Every coefficient that may be nonzero is kept, so a level of a filter of L taps turns n samples
    /// into ⌊(n + L − 1) / 2⌋ of each half.
    Zero,
    /// Half-sample symmetric extension, which repeats the end samples: … x₁ x₀ | x₀ x₁ … Lengths are those of
    /// [`Boundary::Zero`].
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

    /// The number of samples by which both halves are padded at either end while the scheme runs. A scheme does not
    /// extend its input symmetrically. It is given as many mirrored samples as its coefficients depend on; the samples
    /// that are wrong because the padded half ends are not used.
    #[must_use]
    #[inline]
    pub fn padding<C: Tap>(self, scheme: Scheme<'_, C>) -> usize {
        match self {
            Self::Periodization | Self::Zero => 0,
            Self::Symmetric => scheme.reach(),
        }
    }

    /// The index of the sample, out of `n`, at `position` of the extended window; `None` where it is zero.
    #[inline]
    pub const fn source(self, position: isize, n: usize) -> Option<usize> {
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
        // The repeated last sample of an odd window, or the mirror image.
        Some(if let Self::Periodization = self { n - 1 } else { 2 * n - 1 - position })
    }

    /// The position in the window of the first sample of a half that starts at `origin` and is padded by `padding`.
    #[inline]
    pub const fn start(self, origin: i8, filter_len: usize, padding: usize) -> isize {
        // A scheme is centred: its approximation at k is the filter's output at sample 2k + L/2. The first output for
        // an extended window is the one at sample 1, which is L/2 − 1 samples earlier.
        let front = match self {
            Self::Periodization => 0,
            Self::Zero | Self::Symmetric => (filter_len / 2).saturating_sub(1),
        };
        origin as isize - (front + 2 * padding).cast_signed()
    }

    /// Splits windows side by side into the samples that become approximation and detail, each padded by
    /// [`Boundary::padding`] at either end. A row holds one sample of each window. For `phase` 1 the windows are first
    /// shifted by one sample.
    pub fn split<T: Scalar, const N: usize>(
        self,
        x: &[[T; N]],
        halves: [&mut [[T; N]]; 2],
        scheme: Scheme<'_, T::Tap>,
        phase: usize,
    ) {
        self.split_padded(x, halves, scheme, self.padding(scheme), [phase, 2]);
    }

    /// [`Boundary::split`] with a known padding: starts `first` samples later and takes every `stride`-th row, 1 or 2.
    #[cfg_attr(not(feature = "vectors"), inline)]
    #[cfg_attr(feature = "vectors", inline(always))]
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
            // Separate code for each stride is faster, shared code is smaller.
            match stride {
                _ if cfg!(feature = "small") => self.take_half::<0, T, N>(x, half, start, stride),
                1 => self.take_half::<1, T, N>(x, half, start, 1),
                _ => self.take_half::<2, T, N>(x, half, start, 2),
            }
        }
    }

    /// Takes every row from `start` on, or every other one for a stride of 2.
    // Inlined on hosts, so that it gets their vector instructions.
    #[cfg_attr(not(feature = "vectors"), inline(never))]
    #[cfg_attr(feature = "vectors", inline(always))]
    fn take_half<const STRIDE: usize, T: Scalar, const N: usize>(
        self,
        x: &[[T; N]],
        half: &mut [[T; N]],
        start: isize,
        stride: usize,
    ) {
        let stride = if STRIDE == 0 { stride } else { STRIDE };
        let all_rows = stride == 1;
        // The number of rows of the half before the window, and the first sample of the window in the half.
        let before = if all_rows { -start } else { (1 - start) >> 1 }.max(0).cast_unsigned();
        let first = start.wrapping_add_unsigned(stride.wrapping_mul(before)).cast_unsigned();
        let inside = x.get(first..).unwrap_or_default();
        let count = if all_rows { inside.len() } else { inside.len() / 2 };
        let Some((front, rest)) = half.split_at_mut_checked(before) else { return self.fill(x, half, start, stride) };
        let count = count.min(rest.len());
        let Some((middle, back)) = rest.split_at_mut_checked(count) else { return };
        if all_rows {
            if !copy(middle, inside) {
                self.fill(x, middle, first.cast_signed(), stride);
            }
        } else {
            for (h, [x, _]) in middle.iter_mut().zip(inside.as_chunks::<2>().0) {
                *h = *x;
            }
        }
        let mut after = first.wrapping_add(stride.wrapping_mul(count));
        // The last sample of an odd window.
        let back = match (back, inside.get(stride * count..)) {
            ([h, rest @ ..], Some([x, ..])) => {
                *h = *x;
                after = after.wrapping_add(stride);
                rest
            }
            (back, _) => back,
        };
        self.fill_edge(x, front, start, stride);
        self.fill_edge(x, back, after.cast_signed(), stride);
    }

    /// Takes rows beyond the ends of the window.
    #[inline(always)]
    fn fill_edge<T: Scalar, const N: usize>(self, x: &[[T; N]], edge: &mut [[T; N]], start: isize, stride: usize) {
        if let Self::Zero = self {
            // Hidden from the compiler: a call of `memset` would take longer than a loop over so few.
            let zero = [black_box(T::ZERO); N];
            edge.iter_mut().for_each(|h| *h = zero);
        } else {
            self.fill(x, edge, start, stride);
        }
    }

    // Not inlined: next to the loops that copy, it would cost them registers.
    #[inline(never)]
    fn fill<T: Scalar, const N: usize>(self, x: &[[T; N]], edge: &mut [[T; N]], start: isize, stride: usize) {
        let mut position = start;
        for h in edge {
            let row = self.source(position, x.len()).and_then(|index| x.get(index));
            *h = row.copied().unwrap_or([T::ZERO; N]);
            position = position.saturating_add_unsigned(stride);
        }
    }

    /// Undoes [`Boundary::split`] for halves without padding; `x` has the length of the original window.
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
                // Mirrored and repeated samples are skipped: after the transform they no longer equal the samples that
                // they repeat.
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

/// Copies rows, four at a time, the last four possibly twice; returns false if there are fewer than four, but not none.
/// Row by row, the compiler would call a `memcpy` that is larger than all code here.
#[inline(always)]
fn copy<T: Copy>(to: &mut [T], from: &[T]) -> bool {
    let Some(from) = from.get(..to.len()) else { return false };
    for (to, from) in to.as_chunks_mut().0.iter_mut().zip(from.as_chunks().0) {
        copy_four(to, from);
    }
    match (to.last_chunk_mut(), from.last_chunk()) {
        (Some(to), Some(from)) => copy_four(to, from),
        _ => return to.is_empty(),
    }
    true
}

#[inline(always)]
fn copy_four<T: Copy>(to: &mut [T; 4], from: &[T; 4]) {
    (to[0], to[1], to[2], to[3]) = (from[0], from[1], from[2], from[3]);
}

/// `start + 2k`.
#[inline]
pub(super) fn position(start: isize, k: usize) -> isize {
    start.saturating_add_unsigned(2 * k)
}

/// `index` modulo `period`, without a division if it is off by at most one period.
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
    fn samples_beyond_the_ends_follow_the_boundary() {
        let beyond = |boundary: Boundary, n| (-4..8).map(move |i| boundary.source(i, n).map_or(-1, |i| i as i8));
        assert!(beyond(Boundary::Zero, 3).eq([-1, -1, -1, -1, 0, 1, 2, -1, -1, -1, -1, -1]));
        assert!(beyond(Boundary::Periodization, 3).eq([0, 1, 2, 2, 0, 1, 2, 2, 0, 1, 2, 2]));
        assert!(beyond(Boundary::Periodization, 4).eq([0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3]));
        assert!(beyond(Boundary::Symmetric, 3).eq([2, 2, 1, 0, 0, 1, 2, 2, 1, 0, 0, 1]));
    }
}
