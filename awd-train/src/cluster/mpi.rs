//! Ranks of MPI.
//!
//! One thread speaks to MPI, whichever thread asks: the library need not bear more than one ("funneled"), and asking is then
//! safe from any. Where a rank dies, the launcher ends all others; this one says so before it goes.

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

/// What MPI is asked for; whoever asks waits for the answer.
type Ask = Box<dyn FnOnce(&SimpleCommunicator) + Send>;

/// This rank of all that were launched together.
#[derive(Debug)]
pub struct Mpi {
    rank: usize,
    size: usize,
    /// Open until this is dropped.
    line: Option<Sender<Ask>>,
    thread: Option<JoinHandle<()>>,
}

impl Mpi {
    /// Joins the ranks; `None` where MPI has been joined already. Without a launcher there is one.
    #[must_use]
    pub fn join() -> Option<Self> {
        let (line, asks) = channel::<Ask>();
        let (tell, told) = channel();
        let thread = std::thread::spawn(move || {
            let Some((universe, _)) = mpi::initialize_with_threading(Threading::Funneled) else { return };
            let world = universe.world();
            _ = tell.send([world.rank(), world.size()].map(|n| usize::try_from(n).unwrap_or(0)));
            asks.into_iter().for_each(|ask| ask(&world));
            // After the last question, leave is taken of MPI.
            drop(universe);
        });
        let [rank, size] = told.recv().ok()?;
        Some(Self { rank, size, line: Some(line), thread: Some(thread) })
    }

    /// Ends all ranks, which are left with this exit code.
    pub fn abort(&self, code: u8) {
        self.asked(move |world| world.abort(code.into()));
    }

    fn asked<T: Send + 'static>(&self, ask: impl FnOnce(&SimpleCommunicator) -> T + Send + 'static) -> T {
        let (answer, answered) = channel();
        let line = self.line.as_ref().expect("it is open until it is dropped");
        let ask: Ask = Box::new(move |world| _ = answer.send(ask(world)));
        line.send(ask).ok().and_then(|()| answered.recv().ok()).expect("MPI answers, or ends the process")
    }
}

impl Ranks for Mpi {
    fn rank(&self) -> usize {
        self.rank
    }

    fn size(&self) -> usize {
        self.size
    }

    fn gather(&self, said: Vec<u8>) -> Vec<Vec<u8>> {
        self.asked(move |world| gather(world, &said))
    }

    fn add(&self, own: Vec<u32>) -> Vec<u32> {
        self.asked(move |world| {
            let mut sums = vec![0; own.len()];
            world.all_reduce_into(&own[..], &mut sums[..], SystemOperation::sum());
            sums
        })
    }

    fn hand_over(&self, from: usize, said: Vec<u8>) -> Option<Vec<u8>> {
        self.asked(move |world| hand_over(world, from, said))
    }
}

impl Drop for Mpi {
    fn drop(&mut self) {
        // Whoever takes leave waits for all others, who wait for this one.
        if std::thread::panicking() && self.size > 1 {
            self.abort(PANICKED);
        }
        // The thread ends with its line.
        self.line.take();
        if let Some(thread) = self.thread.take() {
            _ = thread.join();
        }
    }
}

/// Bytes of a message at most: MPI counts in 32 bits.
const MOST: usize = 1 << 30;

fn gather(world: &SimpleCommunicator, said: &[u8]) -> Vec<Vec<u8>> {
    let size = usize::try_from(world.size()).unwrap_or(1);
    let mut lens = vec![0_u64; size];
    world.all_gather_into(&(said.len() as u64), &mut lens[..]);
    let lens: Vec<usize> = lens.into_iter().map(|len| usize::try_from(len).unwrap_or(usize::MAX)).collect();
    let mut heard: Vec<Vec<u8>> = lens.iter().map(|_| Vec::new()).collect();
    // All of it at once, if MPI can count so far; or else each rank's share of that, until all is said.
    let share = if lens.iter().sum::<usize>() < MOST { MOST } else { MOST / size };
    let mut from = 0;
    while lens.iter().any(|&len| len > from) {
        let part = |len: usize| len.min(from + share).saturating_sub(from);
        let counts: Vec<Count> = lens.iter().map(|&len| count(part(len))).collect();
        let starts: Vec<Count> =
            counts.iter().scan(0, |end, count| Some(std::mem::replace(end, *end + count))).collect();
        let mut all = vec![0_u8; lens.iter().map(|&len| part(len)).sum()];
        let own = &said[from.min(said.len())..said.len().min(from + share)];
        world.all_gather_varcount_into(own, &mut PartitionMut::new(&mut all[..], &counts[..], &starts[..]));
        let mut rest = &all[..];
        for (heard, &len) in heard.iter_mut().zip(&lens) {
            let (own, others) = rest.split_at(part(len));
            heard.extend_from_slice(own);
            rest = others;
        }
        from += share;
    }
    heard
}

fn hand_over(world: &SimpleCommunicator, from: usize, said: Vec<u8>) -> Option<Vec<u8>> {
    let rank = usize::try_from(world.rank()).unwrap_or(0);
    match (rank, from) {
        (0, 0) => return Some(said),
        (0, from) => {
            let from = world.process_at_rank(count(from));
            let (parts, _) = from.receive::<u64>();
            return Some((0..parts).flat_map(|_| from.receive_vec::<u8>().0).collect());
        }
        (rank, from) if rank == from => {
            let first = world.process_at_rank(0);
            let parts = said.chunks(MOST);
            first.send(&(parts.len() as u64));
            parts.for_each(|part| first.send(part));
        }
        _ => {}
    }
    None
}

fn count(n: usize) -> Count {
    Count::try_from(n).expect("messages are parted before")
}
