//! The slots' memory: the last eight pages of the flash, four for each.

use awd_board_parts::flash;
use awd_board_parts::nrf::nvmc::{Nvmc, Pages};

/// They.
#[derive(Debug)]
pub struct LastPages;

// SAFETY: memory.x leaves them free.
unsafe impl Pages for LastPages {
    const BASE: usize = 0x0003_e000;
    const LEN: usize = 8 * 1024;
    const PAGE: usize = 1024;
}

/// Their memory.
pub type Flash = flash::Flash<Nvmc<LastPages>>;
