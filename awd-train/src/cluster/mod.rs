//! Ranks: processes, on one machine or on many, that run the same program over different windows.
//!
//! Every rank makes the same choices from the same data, so no rank coordinates the others. Ranks differ only in the
//! windows that they hold. To compute a result over all windows, each rank contributes a part, and every rank gets all
//! parts ([`Ranks::gather`]) and combines them in the same order. The bits of a sum do not depend on where one rank's
//! windows end and the next one's begin ([`sum()`]).
//!
//! Without MPI there is one rank ([`Serial`]).

#[cfg(feature = "mpi")]
mod mpi;
mod span;
mod sum;
mod threads;

use crate::{Error, Result};
use rayon::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Debug;

#[cfg(feature = "mpi")]
pub use self::mpi::Mpi;
pub use span::{CHUNK, Span};
pub use sum::{Range, chunks_of, sum};
pub use threads::threads;

/// This rank, and its communication with the others.
///
/// All ranks call the same methods in the same order, from one thread at a time and never from within a parallel
/// iterator. A call returns once all ranks have called. If a rank dies, the process ends, because a part of the windows
/// is lost.
pub trait Ranks: Debug + Send + Sync {
    /// The index of this rank, from 0.
    fn rank(&self) -> usize;

    /// The number of ranks.
    fn size(&self) -> usize;

    /// Allgather: returns the bytes of all ranks, in the order of ranks.
    fn gather(&self, bytes: Vec<u8>) -> Vec<Vec<u8>>;

    /// Allreduce: returns the elementwise sums of all ranks' counts, which have the same length on every rank. Integer
    /// sums do not depend on the order of addition.
    fn add(&self, own: Vec<u32>) -> Vec<u32> {
        let bytes = own.iter().flat_map(|count| count.to_le_bytes()).collect();
        let mut sums = vec![0_u32; own.len()];
        for bytes in self.gather(bytes) {
            let (counts, _) = bytes.as_chunks();
            sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += u32::from_le_bytes(*count));
        }
        sums
    }

    /// Sends the bytes of rank `from` to rank 0. Returns them there, and `None` on all other ranks.
    fn hand_over(&self, from: usize, bytes: Vec<u8>) -> Option<Vec<u8>> {
        let sent = if self.rank() == from { bytes } else { Vec::new() };
        self.gather(sent).into_iter().nth(from).filter(|_| self.rank() == 0)
    }
}

/// The only rank, without MPI.
#[derive(Debug, Clone, Copy, Default)]
pub struct Serial;

impl Ranks for Serial {
    fn rank(&self) -> usize {
        0
    }

    fn size(&self) -> usize {
        1
    }

    fn gather(&self, bytes: Vec<u8>) -> Vec<Vec<u8>> {
        vec![bytes]
    }

    fn add(&self, own: Vec<u32>) -> Vec<u32> {
        own
    }
}

/// Returns the values of all ranks, in the order of ranks.
///
/// # Panics
/// A rank sends a value of another type: it runs another program, or it has taken another branch because its processor
/// rounds differently.
#[must_use]
pub fn allgather<T: Serialize + DeserializeOwned>(ranks: &dyn Ranks, own: T) -> Vec<T> {
    if ranks.size() == 1 {
        return vec![own];
    }
    let bytes = postcard::to_allocvec(&own).expect("plain data can be serialized");
    let received = ranks.gather(bytes).into_iter().enumerate().map(|(rank, bytes)| {
        postcard::from_bytes(&bytes).unwrap_or_else(|why| panic!("rank {rank} is out of step: {why}"))
    });
    received.collect()
}

/// Returns `make(i)` for each `i` below `n`, in order. Ranks take the items in turn, and the threads of a rank share
/// its items.
#[must_use]
pub fn each<T: Serialize + DeserializeOwned + Send>(
    ranks: &dyn Ranks,
    n: usize,
    make: impl Fn(usize) -> T + Sync,
) -> Vec<T> {
    let own: Vec<usize> = (ranks.rank()..n).step_by(ranks.size()).collect();
    let made: Vec<T> = own.into_par_iter().map(&make).collect();
    let mut of_ranks: Vec<_> = allgather(ranks, made).into_iter().map(Vec::into_iter).collect();
    let in_order = (0..n).filter_map(|i| of_ranks[i % ranks.size()].next());
    in_order.collect()
}

/// Max-reduce: returns the greatest value of all ranks. NaN is less than any number.
#[must_use]
pub fn max_reduce(ranks: &dyn Ranks, own: f64) -> f64 {
    allgather(ranks, own).into_iter().fold(f64::NEG_INFINITY, f64::max)
}

/// Returns this rank's value if no rank failed, and otherwise the first error, on all ranks.
///
/// # Errors
/// A rank failed. The error names the rank if there are several.
pub fn agreed<T>(ranks: &dyn Ranks, own: Result<T>) -> Result<T> {
    if ranks.size() == 1 {
        return own;
    }
    let (done, error) = match own {
        Ok(done) => (Some(done), None),
        Err(error) => (None, Some(error)),
    };
    let mut errors = allgather(ranks, error).into_iter().enumerate();
    let first = errors.find_map(|(rank, error)| error.map(|error| error.of_rank(rank)));
    match (first, done) {
        (None, Some(done)) => Ok(done),
        (first, _) => Err(first.unwrap_or(Error::Unread)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_item_is_made_once_and_sent_to_all_ranks() {
        for size in [1, 2, 3, 7] {
            for received in threads(size, |ranks| each(ranks, 5, |i| (i, ranks.rank()))) {
                assert_eq!(received, (0..5).map(|i| (i, i % size)).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn all_ranks_return_the_first_error() {
        let own = |rank: usize| if rank > 0 { Err(Error::input("f", "x", rank)) } else { Ok(()) };
        let received = threads(3, |ranks| agreed(ranks, own(ranks.rank())));
        assert!(received.iter().all(|received| *received == Err(Error::input("rank 1: f", "x", 1))));
        assert_eq!(threads(3, |ranks| agreed(ranks, Ok(ranks.rank()))), [Ok(0), Ok(1), Ok(2)]);
    }

    #[test]
    fn counts_are_added_elementwise() {
        let counts = |rank: usize| vec![1, 10 * rank as u32, 1 << 30];
        assert!(threads(3, |ranks| ranks.add(counts(ranks.rank()))).iter().all(|sums| *sums == [3, 30, 3 << 30]));
        assert_eq!(Serial.add(counts(1)), counts(1));
    }

    #[test]
    fn only_the_first_rank_gets_what_is_handed_over() {
        let received = threads(3, |ranks| ranks.hand_over(2, vec![ranks.rank() as u8]));
        assert_eq!(received, [Some(vec![2]), None, None]);
    }
}
