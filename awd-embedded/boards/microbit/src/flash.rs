//! Flash for the model slots: the last twelve pages, four per slot.

use awd_board_parts::flash;
use awd_board_parts::nrf::nvmc::{Nvmc, Pages};

/// These pages.
#[derive(Debug)]
pub struct LastPages;

// SAFETY: memory.x leaves these pages free.
unsafe impl Pages for LastPages {
    const BASE: usize = 0x0003_d000;
    const LEN: usize = 12 * 1024;
    const PAGE: usize = 1024;
}

/// The flash of the slots.
pub type Flash = flash::Flash<Nvmc<LastPages>>;
