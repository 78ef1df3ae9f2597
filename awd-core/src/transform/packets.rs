//! Wavelet packets: the details are split again like the approximations (Coifman & Wickerhauser 1992).
//!
//! After J levels there are 2^J nodes. They are numbered in PyWavelets' natural order: the first split is the highest
//! bit of a node's number, and a set bit stands for a detail.

use crate::transform::levels::Levels;
use crate::{Dwt, Invalid, Scalar, Tap};
use core::mem::swap;

const SHORT: Invalid = Invalid::WorkLen;

impl<C: Tap> Dwt<C> {
    /// Length of the work buffer of [`Dwt::packets`] for a window of `n` samples: the nodes of two consecutive levels,
    /// and two padded halves.
    #[must_use]
    pub fn packets_work_len(&self, n: usize) -> usize {
        let nodes = (1_u32..).zip(self.half_lens(n)).map(|(level, half)| half << level);
        2 * nodes.fold(n, usize::max) + self.scratch_len(n)
    }

    /// The length of two padded halves of the largest level.
    fn scratch_len(&self, n: usize) -> usize {
        2 * self.padded_lens(n).max().unwrap_or(0)
    }

    /// Calls `visit(node, coefficients)` for each node of the last level.
    ///
    /// ```
    /// use awd_core::{Boundary, Dwt, Lifting, Step};
    ///
    /// // The Haar wavelet, unscaled: a sum and half a difference.
    /// let haar = Lifting::new(2, [0, 1], &[Step::new(0, [1.0, 0.0]), Step::new(0, [-0.5, 0.0])]).unwrap();
    /// let haar = Dwt::new(haar, Boundary::Periodization, 2);
    /// let (mut work, mut nodes) = ([0.0; 12], [0.0; 4]);
    /// haar.packets(&[1.0, 3.0, 5.0, 11.0], &mut work, |node, c| nodes[node] = c[0]).unwrap();
    /// assert_eq!(nodes, [20.0, 6.0, 4.0, 1.0]);
    /// ```
    ///
    /// # Errors
    /// The transform is oversampled, or `work` is shorter than [`Dwt::packets_work_len`].
    pub fn packets<T: Scalar<Tap = C>>(
        &self,
        x: &[T],
        work: &mut [T],
        mut visit: impl FnMut(usize, &[T]),
    ) -> Result<(), Invalid> {
        self.one_phase()?;
        let work = work.get_mut(..self.packets_work_len(x.len())).ok_or(SHORT)?;
        let (scratch, nodes) = work.split_at_mut_checked(self.scratch_len(x.len())).ok_or(SHORT)?;
        let (mut source, mut free) = nodes.split_at_mut_checked(nodes.len() / 2).ok_or(SHORT)?;
        source.get_mut(..x.len()).ok_or(SHORT)?.copy_from_slice(x);
        let mut n = x.len();
        for (level, shape) in self.shapes(x.len()).enumerate() {
            let (half, band) = (shape.half, shape.padding..shape.padding + shape.half);
            let (low, high) = scratch
                .get_mut(..2 * shape.padded())
                .and_then(|both| both.split_at_mut_checked(shape.padded()))
                .ok_or(SHORT)?;
            let parents = source.get(..n << level).ok_or(SHORT)?.chunks_exact(n.max(1));
            let children = free.get_mut(..half << (level + 1)).ok_or(SHORT)?.chunks_exact_mut((2 * half).max(1));
            for (parent, children) in parents.zip(children) {
                let halves = [&mut *low, &mut *high].map(|half| half.as_chunks_mut::<1>().0);
                shape.split(self.boundary(), parent.as_chunks().0, halves, 1);
                let bands = [&*low, &*high].map(|half| half.get(band.clone()).unwrap_or_default());
                for (child, c) in children.iter_mut().zip(bands.into_iter().flatten()) {
                    *child = *c;
                }
            }
            swap(&mut source, &mut free);
            n = half;
        }
        let nodes = source.get(..n << self.levels()).ok_or(SHORT)?;
        nodes.chunks_exact(n.max(1)).enumerate().for_each(|(node, c)| visit(node, c));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use crate::{Boundary, Lifting, Step};
    use proptest::prelude::*;
    use std::{vec, vec::Vec};

    /// The nodes by repeated one-level transforms.
    fn split(lifting: &Lifting<f64>, boundary: Boundary, levels: u8, x: &[f64]) -> Vec<Vec<f64>> {
        if levels == 0 {
            return vec![x.to_vec()];
        }
        let dwt = Dwt::new(lifting.clone(), boundary, 1);
        let (mut work, mut halves) = (vec![0.0; dwt.work_len(x.len())], vec![vec![]; 2]);
        dwt.analyze(x, &mut work, |band, c| halves[1 - band] = c.to_vec()).unwrap();
        halves.iter().flat_map(|half| split(lifting, boundary, levels - 1, half)).collect()
    }

    proptest! {
        #[test]
        fn packets_equal_repeated_one_level_transforms(
            x in prop::collection::vec(-9.0..9.0_f64, 2..60), levels in 1..5_u8, which in 0..3_usize,
        ) {
            let boundary = [Boundary::Periodization, Boundary::Zero, Boundary::Symmetric][which];
            let steps = [Step::new(-1, [0.3, -0.7]), Step::new(0, [0.2, 0.9]), Step::new(1, [-0.4, 0.0])];
            let lifting = Lifting::new(6, [2, -1], &steps).unwrap();
            let dwt = Dwt::new(lifting.clone(), boundary, levels);
            let (mut work, mut nodes) = (vec![0.0; dwt.packets_work_len(x.len())], vec![]);
            dwt.packets(&x, &mut work, |node, c| {
                assert_eq!(node, nodes.len());
                nodes.push(c.to_vec());
            }).unwrap();
            prop_assert_eq!(nodes, split(&lifting, boundary, levels, &x));
            work.pop();
            prop_assert_eq!(dwt.packets(&x, &mut work, |_, _| ()).unwrap_err().field(), "work");
        }
    }
}
