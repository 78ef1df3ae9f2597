//! Seconds since the start: TIMER0, the only one with 32 bits.

use awd_board_parts::nrf::clock::Clock;

// SAFETY: this is its address.
const CLOCK: Clock = unsafe { Clock::at(0x4000_8000) };

/// Starts the clock and returns what reads it.
pub fn start() -> fn() -> u32 {
    CLOCK.start();
    || CLOCK.seconds()
}
