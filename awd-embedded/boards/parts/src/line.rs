//! The serial line: an interrupt puts received bytes into a ring, and the server loop sleeps until there is one.

use crate::register::Register;
use crate::watchdog::Watchdog;
use awd_embedded::Board;
use awd_embedded::receive::{self, Receiver, Ring, Sender};
use core::cell::Cell;
use core::marker::PhantomData;
use cortex_m::asm;
use cortex_m::interrupt::{self, InterruptNumber, Mutex};
use cortex_m::peripheral::{NVIC, SCB};
use embedded_io::{ErrorType, Read, Write};

/// The interrupt's end of the ring. The interrupt takes it out and puts it back, so that nothing waits for it.
static SENDER: Mutex<Cell<Option<Sender<'static>>>> = Mutex::new(Cell::new(None));

const fn at(address: usize) -> Register {
    // SAFETY: the addresses below are those of the core's timer. Only boards that have it use them.
    unsafe { Register::at(address) }
}

const TIMER_CONTROL: Register = at(0xe000_e010);
const TIMER_RELOAD: Register = at(0xe000_e014);
const TIMER_VALUE: Register = at(0xe000_e018);

/// The longest time of the timer in cycles: a second at 16 MHz, less at a higher clock.
const LONGEST: u32 = 0x00ff_ffff;

/// The timer is on, its interrupt too, and it counts cycles of the core.
const TIMER_ON: u32 = 0b111;

#[derive(Debug, Clone, Copy)]
struct Number(u16);

// SAFETY: the caller of `open` promises that the number is an interrupt's.
unsafe impl InterruptNumber for Number {
    fn number(self) -> u16 {
        self.0
    }
}

/// A serial line that reads from a ring, writes to `W`, and feeds the watchdog `D`.
pub struct Line<W, D> {
    line: receive::Line<'static, W>,
    watchdog: PhantomData<D>,
}

/// Opens a serial line that reads from `ring` and writes to `writer`, and enables its interrupt. The device must be
/// enabled already.
///
/// # Safety
/// The chip has an interrupt with this number, and its handler calls [`received`]. If the watchdog counts in sleep, the
/// core has the timer `SysTick`, and nothing else uses it.
pub unsafe fn open<const N: usize, W, D: Watchdog>(
    ring: &'static mut Ring<N>,
    writer: W,
    interrupt: u16,
) -> Line<W, D> {
    let (sender, receiver) = ring.split();
    interrupt::free(|cs| SENDER.borrow(cs).set(Some(sender)));
    // SAFETY: this breaks no critical section, as there is none based on interrupt masking.
    unsafe { NVIC::unmask(Number(interrupt)) };
    Line { line: receive::Line::new(receiver, writer, sleep::<D>), watchdog: PhantomData }
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
fn sleep<D: Watchdog>(receiver: &Receiver<'_>) {
    D::feed();
    interrupt::free(|_| {
        if !receiver.is_empty() {
            return;
        }
        if D::COUNTS_IN_SLEEP {
            TIMER_RELOAD.write(LONGEST);
            TIMER_VALUE.write(0);
            TIMER_CONTROL.write(TIMER_ON);
        }
        asm::wfi();
        if D::COUNTS_IN_SLEEP {
            TIMER_CONTROL.write(0);
            // The interrupt has ended the sleep and needs no handler.
            SCB::clear_pendst();
        }
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
