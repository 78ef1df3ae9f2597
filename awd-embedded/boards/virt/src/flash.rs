//! Memory for the model slots: a part of the RAM, which keeps its contents over a reset.

use awd_board_parts::flash;
use awd_board_parts::ram::{Free, Ram};

/// This part.
#[derive(Debug)]
pub struct LastPart;

// SAFETY: memory.x leaves it free.
unsafe impl Free for LastPart {
    const BASE: usize = 0x803f_0000;
    const LEN: usize = 24 * 1024;
}

/// The memory of the slots.
pub type Flash = flash::Flash<Ram<LastPart>>;
