//! Seconds since the start: TIMER1.

use awd_board_parts::nrf::clock::Clock;

// SAFETY: this is its address.
const CLOCK: Clock = unsafe { Clock::at(0x4000_9000) };

/// Starts the clock and returns what reads it.
pub fn start() -> fn() -> u32 {
    CLOCK.start();
    || CLOCK.seconds()
}
