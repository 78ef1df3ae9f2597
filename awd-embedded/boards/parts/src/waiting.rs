//! The serial line for an executor such as Embassy's: an interrupt puts received bytes into a ring and wakes the task that
//! serves the line.

#[cfg(target_arch = "arm")]
pub use crate::arm::{enable, start_timer};
use crate::line::attach;
use crate::watchdog::Watchdog;
use awd_embedded::receive::{Receiver, Ring};
use core::cell::Cell;
use core::future::poll_fn;
use core::marker::PhantomData;
use core::task::{Context, Poll, Waker};
use critical_section::{Mutex, with};
use embedded_io::{ErrorType, Write, WriteReady};
use embedded_io_async as asynchronous;

/// The task that waits for the line.
static TASK: Mutex<Cell<Option<Waker>>> = Mutex::new(Cell::new(None));

/// A serial line that reads from a ring, writes to `W`, and feeds the watchdog `D`.
pub struct Waiting<W, D> {
    receiver: Receiver<'static>,
    writer: W,
    watchdog: PhantomData<D>,
}

/// A serial line that reads from `ring` and writes to `writer`. Its interrupts must be enabled afterwards: that of received
/// bytes calls [`received`](crate::line::received), and this one and that of a free transmitter call [`wake`]. If the
/// watchdog counts in sleep, a timer has to call it too.
pub fn connect<const N: usize, W, D: Watchdog>(ring: &'static mut Ring<N>, writer: W) -> Waiting<W, D> {
    Waiting { receiver: attach(ring), writer, watchdog: PhantomData }
}

/// Wakes the task that waits for the line.
pub fn wake() {
    if let Some(task) = with(|cs| TASK.borrow(cs).take()) {
        task.wake();
    }
}

/// Notes who has to be woken. To be called before the check of what is waited for.
fn note(context: &Context<'_>) {
    with(|cs| TASK.borrow(cs).set(Some(context.waker().clone())));
}

impl<W: ErrorType, D> ErrorType for Waiting<W, D> {
    type Error = W::Error;
}

impl<W: ErrorType, D: Watchdog> asynchronous::Read for Waiting<W, D> {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, W::Error> {
        poll_fn(|context| {
            D::feed();
            note(context);
            if self.receiver.is_empty() { Poll::Pending } else { Poll::Ready(Ok(self.receiver.take(buffer))) }
        })
        .await
    }
}

impl<W: Write + WriteReady, D> asynchronous::Write for Waiting<W, D> {
    async fn write(&mut self, buffer: &[u8]) -> Result<usize, W::Error> {
        asynchronous::Write::flush(self).await?;
        self.writer.write(buffer)
    }

    /// Waits until the writer takes a byte.
    async fn flush(&mut self) -> Result<(), W::Error> {
        poll_fn(|context| {
            note(context);
            match self.writer.write_ready() {
                Ok(false) => Poll::Pending,
                Ok(true) => Poll::Ready(self.writer.flush()),
                Err(why) => Poll::Ready(Err(why)),
            }
        })
        .await
    }
}
