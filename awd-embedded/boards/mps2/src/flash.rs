//! The slots' memory: the last part of the memory that holds code, which is RAM that a reset leaves alone. It is written as
//! flash is: erasing sets bits, writing clears them.

use crate::map::SLOTS;
use awd_board_parts::flash::{self, Failed};

/// What stands in for its controller.
#[derive(Debug)]
pub struct Ram;

/// That memory.
pub type Flash = flash::Flash<Ram>;

// SAFETY: memory/ leaves it free.
unsafe impl flash::Controller for Ram {
    const BASE: usize = SLOTS;
    const LEN: usize = 32 * 1024;
    const WRITE_SIZE: usize = 4;
    const ERASE_SIZE: usize = 4096;

    fn erase(offset: usize) -> Result<(), Failed> {
        for place in SLOTS + offset..SLOTS + offset + Self::ERASE_SIZE {
            // SAFETY: the place is within the memory, which no variable is in.
            unsafe { (place as *mut u8).write_volatile(0xff) };
        }
        Ok(())
    }

    fn write(offset: usize, bytes: &[u8]) -> Result<(), Failed> {
        for (place, byte) in (SLOTS + offset..).zip(bytes) {
            let place = place as *mut u8;
            // SAFETY: as above.
            unsafe { place.write_volatile(place.read_volatile() & byte) };
        }
        Ok(())
    }
}
