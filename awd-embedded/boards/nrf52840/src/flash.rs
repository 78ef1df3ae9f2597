//! Flash for the model slots: the last six pages, two per slot.

use awd_board_parts::flash;
use awd_board_parts::nrf::nvmc::{Nvmc, Pages};

/// These pages.
#[derive(Debug)]
pub struct LastPages;

// SAFETY: memory.x leaves these pages free.
unsafe impl Pages for LastPages {
    const BASE: usize = 0x000f_a000;
    const LEN: usize = 24 * 1024;
    const PAGE: usize = 4096;
}

/// The flash of the slots.
pub type Flash = flash::Flash<Nvmc<LastPages>>;
