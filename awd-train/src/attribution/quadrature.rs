//! Quadrature of gradients on the path from a baseline to a window.
//!
//! A network's output may change within a small part of the path, which equal steps can miss. A step of width h errs by
//! h³|F‴|/24, where F is the function along the path. The total error is least if steps are as dense as ∛|F‴|. So the
//! function is first evaluated along the path, which costs less than gradients do, and half of the steps are
//! distributed by the cube roots of its third differences. The other half is distributed equally.

use crate::Result;
use crate::attribution::Function;
use ndarray::{Array2, ArrayView2, Axis, Zip};

/// The number of equal parts of the path, at whose ends the function is evaluated.
const PARTS: usize = 64;

/// Steps along the paths of windows (n, steps): the middle of each, 0 at the baseline and 1 at the window, and its
/// width. The widths of a window add up to 1.
pub struct Quadrature {
    pub middles: Array2<f32>,
    pub widths: Array2<f32>,
}

impl Quadrature {
    /// Chooses `count` steps for windows `x` (n, N) with these displacements (n, N) from their baselines.
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
            // A third difference spans three parts.
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

/// The points at α on the paths of the windows.
pub fn at(x: ArrayView2<'_, f32>, displacements: ArrayView2<'_, f32>, alpha: impl Fn(usize) -> f32) -> Array2<f32> {
    let mut at = x.to_owned();
    for (i, (mut at, displacement)) in at.rows_mut().into_iter().zip(displacements.rows()).enumerate() {
        at.scaled_add(alpha(i) - 1.0, &displacement);
    }
    at
}

/// The ends of `count` steps, half of them distributed by how much the function bends in each part of the path.
fn ends(bends: impl Iterator<Item = f32> + Clone, count: usize) -> Vec<f32> {
    let total = bends.clone().sum::<f32>();
    // A function that does not bend, or is NaN, gets equal steps.
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
    fn steps_are_equal_where_the_bends_are_equal_or_unknown() {
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
        // One of the equally distributed half, and all 64 of the other half.
        assert_eq!(within, 65);
    }

    /// A steep sigmoid and a straight line.
    struct SteepSigmoid;

    impl Function for SteepSigmoid {
        fn outputs(&self, x: ArrayView2<'_, f32>) -> Result<Array2<f32>> {
            let value = |(i, output)| if output == 0 { (1000.0 * (x[[i, 0]] - 0.3)).tanh() } else { x[[i, 0]] };
            Ok(Array2::from_shape_fn((x.nrows(), 2), value))
        }
    }

    #[test]
    fn a_steep_change_is_not_missed() {
        let x = Array2::ones((1, 1));
        let Quadrature { middles, widths } = Quadrature::new(&SteepSigmoid, x.view(), x.view(), 64).unwrap();
        let slope = |x: f32| 1000.0 / (1000.0 * (x - 0.3)).cosh().powi(2);
        let found: f32 = middles.iter().zip(&widths).map(|(x, width)| width * slope(*x)).sum();
        let equal: f32 = (0..64).map(|i| slope((i as f32 + 0.5) / 64.0) / 64.0).sum();
        assert!((found - 2.0).abs() < 0.1 && (equal - 2.0).abs() > 1.0, "{found} {equal}");
    }
}
