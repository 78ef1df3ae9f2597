//! What restarts the board: the watchdog (CMSDK APB watchdog, Arm DDI 0479) and faults.

use crate::map::WATCHDOG;
use awd_board_parts::register::Register;
use awd_board_parts::{fault, watchdog};
use cortex_m::peripheral::SCB;
use cortex_m_rt::{ExceptionFrame, exception};

const fn at(offset: usize) -> Register {
    // SAFETY: the offsets below are those of the watchdog's registers, which these boards have.
    unsafe { Register::at(WATCHDOG + offset) }
}

const LOAD: Register = at(0x00);
const CONTROL: Register = at(0x08);
const CLEAR: Register = at(0x0c);

/// When the time is over, an interrupt that cannot be masked; when it is over again, a reset.
const INTERRUPT_AND_RESET: u32 = 0b11;

/// 20 s at 25 MHz, 25 s at the 20 MHz of AN505: more than the 15 s after which the host gives up a request.
const CYCLES: u32 = 500_000_000;

/// The watchdog, after [`start`].
#[derive(Debug)]
pub struct Watchdog;

/// Starts the watchdog.
pub fn start() {
    LOAD.write(CYCLES);
    CONTROL.write(INTERRUPT_AND_RESET);
}

impl watchdog::Watchdog for Watchdog {
    const COUNTS_IN_SLEEP: bool = true;

    fn feed() {
        CLEAR.write(1);
    }
}

/// Faults, and the interrupt of the watchdog, which build.rs links to the same handler.
#[exception]
unsafe fn HardFault(frame: &ExceptionFrame) -> ! {
    fault::keep(frame);
    SCB::sys_reset()
}
