//! Memory for the model slots: the last part of the code memory, which is RAM that keeps its contents over a reset.

use crate::map::SLOTS;
use awd_board_parts::flash;
use awd_board_parts::ram::{Free, Ram};

/// This part.
#[derive(Debug)]
pub struct LastPart;

// SAFETY: the memory maps in memory/ leave it free.
unsafe impl Free for LastPart {
    const BASE: usize = SLOTS;
    const LEN: usize = 24 * 1024;
}

/// The memory of the slots.
pub type Flash = flash::Flash<Ram<LastPart>>;
