//! The event pin: GPIO10 (ESP32-C3 technical reference manual, GPIO matrix).

use awd_board_parts::pin::Pulse;
use awd_board_parts::register::Register;
use awd_embedded::Event;
use esp_hal::gpio::{Level, Output, OutputConfig};
use esp_hal::peripherals::GPIO10;

const fn at(offset: usize) -> Register {
    // SAFETY: the offsets below are those of registers of the pins.
    unsafe { Register::at(0x6000_4000 + offset) }
}

const SET: Register = at(0x08);
const CLEAR: Register = at(0x0c);
const PIN: u32 = 1 << 10;

/// 50 µs at 160 MHz.
const PULSE: Pulse = Pulse { high: (SET, PIN), low: (CLEAR, PIN), cycles: 8_000 };

/// Makes the pin an output, which is low.
pub fn output(pin: GPIO10<'static>) -> Output<'static> {
    Output::new(pin, Level::Low, OutputConfig::default())
}

/// Raises the pin for a moment.
pub fn pulse(_: Event) {
    PULSE.send();
}
