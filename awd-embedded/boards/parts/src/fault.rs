//! Faults: where the program was when it failed. The record is in memory that a restart does not change, so that the
//! program can log it after the restart, or a debugger can read it.

use crate::register::Register;
use core::cell::UnsafeCell;
use core::mem::MaybeUninit;
use cortex_m::asm;
use cortex_m_rt::ExceptionFrame;

/// What a record starts with. After power-on the memory has arbitrary contents.
const MAGIC: u32 = 0x6177_6421;

/// The number of the active exception is in its lowest bits, as in those of a stacked status register.
// SAFETY: the interrupt control and state register, which every Cortex-M has.
const INTERRUPT_STATE: Register = unsafe { Register::at(0xe000_ed04) };
const NUMBER: u32 = 0x1ff;

/// The number of a hard fault.
const HARD_FAULT: u32 = 3;

/// Why the program restarted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub struct Fault {
    magic: u32,
    /// The number of an exception: 2 for the interrupt that cannot be masked, 3 for a fault of the main program. Another
    /// number is that of the handler that failed, or of an interrupt that has no handler.
    pub exception: u32,
    /// The address of the instruction that failed or was interrupted.
    pub pc: u32,
    /// The return address of its function. In an interrupt handler it may be the value that ends the handler.
    pub lr: u32,
}

/// The latest fault.
struct Record(UnsafeCell<MaybeUninit<Fault>>);

// SAFETY: only `keep` and `take` access it. Nothing runs after `keep`, and `take` is called by the main program.
unsafe impl Sync for Record {}

#[unsafe(link_section = ".uninit.fault")]
static RECORD: Record = Record(UnsafeCell::new(MaybeUninit::uninit()));

/// Keeps where the program was. To be called by the handler of faults, which then restarts the board.
pub fn keep(frame: &ExceptionFrame) {
    let (active, interrupted) = (INTERRUPT_STATE.read() & NUMBER, frame.xpsr() & NUMBER);
    let exception = if active == HARD_FAULT && interrupted > 0 { interrupted } else { active };
    let fault = Fault { magic: MAGIC, exception, pc: frame.pc(), lr: frame.lr() };
    // SAFETY: the record is valid for writes, and nothing else accesses it now. The write is volatile because no
    // program reads it before the restart.
    unsafe { RECORD.0.get().write_volatile(MaybeUninit::new(fault)) };
}

/// Takes the fault before this start, if there was one.
pub fn take() -> Option<Fault> {
    let record = RECORD.0.get().cast::<Fault>();
    // SAFETY: the record is valid for reads, and nothing else accesses it now. Every value of its fields is valid.
    let fault = unsafe { record.read_volatile() };
    // SAFETY: as above, for writes.
    unsafe { record.cast::<u32>().write_volatile(0) };
    (fault.magic == MAGIC).then_some(fault)
}

/// Fails. For interrupts that have no handler and for panics: the handler of faults keeps where, and restarts the board.
pub fn raise() -> ! {
    asm::udf()
}
