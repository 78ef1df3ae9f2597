//! Ranks: processes, on one machine or on many, that run the same program over different windows.
//!
//! Every rank makes the same choices from the same numbers, so none has to be told what to do. What they differ in is the
//! windows that each of them holds: what is said about all windows is said in parts, one a rank, that everybody hears
//! ([`Ranks::gather`]) and puts together in the same order. Sums are formed so that their bits do not depend on where one
//! rank's windows end and the next one's begin ([`sum()`]).
//!
//! Without MPI there is one rank ([`Serial`]), which hears itself.

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

/// This rank, and how it hears the others.
///
/// All ranks call the same methods in the same order, from one thread at a time and never from within a parallel iterator.
/// They return when all ranks have called, or the process ends: a part of the windows gone, there is nothing left to compute.
pub trait Ranks: Debug + Send + Sync {
    /// Which one this is, from 0.
    fn rank(&self) -> usize;

    /// How many there are.
    fn size(&self) -> usize;

    /// What each of them says, in their order.
    fn gather(&self, said: Vec<u8>) -> Vec<Vec<u8>>;

    /// The sums, place by place, of as many counts of each of them: in whatever order they are added, no bit differs.
    fn add(&self, own: Vec<u32>) -> Vec<u32> {
        let bytes = own.iter().flat_map(|count| count.to_le_bytes()).collect();
        let mut sums = vec![0_u32; own.len()];
        for bytes in self.gather(bytes) {
            let (counts, _) = bytes.as_chunks();
            sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += u32::from_le_bytes(*count));
        }
        sums
    }

    /// What one of them says to the first; `None` on all ranks but the first.
    fn hand_over(&self, from: usize, said: Vec<u8>) -> Option<Vec<u8>> {
        let said = if self.rank() == from { said } else { Vec::new() };
        self.gather(said).into_iter().nth(from).filter(|_| self.rank() == 0)
    }
}

/// One rank, of one process.
#[derive(Debug, Clone, Copy, Default)]
pub struct Serial;

impl Ranks for Serial {
    fn rank(&self) -> usize {
        0
    }

    fn size(&self) -> usize {
        1
    }

    fn gather(&self, said: Vec<u8>) -> Vec<Vec<u8>> {
        vec![said]
    }

    fn add(&self, own: Vec<u32>) -> Vec<u32> {
        own
    }
}

/// What each rank says, in their order.
///
/// # Panics
/// A rank says something of another kind: it runs another program, or has taken another turn, on a processor that rounds otherwise.
#[must_use]
pub fn allgather<T: Serialize + DeserializeOwned>(ranks: &dyn Ranks, own: T) -> Vec<T> {
    if ranks.size() == 1 {
        return vec![own];
    }
    let bytes = postcard::to_allocvec(&own).expect("numbers and texts can be said");
    let heard = ranks.gather(bytes).into_iter().enumerate().map(|(rank, bytes)| {
        postcard::from_bytes(&bytes).unwrap_or_else(|why| panic!("rank {rank} is no longer in step: {why}"))
    });
    heard.collect()
}

/// What is made of each of `n` things, in their order: ranks take them in turn, and threads share what a rank took.
#[must_use]
pub fn each<T: Serialize + DeserializeOwned + Send>(
    ranks: &dyn Ranks,
    n: usize,
    make: impl Fn(usize) -> T + Sync,
) -> Vec<T> {
    let own: Vec<usize> = (ranks.rank()..n).step_by(ranks.size()).collect();
    let made: Vec<T> = own.into_par_iter().map(&make).collect();
    let mut of_ranks: Vec<_> = allgather(ranks, made).into_iter().map(Vec::into_iter).collect();
    let turns = (0..n).filter_map(|i| of_ranks[i % ranks.size()].next());
    turns.collect()
}

/// The greatest of what each rank has; what is not a number is less than any.
#[must_use]
pub fn max_reduce(ranks: &dyn Ranks, own: f64) -> f64 {
    allgather(ranks, own).into_iter().fold(f64::NEG_INFINITY, f64::max)
}

/// What this rank came to, if no rank failed; or else the first of their errors, on all of them.
///
/// # Errors
/// A rank failed, which the error names where there are several.
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
    fn each_thing_is_made_once_and_heard_by_all() {
        for size in [1, 2, 3, 7] {
            for heard in threads(size, |ranks| each(ranks, 5, |i| (i, ranks.rank()))) {
                assert_eq!(heard, (0..5).map(|i| (i, i % size)).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn the_first_error_is_everybodys() {
        let own = |rank: usize| if rank > 0 { Err(Error::input("f", "x", rank)) } else { Ok(()) };
        let heard = threads(3, |ranks| agreed(ranks, own(ranks.rank())));
        assert!(heard.iter().all(|heard| *heard == Err(Error::input("rank 1: f", "x", 1))));
        assert_eq!(threads(3, |ranks| agreed(ranks, Ok(ranks.rank()))), [Ok(0), Ok(1), Ok(2)]);
    }

    #[test]
    fn counts_add_up_place_by_place() {
        let counts = |rank: usize| vec![1, 10 * rank as u32, 1 << 30];
        assert!(threads(3, |ranks| ranks.add(counts(ranks.rank()))).iter().all(|sums| *sums == [3, 30, 3 << 30]));
        assert_eq!(Serial.add(counts(1)), counts(1));
    }

    #[test]
    fn what_is_handed_over_is_the_firsts() {
        let heard = threads(3, |ranks| ranks.hand_over(2, vec![ranks.rank() as u8]));
        assert_eq!(heard, [Some(vec![2]), None, None]);
    }
}
