//! The serial line: an interrupt puts what comes into a ring, and the loop that serves the model sleeps until something has come.

use awd_embedded::receive::{Line, Receiver, Ring, Sender};
use core::cell::Cell;
use cortex_m::asm;
use cortex_m::interrupt::{self, InterruptNumber, Mutex};
use cortex_m::peripheral::NVIC;

/// The interrupt's end of the ring. It is taken out and put back, so that nobody waits for it.
static SENDER: Mutex<Cell<Option<Sender<'static>>>> = Mutex::new(Cell::new(None));

#[derive(Debug, Clone, Copy)]
struct Number(u16);

// SAFETY: whoever made it has promised that it is an interrupt's.
unsafe impl InterruptNumber for Number {
    fn number(self) -> u16 {
        self.0
    }
}

/// The line whose other way is a writer, once its device is switched on; its interrupt comes from now on.
///
/// # Safety
/// The chip has an interrupt of this number, and its handler calls [`received`].
pub unsafe fn open<const N: usize, W>(ring: &'static mut Ring<N>, writer: W, interrupt: u16) -> Line<'static, W> {
    let (sender, receiver) = ring.split();
    interrupt::free(|cs| SENDER.borrow(cs).set(Some(sender)));
    // SAFETY: no critical section is about to be surprised.
    unsafe { NVIC::unmask(Number(interrupt)) };
    Line::new(receiver, writer, sleep)
}

/// Puts into the ring what has come, byte after byte, until there is nothing more.
pub fn received(next: impl FnMut() -> Option<u8>) {
    interrupt::free(|cs| {
        let mut sender = SENDER.borrow(cs).take();
        core::iter::from_fn(next).for_each(|byte| sender.iter_mut().for_each(|sender| sender.push(byte)));
        SENDER.borrow(cs).set(sender);
    });
}

/// Sleeps unless there is a byte. An interrupt that comes after the question is not taken here, but it ends the sleep.
fn sleep(receiver: &Receiver<'_>) {
    interrupt::free(|_| {
        if receiver.is_empty() {
            asm::wfi();
        }
    });
}
