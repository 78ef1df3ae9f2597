//! A pin of port 0 for events (nRF51 series reference manual and nRF52840 product specification).

use crate::pin::Pulse;
use crate::register::Register;

const fn at(offset: usize) -> Register {
    // SAFETY: the offsets below are those of the registers of port 0.
    unsafe { Register::at(0x5000_0500 + offset) }
}

const SET: Register = at(0x08);
const CLEAR: Register = at(0x0c);
const OUTPUT: Register = at(0x18);

/// Makes the pin an output, which is low.
pub fn prepare(pin: u32) {
    CLEAR.write(1 << pin);
    OUTPUT.write(1 << pin);
}

/// Pulses of this many cycles on the pin.
pub const fn pulse(pin: u32, cycles: u32) -> Pulse {
    Pulse { high: (SET, 1 << pin), low: (CLEAR, 1 << pin), cycles }
}
