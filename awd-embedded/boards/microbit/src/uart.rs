//! The serial line to the micro:bit's USB chip.

use awd_board_parts::fault;
use awd_board_parts::line::{Line, open, received};
use awd_board_parts::nrf::uart::{INTERRUPT, Transmitter, next, on};
use awd_board_parts::nrf::watchdog::Watchdog;
use awd_embedded::receive::Ring;
use cortex_m::singleton;
use cortex_m_rt::exception;

/// The pins connected to the USB chip.
const TX_PIN: u32 = 24;
const RX_PIN: u32 = 25;

/// More bytes than the longest encoded request, so that none is lost, however fast they arrive.
const RING: usize = 128;

/// Enables the UART in both directions. Returns `None` if called a second time.
pub fn line() -> Option<Line<Transmitter, Watchdog>> {
    let ring = singleton!(: Ring<RING> = Ring::new())?;
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
