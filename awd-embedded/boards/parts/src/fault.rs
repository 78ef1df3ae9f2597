//! Faults: where the program was when it failed is kept over the restart, so that the program can log it afterwards, or
//! a debugger can read it.

#[cfg(target_arch = "arm")]
pub use crate::arm::{keep, raise};
pub use crate::record::{Fault, take};
#[cfg(target_arch = "riscv32")]
pub use crate::riscv::{keep, raise};
