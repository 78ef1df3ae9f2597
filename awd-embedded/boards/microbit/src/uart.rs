//! The serial line to the micro:bit's USB chip.

use awd_board_parts::line::{open, received};
use awd_board_parts::nrf::uart::{INTERRUPT, Transmitter, next, on};
use awd_embedded::receive::{Line, Ring};
use cortex_m::singleton;
use cortex_m_rt::exception;

/// The pins that lead to the USB chip.
const TX_PIN: u32 = 24;
const RX_PIN: u32 = 25;

/// As many bytes as the longest request has on the line, and some: so none is lost, however fast they come.
const RING: usize = 128;

/// Switches the UART on, both ways; nothing the second time.
pub fn line() -> Option<Line<'static, Transmitter>> {
    let ring = singleton!(: Ring<RING> = Ring::new())?;
    // SAFETY: the UART's interrupt, which comes to the handler below.
    Some(unsafe { open(ring, on(TX_PIN, RX_PIN), INTERRUPT) })
}

/// The board has no interrupt but the line's.
#[exception]
unsafe fn DefaultHandler(_irq: i16) {
    received(next);
}
