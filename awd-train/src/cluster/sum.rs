//! Sums whose bits depend on neither threads nor ranks.
//!
//! Terms are added in a fixed binary tree: chunks 0 and 1, chunks 2 and 3, both sums, and so on. A rank adds the
//! complete branches of the tree that its own chunks form, a dozen or two, and sends their sums. Every rank then adds
//! the rest of the tree.

use super::{Ranks, allgather};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

pub use std::ops::Range;

/// A branch of the tree: the 2^`height` chunks from `first` on, which is a multiple of 2^`height`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Branch {
    first: usize,
    height: u32,
}

impl Branch {
    const fn end(self) -> usize {
        self.first + (1 << self.height)
    }

    const fn halves(self) -> [Self; 2] {
        let height = self.height - 1;
        [Self { first: self.first, height }, Self { first: self.first + (1 << height), height }]
    }

    /// The branch of which this is the second half, if it is one.
    const fn parent(self) -> Option<Self> {
        let first = self.first & !(1 << self.height);
        if first == self.first { None } else { Some(Self { first, height: self.height + 1 }) }
    }
}

/// The chunks of these rows. `start` and `end` must be multiples of a chunk or the end of all rows.
#[must_use]
pub const fn chunks_of(rows: Range<usize>, chunk: usize) -> Range<usize> {
    rows.start.div_ceil(chunk)..rows.end.div_ceil(chunk)
}

/// Returns the sum by `plus` of `leaf` over the chunks of all ranks. `own` are this rank's chunks, which begin where
/// those of the rank before end. `None` if there are no chunks. All ranks get the same sum.
pub fn sum<T: Serialize + DeserializeOwned + Send>(
    ranks: &dyn Ranks,
    own: Range<usize>,
    leaf: impl Fn(usize) -> T + Sync,
    plus: impl Fn(T, T) -> T + Sync,
) -> Option<T> {
    let sums: Vec<(Branch, T)> =
        branches(&own).into_iter().map(|branch| (branch, branch_sum(branch, &leaf, &plus))).collect();
    let mut open: Vec<(Branch, T)> = Vec::new();
    for (mut branch, mut sum) in allgather(ranks, sums).into_iter().flatten() {
        while let Some(parent) = branch.parent() {
            let (_, first) = open.pop().expect("the chunks of ranks follow each other");
            (branch, sum) = (parent, plus(first, sum));
        }
        open.push((branch, sum));
    }
    // The branches that remain are first halves whose second half is incomplete. Add them from the last to the first.
    open.into_iter().map(|(_, sum)| sum).rev().reduce(|last, first| plus(first, last))
}

/// Splits a range of chunks into the largest branches.
fn branches(own: &Range<usize>) -> Vec<Branch> {
    let (mut found, mut first) = (Vec::new(), own.start);
    while first < own.end {
        let fits = (own.end - first).ilog2();
        let height = if first == 0 { fits } else { fits.min(first.trailing_zeros()) };
        let branch = Branch { first, height };
        found.push(branch);
        first = branch.end();
    }
    found
}

fn branch_sum<T: Send>(branch: Branch, leaf: &(impl Fn(usize) -> T + Sync), plus: &(impl Fn(T, T) -> T + Sync)) -> T {
    if branch.height == 0 {
        return leaf(branch.first);
    }
    let [first, second] = branch.halves();
    let (first, second) = rayon::join(|| branch_sum(first, leaf, plus), || branch_sum(second, leaf, plus));
    plus(first, second)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{Serial, threads};

    /// Terms whose sum depends on the order of addition.
    fn leaf(chunk: usize) -> f64 {
        ((chunk * 7919 % 1013) as f64).exp2().sqrt().recip() + (chunk as f64).sin()
    }

    fn plus(a: f64, b: f64) -> f64 {
        a + b
    }

    /// The sum by the definition of the tree.
    fn expected(chunks: Range<usize>) -> f64 {
        let n = chunks.len();
        if n == 1 {
            return leaf(chunks.start);
        }
        let half = n.next_power_of_two() / 2;
        expected(chunks.start..chunks.start + half) + expected(chunks.start + half..chunks.end)
    }

    #[test]
    fn bits_do_not_depend_on_which_rank_has_which_chunks() {
        let mut differs = 0;
        for n in 1..70 {
            let in_tree = expected(0..n);
            assert_eq!(sum(&Serial, 0..n, leaf, plus).map(f64::to_bits), Some(in_tree.to_bits()), "{n}");
            differs += usize::from((0..n).map(leaf).sum::<f64>() != in_tree);
            for cuts in [[0, n / 3, n / 2], [1.min(n), 1.min(n), n - 1], [n, n, n]] {
                let mut cuts = [vec![0], cuts.to_vec(), vec![n]].concat();
                cuts.sort_unstable();
                let sums = threads(4, |ranks| sum(ranks, cuts[ranks.rank()]..cuts[ranks.rank() + 1], leaf, plus));
                assert!(sums.iter().all(|sum| sum.map(f64::to_bits) == Some(in_tree.to_bits())), "{n} {cuts:?}");
            }
        }
        // The order must matter, or the test could not fail.
        assert!(differs > 30, "{differs}");
        assert_eq!(sum(&Serial, 0..0, leaf, plus), None);
    }

    #[test]
    fn a_rank_sends_few_sums() {
        assert!((0..200).flat_map(|a| (a..200).map(move |b| a..b)).all(|own| branches(&own).len() <= 2 * 8));
        assert_eq!(chunks_of(1024..2500, 64), 16..40);
    }
}
