//! The board's first serial line (CMSDK APB UART, Arm DDI 0479): an interrupt puts what comes into a ring.

use crate::map::{UART, UART_INTERRUPT};
use awd_embedded::receive::{Line, Receiver, Ring, Sender};
use core::cell::Cell;
use core::convert::Infallible;
use cortex_m::asm;
use cortex_m::interrupt::{self, InterruptNumber, Mutex};
use cortex_m::peripheral::NVIC;
use cortex_m::singleton;
use cortex_m_rt::exception;
use embedded_io::{ErrorType, Write};

// Register numbers, in words.
const DATA: usize = 0;
const STATE: usize = 1;
const CTRL: usize = 2;
const INTERRUPT: usize = 3;
const BAUDDIV: usize = 4;

const TX_FULL: u32 = 1 << 0;
const RX_FULL: u32 = 1 << 1;
const TX_ENABLE: u32 = 1 << 0;
const RX_ENABLE: u32 = 1 << 1;
const RX_INTERRUPT_ENABLE: u32 = 1 << 3;
const RX_INTERRUPT: u32 = 1 << 1;

/// Cycles of the 25 MHz clock a bit: 115200 baud. The emulator takes any number above 15 and is as fast as it can.
const DIVISOR: u32 = 217;

/// As many bytes as the longest request has on the line, and some: so none is lost, however fast they come.
const RING: usize = 576;

/// Its receive interrupt.
#[derive(Debug, Clone, Copy)]
struct ReceiveInterrupt;

// SAFETY: the boards have an interrupt of this number.
unsafe impl InterruptNumber for ReceiveInterrupt {
    fn number(self) -> u16 {
        UART_INTERRUPT
    }
}

/// The interrupt's end of the ring. It is taken out and put back, so that nobody waits for it.
static SENDER: Mutex<Cell<Option<Sender<'static>>>> = Mutex::new(Cell::new(None));

/// UART 0 as something to write to. It is switched on by [`line`].
#[derive(Debug)]
pub struct Transmitter(());

/// Switches UART 0 on, both ways; nothing the second time.
pub fn line() -> Option<Line<'static, Transmitter>> {
    let (sender, receiver) = singleton!(: Ring<RING> = Ring::new())?.split();
    interrupt::free(|cs| SENDER.borrow(cs).set(Some(sender)));
    write_register(BAUDDIV, DIVISOR);
    write_register(CTRL, TX_ENABLE | RX_ENABLE | RX_INTERRUPT_ENABLE);
    // SAFETY: no critical section is about to be surprised.
    unsafe { NVIC::unmask(ReceiveInterrupt) };
    Some(Line::new(receiver, Transmitter(()), sleep))
}

/// Sleeps unless there is a byte. An interrupt that comes after the question is not taken here, but it ends the sleep.
fn sleep(receiver: &Receiver<'_>) {
    interrupt::free(|_| {
        if receiver.is_empty() {
            asm::wfi();
        }
    });
}

/// The board has no interrupt but the line's, which takes what has come.
#[exception]
unsafe fn DefaultHandler(_irq: i16) {
    interrupt::free(|cs| {
        let mut sender = SENDER.borrow(cs).take();
        write_register(INTERRUPT, RX_INTERRUPT);
        while read_register(STATE) & RX_FULL != 0 {
            // The upper bits are reserved.
            let [byte, ..] = read_register(DATA).to_le_bytes();
            sender.iter_mut().for_each(|sender| sender.push(byte));
        }
        SENDER.borrow(cs).set(sender);
    });
}

fn read_register(register: usize) -> u32 {
    // SAFETY: `register` is one of the constants above, so this is an aligned register of a device that this board always
    // has; reading it has no effect on memory.
    unsafe { UART.add(register).read_volatile() }
}

fn write_register(register: usize, value: u32) {
    // SAFETY: as for reading; the UART does not write to memory whatever it is told.
    unsafe { UART.add(register).write_volatile(value) }
}

impl ErrorType for Transmitter {
    type Error = Infallible;
}

impl Write for Transmitter {
    /// Waits until there is room for a byte.
    fn write(&mut self, buffer: &[u8]) -> Result<usize, Infallible> {
        let Some(&first) = buffer.first() else { return Ok(0) };
        self.flush()?;
        write_register(DATA, u32::from(first));
        Ok(1)
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        while read_register(STATE) & TX_FULL != 0 {}
        Ok(())
    }
}
