//! The serial line: an interrupt puts received bytes into a ring, and the server loop sleeps until there is one.

use awd_embedded::receive::{Line, Receiver, Ring, Sender};
use core::cell::Cell;
use cortex_m::asm;
use cortex_m::interrupt::{self, InterruptNumber, Mutex};
use cortex_m::peripheral::NVIC;

/// The interrupt's end of the ring. The interrupt takes it out and puts it back, so that nothing waits for it.
static SENDER: Mutex<Cell<Option<Sender<'static>>>> = Mutex::new(Cell::new(None));

#[derive(Debug, Clone, Copy)]
struct Number(u16);

// SAFETY: the caller of `open` promises that the number is an interrupt's.
unsafe impl InterruptNumber for Number {
    fn number(self) -> u16 {
        self.0
    }
}

/// Opens a serial line that reads from `ring` and writes to `writer`, and enables its interrupt. The device must be
/// enabled already.
///
/// # Safety
/// The chip has an interrupt with this number, and its handler calls [`received`].
pub unsafe fn open<const N: usize, W>(ring: &'static mut Ring<N>, writer: W, interrupt: u16) -> Line<'static, W> {
    let (sender, receiver) = ring.split();
    interrupt::free(|cs| SENDER.borrow(cs).set(Some(sender)));
    // SAFETY: this breaks no critical section, as there is none based on interrupt masking.
    unsafe { NVIC::unmask(Number(interrupt)) };
    Line::new(receiver, writer, sleep)
}

/// Puts received bytes into the ring until `next` returns none.
pub fn received(next: impl FnMut() -> Option<u8>) {
    interrupt::free(|cs| {
        let mut sender = SENDER.borrow(cs).take();
        core::iter::from_fn(next).for_each(|byte| sender.iter_mut().for_each(|sender| sender.push(byte)));
        SENDER.borrow(cs).set(sender);
    });
}

/// Sleeps unless a byte is waiting. An interrupt after the check is not served while interrupts are disabled, but it
/// ends the sleep.
fn sleep(receiver: &Receiver<'_>) {
    interrupt::free(|_| {
        if receiver.is_empty() {
            asm::wfi();
        }
    });
}
