//! What restarts the board besides the watchdog: faults.

use awd_board_parts::fault;
use cortex_m::peripheral::SCB;
use cortex_m_rt::{ExceptionFrame, exception};

/// Faults, and the interrupt that cannot be masked, which build.rs links to the same handler.
#[exception]
unsafe fn HardFault(frame: &ExceptionFrame) -> ! {
    fault::keep(frame);
    SCB::sys_reset()
}

/// Only interrupts that have a handler are enabled.
#[exception]
unsafe fn DefaultHandler(_number: i16) -> ! {
    fault::raise()
}
