//! The event pin: P0.03, pin 0 of the edge connector.

use awd_board_parts::nrf::pin;
use awd_board_parts::pin::Pulse;
use awd_embedded::Event;

const PIN: u32 = 3;

/// 50 µs at 16 MHz.
const PULSE: Pulse = pin::pulse(PIN, 800);

/// Makes the pin an output.
pub fn prepare() {
    pin::prepare(PIN);
}

/// Raises the pin for a moment.
pub fn pulse(_: Event) {
    PULSE.send();
}
