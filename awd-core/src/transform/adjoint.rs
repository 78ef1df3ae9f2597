//! Adjoints (transposes) of steps and of the split, and derivatives of taps: what training needs and no instrument.

use super::boundary::position;
use super::rows::around;
use crate::{Boundary, Scalar, Scheme, Step, Tap};
use core::array::from_fn;
use core::ops::{Add, Mul};

impl<C: Tap> Step<C> {
    /// The adjoint (transpose) of [`Step::apply`]: pulls a gradient with respect to the changed `target` back onto
    /// the `source`; the gradient of the target stays as it is.
    #[inline]
    pub fn pull_back<T: Scalar<Tap = C>, const N: usize>(
        self,
        target: &[[T; N]],
        source: &mut [[T; N]],
        boundary: Boundary,
    ) {
        // source[k] += tap·target[k − i] for what was target[k] += tap·source[k + i].
        let [second, first] = self.taps;
        Self::new(-1 - self.offset, [first, second]).apply(source, target, boundary);
    }

    /// The derivatives of a loss with respect to the two taps, `[Σ target[k]·source[k + offset],
    /// Σ target[k]·source[k + offset + 1]]` lane by lane, where `target` is the loss's gradient with respect to the changed
    /// half.
    #[inline]
    #[must_use]
    pub fn tap_gradient<T, const N: usize>(
        self,
        target: &[[T; N]],
        source: &[[T; N]],
        boundary: Boundary,
    ) -> [[T; N]; 2]
    where
        T: Scalar<Tap = C> + Add<Output = T> + Mul<Output = T>,
    {
        correlate(target, source, self.offset.into(), boundary)
    }
}

