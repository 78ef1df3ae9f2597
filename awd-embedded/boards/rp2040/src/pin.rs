//! The event pin: GP15 (RP2040 datasheet, bank 0 of the pins, and SIO).

use awd_board_parts::pin::Pulse;
use awd_board_parts::register::Register;
use awd_embedded::Event;

const PIN: usize = 15;

const fn at(address: usize) -> Register {
    // SAFETY: the addresses below are those of registers of the pins.
    unsafe { Register::at(address) }
}

/// What controls the pin: 5 is the processor.
const CONTROL: Register = at(0x4001_4004 + 8 * PIN);
const SET: Register = at(0xd000_0014);
const CLEAR: Register = at(0xd000_0018);
const OUTPUT: Register = at(0xd000_0024);

/// 50 µs at 125 MHz.
const PULSE: Pulse = Pulse { high: (SET, 1 << PIN), low: (CLEAR, 1 << PIN), cycles: 6_250 };

/// Makes the pin an output. The pins must be out of reset.
pub fn prepare() {
    CLEAR.write(1 << PIN);
    OUTPUT.write(1 << PIN);
    CONTROL.write(5);
}

/// Raises the pin for a moment.
pub fn pulse(_: Event) {
    PULSE.send();
}
