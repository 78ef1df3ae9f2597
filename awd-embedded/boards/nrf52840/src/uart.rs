//! The serial line to the board's debugger (nRF52840 product specification, clock and pins).

use awd_board_parts::line::{open, received};
use awd_board_parts::nrf::uart::{INTERRUPT, Transmitter, next, on};
use awd_board_parts::register::Register;
use awd_embedded::receive::{Line, Ring};
use cortex_m::singleton;
use cortex_m_rt::exception;

/// The pins that lead to the debugger, both of port 0.
const TX_PIN: u32 = 6;
const RX_PIN: u32 = 8;

const fn at(address: usize) -> Register {
    // SAFETY: the addresses below are those of registers of clock and pins.
    unsafe { Register::at(address) }
}

/// Starts the crystal, which keeps time better than what the chip starts with. It is switched to when it is steady.
const CRYSTAL_START: Register = at(0x4000_0000);

// Port 0: which pins to set and to drive, and how the receiving one is.
const PINS_SET: Register = at(0x5000_0508);
const PINS_DRIVE: Register = at(0x5000_0518);
const RX_PIN_IS: Register = at(0x5000_0700 + 4 * RX_PIN as usize);

/// The transmitting pin is high, and the receiving one is pulled up where nobody drives it, which is a line at rest.
const SETTINGS: [(Register, u32); 4] =
    [(CRYSTAL_START, 1), (PINS_SET, 1 << TX_PIN), (PINS_DRIVE, 1 << TX_PIN), (RX_PIN_IS, 0b11 << 2)];

/// As many bytes as the longest request has on the line, and some: so none is lost, however fast they come.
const RING: usize = 576;

/// Switches the UART on, both ways; nothing the second time.
pub fn line() -> Option<Line<'static, Transmitter>> {
    let ring = singleton!(: Ring<RING> = Ring::new())?;
    SETTINGS.into_iter().for_each(|(register, value)| register.write(value));
    // SAFETY: the UART's interrupt, which comes to the handler below.
    Some(unsafe { open(ring, on(TX_PIN, RX_PIN), INTERRUPT) })
}

/// The board has no interrupt but the line's.
#[exception]
unsafe fn DefaultHandler(_irq: i16) {
    received(next);
}
