//! The serial line to the board's debugger (nRF52840 product specification, clock and pins).

use awd_board_parts::fault;
use awd_board_parts::line::{Line, open, received};
use awd_board_parts::nrf::uart::{INTERRUPT, Transmitter, next, on};
use awd_board_parts::nrf::watchdog::Watchdog;
use awd_board_parts::register::Register;
use awd_embedded::receive::Ring;
use cortex_m::singleton;
use cortex_m_rt::exception;

/// The pins connected to the debugger, both of port 0.
const TX_PIN: u32 = 6;
const RX_PIN: u32 = 8;

const fn at(address: usize) -> Register {
    // SAFETY: the addresses below are those of clock and pin registers.
    unsafe { Register::at(address) }
}

/// Starts the crystal oscillator, which is more accurate than the initial one. The chip switches to it when it is
/// stable.
const CRYSTAL_START: Register = at(0x4000_0000);

// Port 0: set pins high, make pins outputs, and configure the receive pin.
const PINS_SET: Register = at(0x5000_0508);
const PINS_OUTPUT: Register = at(0x5000_0518);
const RX_PIN_CONFIG: Register = at(0x5000_0700 + 4 * RX_PIN as usize);

/// The transmit pin is high. The receive pin is pulled up, so that an unconnected line is idle.
const SETTINGS: [(Register, u32); 4] =
    [(CRYSTAL_START, 1), (PINS_SET, 1 << TX_PIN), (PINS_OUTPUT, 1 << TX_PIN), (RX_PIN_CONFIG, 0b11 << 2)];

/// More bytes than the longest encoded request, so that none is lost, however fast they arrive.
const RING: usize = 576;

/// Enables the UART in both directions. Returns `None` if called a second time.
pub fn line() -> Option<Line<Transmitter, Watchdog>> {
    let ring = singleton!(: Ring<RING> = Ring::new())?;
    SETTINGS.into_iter().for_each(|(register, value)| register.write(value));
    // SAFETY: this is the UART's interrupt, and the handler below serves it.
    Some(unsafe { open(ring, on(TX_PIN, RX_PIN), INTERRUPT) })
}

/// The serial line's interrupt is the only one enabled.
#[exception]
unsafe fn DefaultHandler(number: i16) {
    if number != INTERRUPT as i16 {
        fault::raise();
    }
    received(next);
}
