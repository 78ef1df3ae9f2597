//! The event pin: PA5, D13 of the header and the Nucleo's LED (STM32F411 reference manual RM0383).

use awd_board_parts::pin::Pulse;
use awd_board_parts::register::Register;
use awd_embedded::Event;

const fn at(offset: usize) -> Register {
    // SAFETY: the offsets below are those of registers of port A.
    unsafe { Register::at(0x4002_0000 + offset) }
}

const MODES: Register = at(0x00);
/// The lower half sets pins, the upper half clears them.
const SET_CLEAR: Register = at(0x18);

/// 50 µs at 16 MHz.
const PULSE: Pulse = Pulse { high: (SET_CLEAR, 1 << 5), low: (SET_CLEAR, 1 << (16 + 5)), cycles: 800 };

/// Makes the pin an output. The clock of the port must be enabled.
pub fn prepare() {
    MODES.set(0b11 << 10, 0b01 << 10);
}

/// Raises the pin for a moment.
pub fn pulse(_: Event) {
    PULSE.send();
}
