//! The serial line to a Nucleo's debugger, or to an adapter: USART 2 on PA2 and PA3 (STM32F411 reference manual
//! RM0383). An interrupt puts received bytes into a ring.

use crate::restart::Watchdog;
use awd_board_parts::fault;
use awd_board_parts::line::{Line, open, received};
use awd_board_parts::register::Register;
use awd_embedded::receive::Ring;
use core::convert::Infallible;
use cortex_m::singleton;
use cortex_m_rt::exception;
use embedded_io::{ErrorType, Write};

const fn at(address: usize) -> Register {
    // SAFETY: the addresses below are those of clock, pin and USART registers.
    unsafe { Register::at(address) }
}

// Clock enables of port A and of the USART.
const AHB1_CLOCKS: Register = at(0x4002_3830);
const APB1_CLOCKS: Register = at(0x4002_3840);

// Port A: mode, pull resistors and alternate function of the pins, with two, two and four bits per pin.
const PIN_MODES: Register = at(0x4002_0000);
const PIN_PULLS: Register = at(0x4002_000c);
const PIN_FUNCTIONS: Register = at(0x4002_0020);

// The USART, and its interrupt.
const STATUS: Register = at(0x4000_4400);
const DATA: Register = at(0x4000_4404);
const DIVISOR: Register = at(0x4000_4408);
const CONTROL: Register = at(0x4000_440c);
const INTERRUPT: u16 = 38;

/// A byte arrived before the previous one was read. Reading the data register after the status register clears this
/// bit.
const OVERRUN: u32 = 1 << 3;
const RX_FULL: u32 = 1 << 5;
const TX_DONE: u32 = 1 << 6;
const TX_EMPTY: u32 = 1 << 7;

const RX_ENABLE: u32 = 1 << 2;
const TX_ENABLE: u32 = 1 << 3;
const RX_INTERRUPT_ENABLE: u32 = 1 << 5;
const ENABLE: u32 = 1 << 13;

/// Registers, the bits to set in each, and their values. The chip stays at its initial 16 MHz, so a bit at 115200 baud
/// takes 139 cycles, to a thousandth. The receive pin is pulled up, so that an unconnected line is idle.
const SETTINGS: [(Register, u32, u32); 7] = [
    (AHB1_CLOCKS, 1 << 0, 1 << 0),
    (APB1_CLOCKS, 1 << 17, 1 << 17),
    (PIN_PULLS, 0b11 << 6, 0b01 << 6),
    (PIN_FUNCTIONS, 0xff << 8, 0x77 << 8),
    (PIN_MODES, 0b1111 << 4, 0b1010 << 4),
    (DIVISOR, 0xffff, 139),
    (CONTROL, 0xffff, ENABLE | TX_ENABLE | RX_ENABLE | RX_INTERRUPT_ENABLE),
];

/// More bytes than the longest encoded request, so that none is lost, however fast they arrive.
const RING: usize = 576;

/// The transmitting half of the USART. [`line`] enables it.
#[derive(Debug)]
pub struct Transmitter(());

/// Enables the USART in both directions. Returns `None` if called a second time.
pub fn line() -> Option<Line<Transmitter, Watchdog>> {
    let ring = singleton!(: Ring<RING> = Ring::new())?;
    SETTINGS.into_iter().for_each(|(register, bits, value)| register.set(bits, value));
    // SAFETY: this is the USART's interrupt, and the handler below serves it.
    Some(unsafe { open(ring, Transmitter(()), INTERRUPT) })
}

/// The serial line's interrupt is the only one enabled.
#[exception]
unsafe fn DefaultHandler(number: i16) {
    if number != INTERRUPT as i16 {
        fault::raise();
    }
    received(next);
}

/// The next received byte, if there is one.
fn next() -> Option<u8> {
    loop {
        let status = STATUS.read();
        if status & (RX_FULL | OVERRUN) == 0 {
            return None;
        }
        // The upper bits are reserved.
        let [byte, ..] = DATA.read().to_le_bytes();
        if status & RX_FULL != 0 {
            return Some(byte);
        }
    }
}

impl ErrorType for Transmitter {
    type Error = Infallible;
}

impl Write for Transmitter {
    /// Waits until the transmit register is empty, and writes one byte.
    fn write(&mut self, buffer: &[u8]) -> Result<usize, Infallible> {
        let Some(&first) = buffer.first() else { return Ok(0) };
        while STATUS.read() & TX_EMPTY == 0 {}
        DATA.write(u32::from(first));
        Ok(1)
    }

    /// Waits until the last bit has been sent.
    fn flush(&mut self) -> Result<(), Infallible> {
        while STATUS.read() & TX_DONE == 0 {}
        Ok(())
    }
}
