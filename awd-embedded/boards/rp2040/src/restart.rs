//! What restarts the board: the watchdog (RP2040 datasheet, watchdog) and faults.

use awd_board_parts::register::Register;
use awd_board_parts::{fault, watchdog};
use cortex_m_rt::{ExceptionFrame, exception};
use rp2040_hal::Watchdog as Chip;
use rp2040_hal::fugit::MicrosDurationU32;

// SAFETY: this is the watchdog's register for its time.
const LOAD: Register = unsafe { Register::at(0x4005_8004) };

/// The longest time that the watchdog has: 8.4 s, because it counts two in each microsecond (erratum RP2040-E1).
/// Erasing a slot takes 3.2 s at most, by the data sheet of the flash. A request that takes longer than 8.4 s restarts
/// the board.
const LONGEST: u32 = 0x00ff_fffe;

/// The watchdog, after [`start`].
#[derive(Debug)]
pub struct Watchdog;

/// Starts the watchdog. Its clock must run. It pauses while a debugger halts the processor.
pub fn start(chip: &mut Chip) {
    chip.start(MicrosDurationU32::micros(LONGEST / 2));
}

impl watchdog::Watchdog for Watchdog {
    const COUNTS_IN_SLEEP: bool = true;

    fn feed() {
        LOAD.write(LONGEST);
    }
}

/// Faults, and the interrupt that cannot be masked, which build.rs links to the same handler.
#[exception]
unsafe fn HardFault(frame: &ExceptionFrame) -> ! {
    fault::keep(frame);
    rp2040_hal::reset()
}

/// No other interrupt is enabled.
#[exception]
unsafe fn DefaultHandler(_number: i16) -> ! {
    fault::raise()
}
