//! Seconds since the start: the chip's timer, which counts microseconds (RP2040 datasheet, timer).

use awd_board_parts::register::Register;

const fn at(address: usize) -> Register {
    // SAFETY: the addresses below are those of registers of the timer and of the resets.
    unsafe { Register::at(address) }
}

/// Clears bits of the register that holds devices in reset.
const RESETS_CLEAR: Register = at(0x4000_c000 + 0x3000);
const RESETS_DONE: Register = at(0x4000_c008);
const TIMER: u32 = 1 << 21;

const HIGH: Register = at(0x4005_4024);
const LOW: Register = at(0x4005_4028);

/// Counts in a second.
const FREQUENCY: u64 = 1_000_000;

/// Starts the clock and returns what reads it. The clocks of the chip must run.
pub fn start() -> fn() -> u32 {
    RESETS_CLEAR.write(TIMER);
    while RESETS_DONE.read() & TIMER == 0 {}
    seconds
}

fn seconds() -> u32 {
    loop {
        let (high, low) = (HIGH.read(), LOW.read());
        if high == HIGH.read() {
            return ((u64::from(high) << 32 | u64::from(low)) / FREQUENCY) as u32;
        }
    }
}
