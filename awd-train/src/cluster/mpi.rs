//! Ranks of MPI.
//!
//! One thread makes the MPI calls of all threads. So the library need not support more than one thread ("funneled"),
//! and every thread may call. If a rank dies, the launcher ends all others; a rank that panics aborts all ranks itself.

use super::Ranks;
use mpi::collective::SystemOperation;
use mpi::datatype::PartitionMut;
use mpi::topology::SimpleCommunicator;
use mpi::traits::{Communicator, CommunicatorCollectives, Destination, Source};
use mpi::{Count, Threading};
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

/// The exit code of a program that panics.
const PANICKED: u8 = 101;

/// A call to MPI. The thread that requests it waits for the result.
type Request = Box<dyn FnOnce(&SimpleCommunicator) + Send>;

/// This rank, of all that were launched together.
#[derive(Debug)]
pub struct Mpi {
    rank: usize,
    size: usize,
    /// Open until this is dropped.
    requests: Option<Sender<Request>>,
    thread: Option<JoinHandle<()>>,
}

impl Mpi {
    /// Initialises MPI and joins its ranks. `None` if MPI is already initialised. Without a launcher there is one rank.
    #[must_use]
    pub fn join() -> Option<Self> {
        let (requests, queue) = channel::<Request>();
        let (send_ranks, ranks) = channel();
        let thread = std::thread::spawn(move || {
            let Some((universe, _)) = mpi::initialize_with_threading(Threading::Funneled) else { return };
            let world = universe.world();
            _ = send_ranks.send([world.rank(), world.size()].map(|n| usize::try_from(n).unwrap_or(0)));
            queue.into_iter().for_each(|request| request(&world));
            // Finalises MPI after the last request.
            drop(universe);
        });
        let [rank, size] = ranks.recv().ok()?;
        Some(Self { rank, size, requests: Some(requests), thread: Some(thread) })
    }

    /// Ends all ranks with this exit code.
    pub fn abort(&self, code: u8) {
        self.call(move |world| world.abort(code.into()));
    }

    fn call<T: Send + 'static>(&self, request: impl FnOnce(&SimpleCommunicator) -> T + Send + 'static) -> T {
        let (answer, answered) = channel();
        let requests = self.requests.as_ref().expect("the channel is open until this is dropped");
        let request: Request = Box::new(move |world| _ = answer.send(request(world)));
        requests.send(request).ok().and_then(|()| answered.recv().ok()).expect("MPI answers, or ends the process")
    }
}

impl Ranks for Mpi {
    fn rank(&self) -> usize {
        self.rank
    }

    fn size(&self) -> usize {
        self.size
    }

    fn gather(&self, bytes: Vec<u8>) -> Vec<Vec<u8>> {
        self.call(move |world| gather(world, &bytes))
    }

    fn add(&self, own: Vec<u32>) -> Vec<u32> {
        self.call(move |world| {
            let mut sums = vec![0; own.len()];
            world.all_reduce_into(&own[..], &mut sums[..], SystemOperation::sum());
            sums
        })
    }

    fn hand_over(&self, from: usize, bytes: Vec<u8>) -> Option<Vec<u8>> {
        self.call(move |world| hand_over(world, from, bytes))
    }
}

impl Drop for Mpi {
    fn drop(&mut self) {
        // Finalising waits for all ranks, and they would wait for this one.
        if std::thread::panicking() && self.size > 1 {
            self.abort(PANICKED);
        }
        // The thread ends when the channel is closed.
        self.requests.take();
        if let Some(thread) = self.thread.take() {
            _ = thread.join();
        }
    }
}

/// The most bytes of a message, because MPI counts in 32 bits.
const MAX_BYTES: usize = 1 << 30;

fn gather(world: &SimpleCommunicator, bytes: &[u8]) -> Vec<Vec<u8>> {
    let size = usize::try_from(world.size()).unwrap_or(1);
    let mut lens = vec![0_u64; size];
    world.all_gather_into(&(bytes.len() as u64), &mut lens[..]);
    let lens: Vec<usize> = lens.into_iter().map(|len| usize::try_from(len).unwrap_or(usize::MAX)).collect();
    let mut received: Vec<Vec<u8>> = lens.iter().map(|_| Vec::new()).collect();
    // One round if MPI can count all bytes. Otherwise several rounds, in which each rank sends an equal share of the
    // limit.
    let share = if lens.iter().sum::<usize>() < MAX_BYTES { MAX_BYTES } else { MAX_BYTES / size };
    let mut from = 0;
    while lens.iter().any(|&len| len > from) {
        let part = |len: usize| len.min(from + share).saturating_sub(from);
        let counts: Vec<Count> = lens.iter().map(|&len| count(part(len))).collect();
        let starts: Vec<Count> =
            counts.iter().scan(0, |end, count| Some(std::mem::replace(end, *end + count))).collect();
        let mut all = vec![0_u8; lens.iter().map(|&len| part(len)).sum()];
        let own = &bytes[from.min(bytes.len())..bytes.len().min(from + share)];
        world.all_gather_varcount_into(own, &mut PartitionMut::new(&mut all[..], &counts[..], &starts[..]));
        let mut rest = &all[..];
        for (received, &len) in received.iter_mut().zip(&lens) {
            let (own, others) = rest.split_at(part(len));
            received.extend_from_slice(own);
            rest = others;
        }
        from += share;
    }
    received
}

fn hand_over(world: &SimpleCommunicator, from: usize, bytes: Vec<u8>) -> Option<Vec<u8>> {
    let rank = usize::try_from(world.rank()).unwrap_or(0);
    match (rank, from) {
        (0, 0) => return Some(bytes),
        (0, from) => {
            let from = world.process_at_rank(count(from));
            let (parts, _) = from.receive::<u64>();
            return Some((0..parts).flat_map(|_| from.receive_vec::<u8>().0).collect());
        }
        (rank, from) if rank == from => {
            let first = world.process_at_rank(0);
            let parts = bytes.chunks(MAX_BYTES);
            first.send(&(parts.len() as u64));
            parts.for_each(|part| first.send(part));
        }
        _ => {}
    }
    None
}

fn count(n: usize) -> Count {
    Count::try_from(n).expect("messages are split before")
}
