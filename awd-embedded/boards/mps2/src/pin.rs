//! The event pin: the board's first LED (FPGA system control, Arm AN385, AN386 and AN505).

use crate::map::LEDS;
use awd_board_parts::pin::Pulse;
use awd_board_parts::register::Register;
use awd_embedded::Event;

// SAFETY: this is the address of the register of the LEDs.
const LED: Register = unsafe { Register::at(LEDS) };

/// 50 µs at 25 MHz.
const PULSE: Pulse = Pulse { high: (LED, 1), low: (LED, 0), cycles: 1_250 };

/// Raises the pin for a moment.
pub fn pulse(_: Event) {
    PULSE.send();
}
