//! The controller of the flash (nRF51 series reference manual and nRF52840 product specification, NVMC).

use crate::flash::{Controller, Failed};
use crate::register::Register;
use core::marker::PhantomData;

// SAFETY: registers of the controller.
const READY: Register = unsafe { Register::at(0x4001_e400) };
// SAFETY: as above.
const CONFIG: Register = unsafe { Register::at(0x4001_e504) };
// SAFETY: as above; it takes only pages that are erased here.
const ERASE_PAGE: Register = unsafe { Register::at(0x4001_e508) };

/// What [`CONFIG`] allows.
const READ: u32 = 0;
const WRITE: u32 = 1;
const ERASE: u32 = 2;

/// Pages that are free.
///
/// # Safety
/// As of [`Controller`].
pub unsafe trait Pages {
    /// Where the first begins.
    const BASE: usize;
    /// Bytes of all.
    const LEN: usize;
    /// Bytes of each.
    const PAGE: usize;
}

/// The controller of these pages.
#[derive(Debug)]
pub struct Nvmc<P>(PhantomData<P>);

// SAFETY: they are free, as whoever named them has promised.
unsafe impl<P: Pages> Controller for Nvmc<P> {
    const BASE: usize = P::BASE;
    const LEN: usize = P::LEN;
    const WRITE_SIZE: usize = 4;
    const ERASE_SIZE: usize = P::PAGE;

    fn erase(offset: usize) -> Result<(), Failed> {
        while_allowed(ERASE, || {
            ERASE_PAGE.write((P::BASE + offset) as u32);
            wait();
        });
        Ok(())
    }

    fn write(offset: usize, bytes: &[u8]) -> Result<(), Failed> {
        let (words, _) = bytes.as_chunks();
        while_allowed(WRITE, || {
            for (place, word) in (P::BASE + offset..).step_by(4).zip(words) {
                // SAFETY: a word of the pages, where no variable is.
                unsafe { Register::at(place) }.write(u32::from_le_bytes(*word));
                wait();
            }
        });
        Ok(())
    }
}

/// Does something to the flash while that is allowed. Code that runs from flash waits while the flash is busy.
fn while_allowed(what: u32, change: impl FnOnce()) {
    CONFIG.write(what);
    wait();
    change();
    CONFIG.write(READ);
}

fn wait() {
    while READY.read() == 0 {}
}
