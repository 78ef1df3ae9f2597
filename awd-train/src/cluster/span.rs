//! The rows that each rank holds.

use super::{Ranks, allgather};
use rand::SeedableRng;
use rand::seq::index::sample;
use rand_chacha::ChaCha8Rng;
use std::ops::Range;

/// The rows of each rank begin at a multiple of this. It must be a multiple of the smaller chunks by which sums are
/// formed.
pub const CHUNK: usize = 1024;

/// The rows of this rank among those of all ranks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first row.
    pub first: usize,
    /// The number of rows.
    pub len: usize,
    /// The number of rows of all ranks.
    pub total: usize,
}

impl Span {
    /// All of `total` rows, on one rank.
    #[must_use]
    pub const fn all(total: usize) -> Self {
        Self { first: 0, len: total, total }
    }

    /// This rank's share of `total` rows. All shares are equal to within a chunk.
    #[must_use]
    pub fn share(total: usize, ranks: &dyn Ranks) -> Self {
        let cut = |rank: usize| {
            let at = (total as u128 * rank as u128 / ranks.size() as u128) as usize;
            if rank == ranks.size() { total } else { at - at % CHUNK }
        };
        let (first, end) = (cut(ranks.rank()), cut(ranks.rank() + 1));
        Self { first, len: end - first, total }
    }

    /// The span of this rank's `len` rows, where the rows of the ranks follow each other.
    ///
    /// # Panics
    /// A rank before the last has a number of rows that is not a multiple of [`CHUNK`]. [`Span::share`] makes no such
    /// span.
    #[must_use]
    pub fn of(len: usize, ranks: &dyn Ranks) -> Self {
        let lens = allgather(ranks, len);
        let first = lens[..ranks.rank()].iter().sum();
        let total: usize = lens.iter().sum();
        assert!(len.is_multiple_of(CHUNK) || first + len == total, "rank {} has {len} rows", ranks.rank());
        Self { first, len, total }
    }

    /// The rows as a range.
    #[must_use]
    pub const fn range(&self) -> Range<usize> {
        self.first..self.first + self.len
    }

    /// The rows of a chunk as local indices. The chunk must be one of this rank's.
    #[must_use]
    pub fn of_chunk(&self, chunk: usize) -> Range<usize> {
        let from = chunk * CHUNK - self.first;
        from..self.len.min(from + CHUNK)
    }

    /// At most `most` of all rows, drawn with the seed, ascending.
    #[must_use]
    pub fn drawn(&self, most: usize, seed: u64) -> Vec<usize> {
        // Drawn at random, not at equal distances, because a file may be in a periodic order.
        let mut rows = sample(&mut ChaCha8Rng::seed_from_u64(seed), self.total, self.total.min(most)).into_vec();
        rows.sort_unstable();
        rows
    }

    /// Those of `rows` (ascending) that this rank holds, as local indices.
    #[must_use]
    pub fn here(&self, rows: &[usize]) -> Vec<usize> {
        rows.iter().filter(|row| self.range().contains(row)).map(|row| row - self.first).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::threads;

    #[test]
    fn shares_cover_all_rows_and_begin_at_chunks() {
        for total in [0, 1, 1023, 5000, 1_000_003] {
            for size in [1, 2, 5, 16] {
                let shares = threads(size, |ranks| {
                    let share = Span::share(total, ranks);
                    assert_eq!(Span::of(share.len, ranks), share);
                    share
                });
                assert_eq!(shares[0].first, 0);
                assert!(shares.windows(2).all(|two| two[0].range().end == two[1].first && two[1].first % CHUNK == 0));
                assert_eq!(shares[size - 1].range().end, total);
                assert!(shares.iter().all(|share| share.len <= total / size + 2 * CHUNK));
            }
        }
    }
}
