//! Seconds since the start: the processor's timer, which QEMU's `virt` has at this address.

use awd_board_parts::register::Register;

const fn at(address: usize) -> Register {
    // SAFETY: the addresses below are those of the two halves of the timer.
    unsafe { Register::at(address) }
}

const LOW: Register = at(0x0200_bff8);
const HIGH: Register = at(0x0200_bffc);

/// Counts in a second.
const FREQUENCY: u64 = 10_000_000;

/// Returns what reads the clock, which runs from the start on.
pub fn start() -> fn() -> u32 {
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
