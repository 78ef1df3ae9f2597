//! Which of all rows are this rank's.

use super::{Ranks, allgather};
use rand::SeedableRng;
use rand::seq::index::sample;
use rand_chacha::ChaCha8Rng;
use std::ops::Range;

/// Ranks meet at multiples of so many rows, which whatever is summed in smaller chunks divides.
pub const CHUNK: usize = 1024;

/// The rows of this rank among those of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first of them.
    pub first: usize,
    /// How many they are.
    pub len: usize,
    /// How many there are in all.
    pub total: usize,
}

impl Span {
    /// So many rows, all of them here.
    #[must_use]
    pub const fn all(total: usize) -> Self {
        Self { first: 0, len: total, total }
    }

    /// A rank's share of so many rows: as many as another's, but for a chunk.
    #[must_use]
    pub fn share(total: usize, ranks: &dyn Ranks) -> Self {
        let cut = |rank: usize| {
            let at = (total as u128 * rank as u128 / ranks.size() as u128) as usize;
            if rank == ranks.size() { total } else { at - at % CHUNK }
        };
        let (first, end) = (cut(ranks.rank()), cut(ranks.rank() + 1));
        Self { first, len: end - first, total }
    }

    /// Where so many rows stand, when those of the ranks follow each other.
    ///
    /// # Panics
    /// A rank but the last has rows that are no multiple of a chunk: [`Span::share`] made none such.
    #[must_use]
    pub fn of(len: usize, ranks: &dyn Ranks) -> Self {
        let lens = allgather(ranks, len);
        let first = lens[..ranks.rank()].iter().sum();
        let total: usize = lens.iter().sum();
        assert!(len.is_multiple_of(CHUNK) || first + len == total, "rank {} has {len} rows", ranks.rank());
        Self { first, len, total }
    }

    /// They.
    #[must_use]
    pub const fn range(&self) -> Range<usize> {
        self.first..self.first + self.len
    }

    /// Those of a chunk, which has to be of them, as they are counted here.
    #[must_use]
    pub fn of_chunk(&self, chunk: usize) -> Range<usize> {
        let from = chunk * CHUNK - self.first;
        from..self.len.min(from + CHUNK)
    }

    /// So many of all rows at most, drawn with the seed, ascending.
    #[must_use]
    pub fn drawn(&self, most: usize, seed: u64) -> Vec<usize> {
        // Drawn, and not every so many: a file may be in a periodic order.
        let mut rows = sample(&mut ChaCha8Rng::seed_from_u64(seed), self.total, self.total.min(most)).into_vec();
        rows.sort_unstable();
        rows
    }

    /// Those of these rows, ascending, that are here, as they are counted here.
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
    fn shares_are_all_rows_and_meet_at_chunks() {
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
