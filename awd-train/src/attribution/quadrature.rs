//! Where on the way from a baseline to a window gradients are taken.
//!
//! A network makes up its mind within a small part of the way, over which equal steps may pass. A step of width h is off by
//! h³|F‴|/24, where F is the function along the way; the sum of all is least where steps are as dense as ∛|F‴|. So the
//! function is looked at along the way first, which costs less than gradients do, and half of the steps are shared out by
//! the cube roots of its third differences. The other half is shared out equally.

use crate::Result;
use crate::attribution::Function;
use ndarray::{Array2, ArrayView2, Axis, Zip};

/// Parts of the way at whose ends the function is looked at.
const PARTS: usize = 64;

/// Steps along the ways of windows (n, steps): the middle of each, 0 at the baseline and 1 at the window, and its width. The
/// widths of a window add up to 1.
pub struct Quadrature {
    pub middles: Array2<f32>,
    pub widths: Array2<f32>,
}

impl Quadrature {
    /// So many steps for windows `x` (n, N), each so far from its baseline (n, N).
    pub fn new(
        function: &impl Function,
        x: ArrayView2<'_, f32>,
        displacements: ArrayView2<'_, f32>,
        count: usize,
    ) -> Result<Self> {
        let along = (0..=PARTS)
            .map(|end| function.smooth(at(x, displacements, |_| end as f32 / PARTS as f32).view()))
            .collect::<Result<Vec<Array2<f32>>>>()?;
        let mut bends = Array2::<f32>::zeros((x.nrows(), PARTS));
        for (part, four) in along.windows(4).enumerate() {
            let third = &four[3] - &four[0] + (&four[1] - &four[2]) * 3.0;
            let root = third.mapv(f32::abs).sum_axis(Axis(1)).mapv(f32::cbrt);
            // It is of three parts.
            for part in part..part + 3 {
                let mut bends = bends.column_mut(part);
                bends += &root;
            }
        }
        let (mut middles, mut widths) = (Array2::zeros((x.nrows(), count)), Array2::zeros((x.nrows(), count)));
        Zip::from(bends.rows()).and(middles.rows_mut()).and(widths.rows_mut()).for_each(
            |bends, mut middles, mut widths| {
                let ends = ends(bends.iter().copied(), count);
                for (i, (middle, width)) in middles.iter_mut().zip(&mut widths).enumerate() {
                    (*middle, *width) = (f32::midpoint(ends[i], ends[i + 1]), ends[i + 1] - ends[i]);
                }
            },
        );
        Ok(Self { middles, widths })
    }
}

/// Windows at α of their ways.
pub fn at(x: ArrayView2<'_, f32>, displacements: ArrayView2<'_, f32>, alpha: impl Fn(usize) -> f32) -> Array2<f32> {
    let mut at = x.to_owned();
    for (i, (mut at, displacement)) in at.rows_mut().into_iter().zip(displacements.rows()).enumerate() {
        at.scaled_add(alpha(i) - 1.0, &displacement);
    }
    at
}

/// The ends of so many steps, half of them shared out by how much the function bends in equal parts of the way.
fn ends(bends: impl Iterator<Item = f32> + Clone, count: usize) -> Vec<f32> {
    let total = bends.clone().sum::<f32>();
    // What does not bend, or is not a number, gets equal steps.
    let straight = !total.is_normal();
    let shares = bends.map(|bend| if straight { 1.0 } else { 0.5 + 0.5 * bend / total * PARTS as f32 });
    let mut ends = Vec::with_capacity(count + 1);
    let per_part = count as f32 / PARTS as f32;
    let mut done = 0.0;
    for (part, share) in shares.enumerate() {
        let next = done + share * per_part;
        while ends.len() < count && ends.len() as f32 <= next {
            ends.push((part as f32 + (ends.len() as f32 - done) / (next - done)) / PARTS as f32);
        }
        done = next;
    }
    ends.resize(count, 1.0);
    ends.push(1.0);
    ends
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_equal_where_nothing_tells_them_apart() {
        for changes in [[0.0; PARTS], [3.0; PARTS], [f32::NAN; PARTS]] {
            for count in [1, 7, 64] {
                let ends = ends(changes.into_iter(), count);
                assert_eq!(ends.len(), count + 1);
                let off = |(i, end): (usize, &f32)| (end - i as f32 / count as f32).abs();
                assert!(ends.iter().enumerate().map(off).all(|off| off < 1e-6), "{ends:?}");
            }
        }
    }

    #[test]
    fn half_of_the_steps_go_where_the_function_bends() {
        let mut bends = [0.0; PARTS];
        bends[20] = 2.0;
        let ends = ends(bends.into_iter(), 128);
        assert!(ends.is_sorted() && (ends[0], ends[128]) == (0.0, 1.0), "{ends:?}");
        let within = ends.iter().filter(|end| (20.0 / 64.0..21.0 / 64.0).contains(*end)).count();
        // One of its own, and half of 128.
        assert_eq!(within, 65);
    }

    /// A steep sigmoid and a straight line.
    struct Decided;

    impl Function for Decided {
        fn outputs(&self, x: ArrayView2<'_, f32>) -> Result<Array2<f32>> {
            let of = |(i, output)| if output == 0 { (1000.0 * (x[[i, 0]] - 0.3)).tanh() } else { x[[i, 0]] };
            Ok(Array2::from_shape_fn((x.nrows(), 2), of))
        }
    }

    #[test]
    fn what_is_decided_at_once_is_not_passed_over() {
        let x = Array2::ones((1, 1));
        let Quadrature { middles, widths } = Quadrature::new(&Decided, x.view(), x.view(), 64).unwrap();
        let slope = |x: f32| 1000.0 / (1000.0 * (x - 0.3)).cosh().powi(2);
        let found: f32 = middles.iter().zip(&widths).map(|(x, width)| width * slope(*x)).sum();
        let equal: f32 = (0..64).map(|i| slope((i as f32 + 0.5) / 64.0) / 64.0).sum();
        assert!((found - 2.0).abs() < 0.1 && (equal - 2.0).abs() > 1.0, "{found} {equal}");
    }
}
