//! Seconds since the start (FPGA system control, Arm AN385, AN386 and AN505).

use crate::map::SECONDS;
use awd_board_parts::register::Register;

// SAFETY: this is the address of the register that counts seconds.
const CLOCK: Register = unsafe { Register::at(SECONDS) };

/// Returns what reads the clock, which runs from the start on.
pub fn start() -> fn() -> u32 {
    || CLOCK.read()
}
