//! Flash for the model slots: the last six pages, two per slot, written by Embassy's driver.

use awd_board_parts::flash::{self, Failed};
use awd_board_parts::nrf::watchdog::Watchdog;
use awd_board_parts::watchdog::Watchdog as _;
use embassy_nrf::nvmc::{Nvmc, PAGE_SIZE};
use embassy_nrf::peripherals::NVMC;
use embedded_storage::nor_flash::NorFlash;

/// These pages.
#[derive(Debug)]
pub struct LastPages;

/// The flash of the slots.
pub type Flash = flash::Flash<LastPages>;

// SAFETY: memory.x leaves these pages free.
unsafe impl flash::Controller for LastPages {
    const BASE: usize = 0x000f_a000;
    const LEN: usize = 24 * 1024;
    const WRITE_SIZE: usize = Nvmc::WRITE_SIZE;
    const ERASE_SIZE: usize = PAGE_SIZE;

    /// Takes up to 85 ms, in which the processor waits.
    fn erase(offset: usize) -> Result<(), Failed> {
        Watchdog::feed();
        let page = (Self::BASE + offset) as u32;
        controller().erase(page, page + PAGE_SIZE as u32).map_err(|_| Failed::FLASH)
    }

    fn write(offset: usize, bytes: &[u8]) -> Result<(), Failed> {
        controller().write((Self::BASE + offset) as u32, bytes).map_err(|_| Failed::FLASH)
    }
}

fn controller() -> Nvmc<'static> {
    // SAFETY: only the two functions above use the controller, and neither calls the other.
    Nvmc::new(unsafe { NVMC::steal() })
}
