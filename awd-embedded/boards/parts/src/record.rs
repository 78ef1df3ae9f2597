//! The record of the latest fault. It is in memory that a restart does not change.

use core::cell::UnsafeCell;
use core::mem::MaybeUninit;

/// What a record starts with. After power-on the memory has arbitrary contents.
const MAGIC: u32 = 0x6177_6421;

/// Why the program restarted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub struct Fault {
    magic: u32,
    /// On a Cortex-M the number of an exception: 2 for the interrupt that cannot be masked, 3 for a fault of the main
    /// program. Another number is that of the handler that failed, or of an interrupt that has no handler. On a RISC-V the
    /// cause of the exception.
    pub exception: u32,
    /// The address of the instruction that failed or was interrupted.
    pub pc: u32,
    /// The return address of its function. In an interrupt handler it may be the value that ends the handler.
    pub lr: u32,
}

impl Fault {
    pub(crate) const fn new(exception: u32, pc: u32, lr: u32) -> Self {
        Self { magic: MAGIC, exception, pc, lr }
    }
}

/// The latest fault.
struct Record(UnsafeCell<MaybeUninit<Fault>>);

// SAFETY: only `store` and `take` access it. Nothing but the restart follows `store`, and `take` is called by the main
// program.
unsafe impl Sync for Record {}

#[unsafe(link_section = ".uninit.fault")]
static FAULT: Record = Record(UnsafeCell::new(MaybeUninit::uninit()));

/// Writes the record.
pub(crate) fn store(fault: Fault) {
    // SAFETY: the record is valid for writes, and nothing else accesses it now. The write is volatile because no
    // program reads it before the restart.
    unsafe { FAULT.0.get().write_volatile(MaybeUninit::new(fault)) };
}

/// Takes the fault before this start, if there was one.
pub fn take() -> Option<Fault> {
    let record = FAULT.0.get().cast::<Fault>();
    // SAFETY: the record is valid for reads, and nothing else accesses it now. Every value of its fields is valid.
    let fault = unsafe { record.read_volatile() };
    // SAFETY: as above, for writes.
    unsafe { record.cast::<u32>().write_volatile(0) };
    (fault.magic == MAGIC).then_some(fault)
}
