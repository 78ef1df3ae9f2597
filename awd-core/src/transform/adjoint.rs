//! Adjoints (transposes) of steps and of the split, and derivatives with respect to taps. Only training needs them.

use super::boundary::position;
use super::rows::around;
use crate::{Boundary, Scalar, Scheme, Step, Tap};
use core::array::from_fn;
use core::ops::{Add, Mul};

impl<C: Tap> Step<C> {
    /// The adjoint (transpose) of [`Step::apply`]: adds the gradient with respect to the changed `target`, pulled back,
    /// to the gradient of the `source`. The gradient of the target does not change.
    #[inline]
    pub fn pull_back<T: Scalar<Tap = C>, const N: usize>(
        self,
        target: &[[T; N]],
        source: &mut [[T; N]],
        boundary: Boundary,
    ) {
        // `target[k] += tap·source[k + i]` has the adjoint `source[k] += tap·target[k − i]`.
        let [second, first] = self.taps;
        Self::new(-1 - self.offset, [first, second]).apply(source, target, boundary);
    }

    /// The derivatives of a loss with respect to the two taps,
    /// `[Σ target[k]·source[k + offset], Σ target[k]·source[k + offset + 1]]`, lane by lane, where `target` is the
    /// gradient of the loss with respect to the changed half.
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
    /// The adjoint (transpose) of [`Boundary::split`]: turns a gradient with respect to the halves into one with
    /// respect to the window.
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
        sums = add_products(sums, seam, &first, &second);
        sums = add_all_products(sums, head, before);
    }
    add_all_products(sums, tail, after)
}

/// Adds the products of targets with the sources at their index and at the next one; sources beyond the end are zero.
#[inline(always)]
fn add_all_products<T, const N: usize>(mut sums: [[T; N]; 2], target: &[[T; N]], source: &[[T; N]]) -> [[T; N]; 2]
where
    T: Scalar + Add<Output = T> + Mul<Output = T>,
{
    let next = source.get(1..).unwrap_or_default();
    for ((target, first), second) in target.iter().zip(source).zip(next) {
        sums = add_products(sums, target, first, second);
    }
    sums
}

#[inline(always)]
fn add_products<T, const N: usize>([a, b]: [[T; N]; 2], target: &[T; N], first: &[T; N], second: &[T; N]) -> [[T; N]; 2]
where
    T: Scalar + Add<Output = T> + Mul<Output = T>,
{
    [from_fn(|lane| a[lane] + target[lane] * first[lane]), from_fn(|lane| b[lane] + target[lane] * second[lane])]
}

/// Splits the source so that its parts line up with the targets before and after a cut; returns the cut and the parts.
/// For targets of an empty part the sources are zero.
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

/// The two sources of the last target before the cut; the second one is in the part after the cut.
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
                    // A step is bilinear, so finite differences are exact.
                    let loss = |taps, source: &[[f64; 2]]| {
                        let mut target = [[0.0; 2]; 9];
                        Step::new(offset, taps).apply(&mut target[..n], source, boundary);
                        dot(&target[..n], &gradient)
                    };
                    let mut pulled = [[0.0; 2]; 9];
                    let step = Step::new(offset, [0.5, -2.0]);
                    step.pull_back(&gradient[..n], &mut pulled[..n], boundary);
                    assert_eq!(dot(&pulled[..n], &change), loss(step.taps, &change[..n]), "{boundary:?} {n} {offset}");
                    let [first, second] = step.tap_gradient(&gradient[..n], &source[..n], boundary);
                    assert_eq!(first, loss([1.0, 0.0], &source[..n]), "{boundary:?} {n} {offset}");
                    assert_eq!(second, loss([0.0, 1.0], &source[..n]), "{boundary:?} {n} {offset}");
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
