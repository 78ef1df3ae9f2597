//! Ranks as threads of one process, which tests use in place of MPI.

use super::Ranks;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};

/// A rank that is a thread.
#[derive(Debug)]
struct Thread {
    rank: usize,
    /// Channels to each rank, and from each rank.
    to: Vec<Sender<Vec<u8>>>,
    from: Vec<Mutex<Receiver<Vec<u8>>>>,
}

impl Ranks for Thread {
    fn rank(&self) -> usize {
        self.rank
    }

    fn size(&self) -> usize {
        self.to.len()
    }

    fn gather(&self, bytes: Vec<u8>) -> Vec<Vec<u8>> {
        // A rank that has ended receives nothing. A rank that waits for it panics below.
        self.to.iter().for_each(|to| _ = to.send(bytes.clone()));
        let received = self.from.iter().enumerate().map(|(rank, from)| {
            let received = from.lock().expect("one thread at a time").recv();
            received.unwrap_or_else(|_| panic!("rank {rank} has ended"))
        });
        received.collect()
    }
}

/// Runs `size` ranks and returns their results, in order.
///
/// # Panics
/// A rank panics.
pub fn threads<T: Send>(size: usize, run: impl Fn(&dyn Ranks) -> T + Sync) -> Vec<T> {
    let mut to: Vec<Vec<Sender<Vec<u8>>>> = (0..size).map(|_| Vec::new()).collect();
    let mut from: Vec<Vec<Mutex<Receiver<Vec<u8>>>>> = (0..size).map(|_| Vec::new()).collect();
    for to in &mut to {
        for from in &mut from {
            let (sender, receiver) = channel();
            to.push(sender);
            from.push(Mutex::new(receiver));
        }
    }
    let ranks = to.into_iter().zip(from).enumerate().map(|(rank, (to, from))| Thread { rank, to, from });
    std::thread::scope(|scope| {
        let running: Vec<_> = ranks
            .map(|thread| {
                let run = &run;
                scope.spawn(move || run(&thread))
            })
            .collect();
        running.into_iter().map(|rank| rank.join().expect("the rank does not panic")).collect()
    })
}
