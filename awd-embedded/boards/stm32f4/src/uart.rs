//! The serial line to a Nucleo's debugger, or to an adapter: USART 2 on PA2 and PA3 (STM32F411 reference manual RM0383). An
//! interrupt puts what comes into a ring.

use awd_board_parts::line::{open, received};
use awd_board_parts::register::Register;
use awd_embedded::receive::{Line, Ring};
use core::convert::Infallible;
use cortex_m::singleton;
use cortex_m_rt::exception;
use embedded_io::{ErrorType, Write};

const fn at(address: usize) -> Register {
    // SAFETY: the addresses below are those of registers of clocks, pins and USART.
    unsafe { Register::at(address) }
}

// The clocks of port A and of the USART.
const AHB1_CLOCKS: Register = at(0x4002_3830);
const APB1_CLOCKS: Register = at(0x4002_3840);

// Port A: what its pins are, their resistors, and which device has them, two, two and four bits a pin.
const PIN_MODES: Register = at(0x4002_0000);
const PIN_PULLS: Register = at(0x4002_000c);
const PIN_DEVICES: Register = at(0x4002_0020);

// The USART, and its interrupt.
const STATE: Register = at(0x4000_4400);
const DATA: Register = at(0x4000_4404);
const DIVISOR: Register = at(0x4000_4408);
const CONTROL: Register = at(0x4000_440c);
const INTERRUPT: u16 = 38;

/// A byte came before the one before it was read. Reading the data after the state clears this too.
const OVERRUN: u32 = 1 << 3;
const RX_FULL: u32 = 1 << 5;
const TX_DONE: u32 = 1 << 6;
const TX_EMPTY: u32 = 1 << 7;

const RX_ENABLE: u32 = 1 << 2;
const TX_ENABLE: u32 = 1 << 3;
const RX_INTERRUPT_ENABLE: u32 = 1 << 5;
const ENABLE: u32 = 1 << 13;

/// Bits of them, and what these are set to. The chip stays at the 16 MHz that it starts with, of which 139 cycles are a bit at
/// 115200 baud, less a thousandth. A pin that nobody drives is pulled up, which is a line at rest.
const SETTINGS: [(Register, u32, u32); 7] = [
    (AHB1_CLOCKS, 1 << 0, 1 << 0),
    (APB1_CLOCKS, 1 << 17, 1 << 17),
    (PIN_PULLS, 0b11 << 6, 0b01 << 6),
    (PIN_DEVICES, 0xff << 8, 0x77 << 8),
    (PIN_MODES, 0b1111 << 4, 0b1010 << 4),
    (DIVISOR, 0xffff, 139),
    (CONTROL, 0xffff, ENABLE | TX_ENABLE | RX_ENABLE | RX_INTERRUPT_ENABLE),
];

/// As many bytes as the longest request has on the line, and some: so none is lost, however fast they come.
const RING: usize = 576;

/// The USART as something to write to. It is switched on by [`line`].
#[derive(Debug)]
pub struct Transmitter(());

/// Switches the USART on, both ways; nothing the second time.
pub fn line() -> Option<Line<'static, Transmitter>> {
    let ring = singleton!(: Ring<RING> = Ring::new())?;
    SETTINGS.into_iter().for_each(|(register, bits, value)| register.set(bits, value));
    // SAFETY: the USART's interrupt, which comes to the handler below.
    Some(unsafe { open(ring, Transmitter(()), INTERRUPT) })
}

/// The board has no interrupt but the line's.
#[exception]
unsafe fn DefaultHandler(_irq: i16) {
    received(next);
}

/// The next byte that has come.
fn next() -> Option<u8> {
    loop {
        let state = STATE.read();
        if state & (RX_FULL | OVERRUN) == 0 {
            return None;
        }
        // The upper bits are reserved.
        let [byte, ..] = DATA.read().to_le_bytes();
        if state & RX_FULL != 0 {
            return Some(byte);
        }
    }
}

impl ErrorType for Transmitter {
    type Error = Infallible;
}

impl Write for Transmitter {
    /// Waits until there is room for a byte.
    fn write(&mut self, buffer: &[u8]) -> Result<usize, Infallible> {
        let Some(&first) = buffer.first() else { return Ok(0) };
        while STATE.read() & TX_EMPTY == 0 {}
        DATA.write(u32::from(first));
        Ok(1)
    }

    /// Waits until the last bit is gone.
    fn flush(&mut self) -> Result<(), Infallible> {
        while STATE.read() & TX_DONE == 0 {}
        Ok(())
    }
}
