//! The slots' memory: the last four pages of the flash, two for each.

use awd_board_parts::flash;
use awd_board_parts::nrf::nvmc::{Nvmc, Pages};

/// They.
#[derive(Debug)]
pub struct LastPages;

// SAFETY: memory.x leaves them free.
unsafe impl Pages for LastPages {
    const BASE: usize = 0x000f_c000;
    const LEN: usize = 16 * 1024;
    const PAGE: usize = 4096;
}

/// Their memory.
pub type Flash = flash::Flash<Nvmc<LastPages>>;
