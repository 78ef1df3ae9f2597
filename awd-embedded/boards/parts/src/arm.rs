//! What is special about a Cortex-M: its faults, its sleep and its interrupts.

use crate::record::{Fault, store};
use crate::register::Register;
use crate::watchdog::Watchdog;
use awd_embedded::receive::Receiver;
use cortex_m::asm;
use cortex_m::interrupt::{self, InterruptNumber};
use cortex_m::peripheral::{NVIC, SCB};
use cortex_m_rt::ExceptionFrame;

const fn at(address: usize) -> Register {
    // SAFETY: the addresses below are those of the core's timer, which only boards that have it use, and of its
    // interrupt control.
    unsafe { Register::at(address) }
}

const TIMER_CONTROL: Register = at(0xe000_e010);
const TIMER_RELOAD: Register = at(0xe000_e014);
const TIMER_VALUE: Register = at(0xe000_e018);

/// The longest time of the timer in cycles: a second at 16 MHz, less at a higher clock.
const LONGEST: u32 = 0x00ff_ffff;

/// The timer is on, its interrupt too, and it counts cycles of the core.
const TIMER_ON: u32 = 0b111;

/// The number of the active exception is in its lowest bits, as in those of a stacked status register.
const INTERRUPT_STATE: Register = at(0xe000_ed04);
const NUMBER: u32 = 0x1ff;

/// The number of a hard fault.
const HARD_FAULT: u32 = 3;

#[derive(Debug, Clone, Copy)]
struct Number(u16);

// SAFETY: the caller of `enable` promises that the number is an interrupt's.
unsafe impl InterruptNumber for Number {
    fn number(self) -> u16 {
        self.0
    }
}

/// Enables an interrupt.
///
/// # Safety
/// The chip has an interrupt with this number, and its handler may run from now on.
pub unsafe fn enable(interrupt: u16) {
    // SAFETY: the caller promises the rest; this breaks no critical section, as there is none based on interrupt masking.
    unsafe { NVIC::unmask(Number(interrupt)) };
}

/// Sleeps unless a byte is waiting. An interrupt after the check is not served while interrupts are disabled, but it
/// ends the sleep.
pub fn sleep<D: Watchdog>(receiver: &Receiver<'_>) {
    D::feed();
    interrupt::free(|_| {
        if !receiver.is_empty() {
            return;
        }
        if D::COUNTS_IN_SLEEP {
            TIMER_RELOAD.write(LONGEST);
            TIMER_VALUE.write(0);
            TIMER_CONTROL.write(TIMER_ON);
        }
        asm::wfi();
        if D::COUNTS_IN_SLEEP {
            TIMER_CONTROL.write(0);
            // The interrupt has ended the sleep and needs no handler.
            SCB::clear_pendst();
        }
    });
}

/// Starts the timer, which interrupts every [`LONGEST`] cycles: for an executor, with a watchdog that counts in sleep. The
/// handler of `SysTick` wakes the task that feeds it.
#[cfg(feature = "async")]
pub fn start_timer() {
    TIMER_RELOAD.write(LONGEST);
    TIMER_VALUE.write(0);
    TIMER_CONTROL.write(TIMER_ON);
}

/// Keeps where the program was. To be called by the handler of faults, which then restarts the board.
pub fn keep(frame: &ExceptionFrame) {
    let (active, interrupted) = (INTERRUPT_STATE.read() & NUMBER, frame.xpsr() & NUMBER);
    let exception = if active == HARD_FAULT && interrupted > 0 { interrupted } else { active };
    store(Fault::new(exception, frame.pc(), frame.lr()));
}

/// Fails. For interrupts that have no handler and for panics: the handler of faults keeps where, and restarts the board.
pub fn raise() -> ! {
    asm::udf()
}
