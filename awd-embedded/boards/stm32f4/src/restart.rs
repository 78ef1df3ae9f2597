//! What restarts the board: the watchdog (STM32F411 reference manual RM0383, IWDG) and faults.

use awd_board_parts::register::Register;
use awd_board_parts::{fault, watchdog};
use cortex_m::peripheral::SCB;
use cortex_m_rt::{ExceptionFrame, exception};

const fn at(address: usize) -> Register {
    // SAFETY: the addresses below are those of registers of the watchdog and of the debug unit.
    unsafe { Register::at(address) }
}

const KEY: Register = at(0x4000_3000);
const PRESCALER: Register = at(0x4000_3004);
const RELOAD: Register = at(0x4000_3008);
const STATUS: Register = at(0x4000_300c);
/// What stops while a debugger halts the processor.
const HALTED: Register = at(0xe004_2008);

// Values of [`KEY`].
const FEED: u32 = 0xaaaa;
const UNLOCK: u32 = 0x5555;
const START: u32 = 0xcccc;

/// The longest time that the watchdog has: 32.8 s, and 22 s if its oscillator is as fast as the data sheet allows.
/// Erasing a sector takes up to 2 s, and the processor waits meanwhile. The host gives up a request after 15 s.
const LONGEST: [(Register, u32); 2] = [(PRESCALER, 0b110), (RELOAD, 0xfff)];

/// The watchdog, after [`start`].
#[derive(Debug)]
pub struct Watchdog;

/// Starts the watchdog. Only a reset stops it.
pub fn start() {
    HALTED.set(1 << 12, 1 << 12);
    // Started first, because its registers change with its oscillator.
    KEY.write(START);
    KEY.write(UNLOCK);
    LONGEST.into_iter().for_each(|(register, value)| register.write(value));
    // If they did not change, the initial time of half a second would end this loop.
    while STATUS.read() != 0 {}
    KEY.write(FEED);
}

impl watchdog::Watchdog for Watchdog {
    const COUNTS_IN_SLEEP: bool = true;

    fn feed() {
        KEY.write(FEED);
    }
}

/// Faults, and the interrupt that cannot be masked, which build.rs links to the same handler.
#[exception]
unsafe fn HardFault(frame: &ExceptionFrame) -> ! {
    fault::keep(frame);
    SCB::sys_reset()
}
