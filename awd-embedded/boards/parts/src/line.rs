//! The serial line: an interrupt puts received bytes into a ring, and the server loop sleeps until there is one.

#[cfg(target_arch = "arm")]
use crate::arm::{enable, sleep};
#[cfg(target_arch = "riscv32")]
use crate::riscv::sleep;
use crate::watchdog::Watchdog;
use awd_embedded::Board;
use awd_embedded::receive::{self, Receiver, Ring, Sender};
use core::cell::Cell;
use core::marker::PhantomData;
use critical_section::{Mutex, with};
use embedded_io::{ErrorType, Read, Write};

/// The interrupt's end of the ring. The interrupt takes it out and puts it back, so that nothing waits for it.
static SENDER: Mutex<Cell<Option<Sender<'static>>>> = Mutex::new(Cell::new(None));

/// A serial line that reads from a ring, writes to `W`, and feeds the watchdog `D`.
pub struct Line<W, D> {
    line: receive::Line<'static, W>,
    watchdog: PhantomData<D>,
}

/// A serial line that reads from `ring` and writes to `writer`. Its interrupt, which calls [`received`], must be enabled
/// afterwards.
pub fn connect<const N: usize, W, D: Watchdog>(ring: &'static mut Ring<N>, writer: W) -> Line<W, D> {
    Line { line: receive::Line::new(attach(ring), writer, sleep::<D>), watchdog: PhantomData }
}

/// Gives one end of the ring to [`received`], and returns the other.
pub(crate) fn attach<const N: usize>(ring: &'static mut Ring<N>) -> Receiver<'static> {
    let (sender, receiver) = ring.split();
    with(|cs| SENDER.borrow(cs).set(Some(sender)));
    receiver
}

/// Opens a serial line that reads from `ring` and writes to `writer`, and enables its interrupt. The device must be
/// enabled already.
///
/// # Safety
/// The chip has an interrupt with this number, and its handler calls [`received`]. If the watchdog counts in sleep, the
/// core has the timer `SysTick`, and nothing else uses it.
#[cfg(target_arch = "arm")]
pub unsafe fn open<const N: usize, W, D: Watchdog>(
    ring: &'static mut Ring<N>,
    writer: W,
    interrupt: u16,
) -> Line<W, D> {
    let line = connect(ring, writer);
    // SAFETY: the caller promises it.
    unsafe { enable(interrupt) };
    line
}

/// Puts received bytes into the ring until `next` returns none.
pub fn received(next: impl FnMut() -> Option<u8>) {
    with(|cs| {
        let mut sender = SENDER.borrow(cs).take();
        core::iter::from_fn(next).for_each(|byte| sender.iter_mut().for_each(|sender| sender.push(byte)));
        SENDER.borrow(cs).set(sender);
    });
}

impl<W: ErrorType, D> ErrorType for Line<W, D> {
    type Error = W::Error;
}

impl<W: ErrorType, D> Read for Line<W, D> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, W::Error> {
        self.line.read(buffer)
    }
}

impl<W: Write, D> Write for Line<W, D> {
    fn write(&mut self, buffer: &[u8]) -> Result<usize, W::Error> {
        self.line.write(buffer)
    }

    fn flush(&mut self) -> Result<(), W::Error> {
        self.line.flush()
    }
}

impl<W: Write, D: Watchdog> Board for Line<W, D> {
    fn alive(&mut self) {
        D::feed();
    }

    fn lost(&self) -> u32 {
        self.line.lost()
    }
}
