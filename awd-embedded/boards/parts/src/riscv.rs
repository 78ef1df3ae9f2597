//! What is special about a RISC-V: its faults and its sleep.

use crate::record::{Fault, store};
use crate::watchdog::Watchdog;
use ::riscv::register::{mcause, mepc};
use awd_embedded::receive::Receiver;
use core::arch::asm;

pub use ::riscv::asm::delay;

/// Sleeps unless a byte is waiting. An interrupt after the check is not served while interrupts are disabled, but it
/// ends the sleep. If the watchdog counts in sleep, the board has a timer whose interrupt ends it in time.
pub fn sleep<D: Watchdog>(receiver: &Receiver<'_>) {
    D::feed();
    ::riscv::interrupt::free(|| {
        if receiver.is_empty() {
            ::riscv::asm::wfi();
        }
    });
}

/// Keeps where the program was. To be called by the handler of exceptions with the register `ra` of the program. The
/// handler then restarts the board.
pub fn keep(ra: usize) {
    store(Fault::new(mcause::read().code() as u32, mepc::read() as u32, ra as u32));
}

/// Fails. For interrupts that have no handler: the handler of exceptions keeps where, and restarts the board.
pub fn raise() -> ! {
    // SAFETY: an instruction that every RISC-V refuses.
    unsafe { asm!("unimp", options(noreturn, nomem, nostack)) }
}
