//! Memory for the model slots: a part of the RAM, which keeps its contents over a reset. It is written like flash:
//! erasing sets bits, writing clears them.

use awd_board_parts::flash::{self, Failed};

/// Address of the slots.
const SLOTS: usize = 0x803f_0000;

/// Stands in for a flash controller.
#[derive(Debug)]
pub struct Ram;

/// The memory of the slots.
pub type Flash = flash::Flash<Ram>;

// SAFETY: memory.x leaves it free.
unsafe impl flash::Controller for Ram {
    const BASE: usize = SLOTS;
    const LEN: usize = 24 * 1024;
    const WRITE_SIZE: usize = 4;
    const ERASE_SIZE: usize = 4096;

    fn erase(offset: usize) -> Result<(), Failed> {
        for address in SLOTS + offset..SLOTS + offset + Self::ERASE_SIZE {
            // SAFETY: the address is within this memory, where no variable is.
            unsafe { (address as *mut u8).write_volatile(0xff) };
        }
        Ok(())
    }

    fn write(offset: usize, bytes: &[u8]) -> Result<(), Failed> {
        for (address, byte) in (SLOTS + offset..).zip(bytes) {
            let address = address as *mut u8;
            // SAFETY: as above.
            unsafe { address.write_volatile(address.read_volatile() & byte) };
        }
        Ok(())
    }
}