impl Boundary {
    /// The adjoint (transpose) of [`Boundary::split`]: a gradient of the halves becomes one of the window.
    pub fn split_adjoint<T, const N: usize>(self, halves: [&[[T; N]]; 2], x: &mut [[T; N]], scheme: Scheme<'_, T::Tap>)
    where
        T: Scalar + Add<Output = T>,
    {
        x.fill([T::ZERO; N]);
        for (half, origin) in halves.into_iter().zip(scheme.origin()) {
            let start = self.start(origin, scheme.filter_len(), self.padding(scheme));
            for (k, &h) in half.iter().enumerate() {
                if let Some(x) = self.source(position(start, k), x.len()).and_then(|index| x.get_mut(index)) {
                    x.iter_mut().zip(h).for_each(|(x, h)| *x = *x + h);
                }
            }
        }
    }
}

/// `[Σ target[k]·source[k + offset], Σ target[k]·source[k + offset + 1]]`, lane by lane.
#[inline(always)]
fn correlate<T, const N: usize>(target: &[[T; N]], source: &[[T; N]], offset: isize, boundary: Boundary) -> [[T; N]; 2]
where
    T: Scalar + Add<Output = T> + Mul<Output = T>,
{
    let mut sums = [[T::ZERO; N]; 2];
    let Some((cut, [before, after])) = aligned(source, offset, boundary) else { return sums };
    let Some((head, tail)) = target.split_at_checked(cut.min(target.len())) else { return sums };
    if let Some((seam, head)) = head.split_last() {
        let [first, second] = at_seam(before, after);
        sums = plus(sums, seam, &first, &second);
        sums = plus_all(sums, head, before);
    }
    plus_all(sums, tail, after)
}

/// Adds the products of targets and the sources that they lie along; beyond the source are zeros.
#[inline(always)]
fn plus_all<T, const N: usize>(mut sums: [[T; N]; 2], target: &[[T; N]], source: &[[T; N]]) -> [[T; N]; 2]
where
    T: Scalar + Add<Output = T> + Mul<Output = T>,
{
    let next = source.get(1..).unwrap_or_default();
    for ((target, first), second) in target.iter().zip(source).zip(next) {
        sums = plus(sums, target, first, second);
    }
    sums
}

#[inline(always)]
fn plus<T, const N: usize>([a, b]: [[T; N]; 2], target: &[T; N], first: &[T; N], second: &[T; N]) -> [[T; N]; 2]
where
    T: Scalar + Add<Output = T> + Mul<Output = T>,
{
    [from_fn(|lane| a[lane] + target[lane] * first[lane]), from_fn(|lane| b[lane] + target[lane] * second[lane])]
}

/// Where targets have to be cut so that the parts lie along parts of the source, and those parts. Where a part is nothing,
/// its targets find zeros.
#[inline(always)]
fn aligned<T, const N: usize>(source: &[[T; N]], offset: isize, boundary: Boundary) -> Option<(usize, [&[[T; N]]; 2])> {
    let (n, distance) = (source.len(), offset.unsigned_abs());
    if let Boundary::Periodization = boundary {
        let (_, ahead) = around(source, offset)?;
        return Some((ahead.len(), [ahead, source]));
    }
    Some(if offset >= 0 {
        (n.saturating_sub(distance), [source.get(distance..).unwrap_or_default(), &[]])
    } else {
        (distance, [&[], if distance <= n { source } else { &[] }])
    })
}

/// The sources of the last target before the cut, the second of which is beyond it.
#[inline(always)]
fn at_seam<T: Scalar, const N: usize>(before: &[[T; N]], after: &[[T; N]]) -> [[T; N]; 2] {
    [before.last(), after.first()].map(|source| source.copied().unwrap_or([T::ZERO; N]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Lifting;

    #[test]
    fn pull_back_and_tap_gradient_are_the_derivatives_of_apply() {
        let values = |seed: usize| core::array::from_fn::<f64, 9, _>(|i| ((i * i * seed + 3 * i) % 11) as f64 - 5.0);
        let (source, change, gradient) = (values(2), values(3), values(5));
        let [source, change, gradient] =
            [source, change, gradient].map(|values| values.map(|value| [value, -2.0 * value]));
        let dot = |a: &[[f64; 2]], b: &[[f64; 2]]| {
            [0, 1].map(|lane| a.iter().zip(b).map(|(a, b)| a[lane] * b[lane]).sum::<f64>())
        };
        for boundary in [Boundary::Periodization, Boundary::Zero] {
            for n in 1..=9 {
                for offset in -10..=10 {
                    // A step is bilinear, so differences are exact.
                    let moved = |taps, source: &[[f64; 2]]| {
                        let mut target = [[0.0; 2]; 9];
                        Step::new(offset, taps).apply(&mut target[..n], source, boundary);
                        dot(&target[..n], &gradient)
                    };
                    let mut pulled = [[0.0; 2]; 9];
                    let step = Step::new(offset, [0.5, -2.0]);
                    step.pull_back(&gradient[..n], &mut pulled[..n], boundary);
                    assert_eq!(dot(&pulled[..n], &change), moved(step.taps, &change[..n]), "{boundary:?} {n} {offset}");
                    let [first, second] = step.tap_gradient(&gradient[..n], &source[..n], boundary);
                    assert_eq!(first, moved([1.0, 0.0], &source[..n]), "{boundary:?} {n} {offset}");
                    assert_eq!(second, moved([0.0, 1.0], &source[..n]), "{boundary:?} {n} {offset}");
                }
            }
        }
    }

    #[test]
    fn split_adjoint_is_the_transpose() {
        let lifting = Lifting::new(6, [1, -2], &[Step::new(0, [0.0; 2]); 2]).unwrap();
        for boundary in [Boundary::Periodization, Boundary::Zero, Boundary::Symmetric] {
            for n in 1..=11 {
                let half = boundary.half_len(n, 6) + 2 * boundary.padding(lifting.scheme());
                let x: [[f64; 1]; 11] = core::array::from_fn(|i| [(i * i % 7) as f64]);
                let (ga, gd): ([[f64; 1]; 20], [[f64; 1]; 20]) =
                    (core::array::from_fn(|i| [(i * 5 % 11) as f64]), core::array::from_fn(|i| [(i * 3 % 13) as f64]));
                let (mut a, mut d, mut gx) = ([[0.0]; 20], [[0.0]; 20], [[0.0]; 11]);
                boundary.split(&x[..n], [&mut a[..half], &mut d[..half]], lifting.scheme(), 0);
                boundary.split_adjoint([&ga[..half], &gd[..half]], &mut gx[..n], lifting.scheme());
                let dot = |a: &[[f64; 1]], b: &[[f64; 1]]| a.iter().zip(b).map(|([a], [b])| a * b).sum::<f64>();
                assert_eq!(dot(&a[..half], &ga) + dot(&d[..half], &gd), dot(&x[..n], &gx), "{boundary:?} {n}");
            }
        }
    }
}
