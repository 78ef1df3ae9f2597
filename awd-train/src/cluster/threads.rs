//! Ranks that are threads of one process: what tests have in place of MPI.

use super::Ranks;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};

/// One of them.
#[derive(Debug)]
struct Thread {
    rank: usize,
    /// To each rank, and from each.
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

    fn gather(&self, said: Vec<u8>) -> Vec<Vec<u8>> {
        // Whoever has ended hears nothing; whoever waits for it ends below.
        self.to.iter().for_each(|to| _ = to.send(said.clone()));
        let heard = self.from.iter().enumerate().map(|(rank, from)| {
            let heard = from.lock().expect("one thread at a time").recv();
            heard.unwrap_or_else(|_| panic!("rank {rank} has ended"))
        });
        heard.collect()
    }
}

/// What each of so many ranks returns, in their order.
///
/// # Panics
/// One of them does.
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
        running.into_iter().map(|rank| rank.join().expect("a rank that ends well")).collect()
    })
}
