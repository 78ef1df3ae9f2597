//! A variable that is taken once, such as the memory of the server. On an Arm, `cortex_m::singleton` is the same;
//! `riscv::singleton` does not start arrays as zeros, so that the program would contain them.

use core::cell::{Cell, UnsafeCell};
use critical_section::{Mutex, with};

/// A variable that is taken once.
#[derive(Debug)]
pub struct Once<T> {
    value: UnsafeCell<T>,
    taken: Mutex<Cell<bool>>,
}

// SAFETY: only `take` accesses the value, and it gives the only reference away.
unsafe impl<T: Send> Sync for Once<T> {}

impl<T> Once<T> {
    /// A variable with this value.
    pub const fn new(value: T) -> Self {
        Self { value: UnsafeCell::new(value), taken: Mutex::new(Cell::new(false)) }
    }

    /// The variable, or `None` if it has been taken.
    #[expect(clippy::mut_from_ref, reason = "only the first call returns it")]
    pub fn take(&'static self) -> Option<&'static mut T> {
        let taken = with(|cs| self.taken.borrow(cs).replace(true));
        // SAFETY: this is the only reference, because only the first call comes here.
        (!taken).then(|| unsafe { &mut *self.value.get() })
    }
}
