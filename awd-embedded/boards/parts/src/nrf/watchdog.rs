//! The watchdog (nRF51 series reference manual and nRF52840 product specification, WDT).

use crate::register::Register;
use crate::watchdog;

const fn at(offset: usize) -> Register {
    // SAFETY: the offsets below are those of the watchdog's registers.
    unsafe { Register::at(0x4001_0000 + offset) }
}

const START: Register = at(0x000);
const TIME: Register = at(0x504);
const CONFIG: Register = at(0x50c);
const RELOAD: Register = at(0x600);

/// The value that feeds it.
const FEED: u32 = 0x6e52_4635;

/// 20 s at 32768 Hz: more than the 15 s after which the host gives up a request. Erasing a slot takes less than half a
/// second.
const TICKS: u32 = 20 * 32_768 - 1;

/// It pauses while the processor sleeps, and while a debugger halts it.
const PAUSES: u32 = 0;

/// The watchdog, after [`start`].
#[derive(Debug)]
pub struct Watchdog;

/// Starts the watchdog. After a reset by software it still runs, with the same settings, which cannot be changed then.
pub fn start() {
    TIME.write(TICKS);
    CONFIG.write(PAUSES);
    START.write(1);
    <Watchdog as watchdog::Watchdog>::feed();
}

impl watchdog::Watchdog for Watchdog {
    const COUNTS_IN_SLEEP: bool = false;

    fn feed() {
        RELOAD.write(FEED);
    }
}
