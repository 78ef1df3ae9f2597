//! Passes bytes from the receive interrupt to the server loop: a lock-free ring buffer of fixed size, and a count of
//! the bytes that did not fit.

use crate::Board;
use core::sync::atomic::{AtomicU32, Ordering};
use embedded_io::{ErrorType, Read, Write};
use heapless::spsc::{Consumer, Producer, Queue};

/// A ring buffer of `N` bytes, of which one stays free. It is fastest if `N` is a power of two.
#[derive(Debug, Default)]
pub struct Ring<const N: usize> {
    queue: Queue<u8, N>,
    lost: AtomicU32,
}

/// The end of the ring that the interrupt writes to.
pub struct Sender<'r> {
    queue: Producer<'r, u8>,
    lost: &'r AtomicU32,
}

/// The end of the ring that the loop reads from.
pub struct Receiver<'r> {
    queue: Consumer<'r, u8>,
    lost: &'r AtomicU32,
}

impl<const N: usize> Ring<N> {
    /// An empty ring.
    #[must_use]
    pub const fn new() -> Self {
        Self { queue: Queue::new(), lost: AtomicU32::new(0) }
    }

    /// Splits the ring into its two ends.
    pub fn split(&mut self) -> (Sender<'_>, Receiver<'_>) {
        let (sender, receiver) = self.queue.split();
        (Sender { queue: sender, lost: &self.lost }, Receiver { queue: receiver, lost: &self.lost })
    }
}

impl Sender<'_> {
    /// Puts a byte into the ring. If the ring is full, the byte is lost and counted. Its frame then fails its checksum,
    /// and the host repeats the request.
    pub fn push(&mut self, byte: u8) {
        if self.queue.enqueue(byte).is_err() {
            // A load and a store suffice, because this is the only writer. The smallest cores have no atomic addition.
            self.lost.store(self.lost.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
        }
    }
}

impl Receiver<'_> {
    /// Moves received bytes into `buffer`, as many as fit, and returns their number.
    pub fn take(&mut self, buffer: &mut [u8]) -> usize {
        buffer.iter_mut().map_while(|slot| self.queue.dequeue().map(|byte| *slot = byte)).count()
    }

    /// Whether no byte is waiting.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.queue.ready()
    }

    /// Number of bytes lost so far.
    #[must_use]
    pub fn lost(&self) -> u32 {
        self.lost.load(Ordering::Relaxed)
    }
}

/// A serial line that reads from a ring and writes to a writer.
pub struct Line<'r, W> {
    receiver: Receiver<'r>,
    writer: W,
    sleep: fn(&Receiver<'_>),
}

impl<'r, W> Line<'r, W> {
    /// `sleep` is called repeatedly while no byte is waiting. It may return at any time, and must return if a byte has
    /// arrived since the call. On a Cortex-M it checks the ring again and then waits for an interrupt, both with
    /// interrupts disabled.
    pub const fn new(receiver: Receiver<'r>, writer: W, sleep: fn(&Receiver<'_>)) -> Self {
        Self { receiver, writer, sleep }
    }
}

impl<W: ErrorType> ErrorType for Line<'_, W> {
    type Error = W::Error;
}

impl<W: ErrorType> Read for Line<'_, W> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, W::Error> {
        while self.receiver.is_empty() {
            (self.sleep)(&self.receiver);
        }
        Ok(self.receiver.take(buffer))
    }
}

impl<W: Write> Write for Line<'_, W> {
    fn write(&mut self, buffer: &[u8]) -> Result<usize, W::Error> {
        self.writer.write(buffer)
    }

    fn flush(&mut self) -> Result<(), W::Error> {
        self.writer.flush()
    }
}

impl<W: Write> Board for Line<'_, W> {
    fn lost(&self) -> u32 {
        self.receiver.lost()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_arrive_in_order_and_lost_bytes_are_counted() {
        let mut ring = Ring::<8>::new();
        let (mut sender, mut receiver) = ring.split();
        assert!(receiver.is_empty());
        (0..10).for_each(|byte| sender.push(byte));
        assert_eq!(receiver.lost(), 3);
        let mut buffer = [0; 5];
        assert_eq!((receiver.take(&mut buffer), buffer), (5, [0, 1, 2, 3, 4]));
        sender.push(77);
        assert_eq!((receiver.take(&mut buffer), &buffer[..3]), (3, &[5, 6, 77][..]));
        assert!(receiver.is_empty() && receiver.lost() == 3);
    }

    #[test]
    fn two_threads_lose_no_byte_that_fits() {
        extern crate std;
        let mut ring = Ring::<64>::new();
        let (mut sender, mut receiver) = ring.split();
        std::thread::scope(|scope| {
            scope.spawn(move || {
                for i in 0..200_000_u32 {
                    while !sender.queue.ready() {
                        std::thread::yield_now();
                    }
                    sender.push(i.to_le_bytes()[0]);
                }
            });
            let (mut expected, mut buffer) = (0_u32, [0; 10]);
            while expected < 200_000 {
                let len = receiver.take(&mut buffer);
                for byte in &buffer[..len] {
                    assert_eq!(*byte, expected.to_le_bytes()[0]);
                    expected += 1;
                }
            }
            assert_eq!(receiver.lost(), 0);
        });
    }
}
