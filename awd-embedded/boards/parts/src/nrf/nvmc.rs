//! The flash controller (nRF51 series reference manual and nRF52840 product specification, NVMC).

use crate::flash::{Controller, Failed};
use crate::register::Register;
use core::marker::PhantomData;

// SAFETY: a register of the controller.
const READY: Register = unsafe { Register::at(0x4001_e400) };
// SAFETY: as above.
const CONFIG: Register = unsafe { Register::at(0x4001_e504) };
// SAFETY: as above; only addresses of the slots' pages are written to it.
const ERASE_PAGE: Register = unsafe { Register::at(0x4001_e508) };

/// Values of [`CONFIG`]: the access that it allows.
const READ: u32 = 0;
const WRITE: u32 = 1;
const ERASE: u32 = 2;

/// The free pages of the flash.
///
/// # Safety
/// As for [`Controller`].
pub unsafe trait Pages {
    /// Address of the first page.
    const BASE: usize;
    /// Bytes of all pages.
    const LEN: usize;
    /// Bytes of a page.
    const PAGE: usize;
}

/// The controller of these pages.
#[derive(Debug)]
pub struct Nvmc<P>(PhantomData<P>);

// SAFETY: the implementation of `Pages` promises that the pages are free.
unsafe impl<P: Pages> Controller for Nvmc<P> {
    const BASE: usize = P::BASE;
    const LEN: usize = P::LEN;
    const WRITE_SIZE: usize = 4;
    const ERASE_SIZE: usize = P::PAGE;

    fn erase(offset: usize) -> Result<(), Failed> {
        with_access(ERASE, || {
            ERASE_PAGE.write((P::BASE + offset) as u32);
            wait();
        });
        Ok(())
    }

    fn write(offset: usize, bytes: &[u8]) -> Result<(), Failed> {
        let (words, _) = bytes.as_chunks();
        with_access(WRITE, || {
            for (address, word) in (P::BASE + offset..).step_by(4).zip(words) {
                // SAFETY: this word is in the pages, where no variable is.
                unsafe { Register::at(address) }.write(u32::from_le_bytes(*word));
                wait();
            }
        });
        Ok(())
    }
}

/// Calls `change` with the given access allowed. Code that runs from flash stalls while the flash is busy.
fn with_access(access: u32, change: impl FnOnce()) {
    CONFIG.write(access);
    wait();
    change();
    CONFIG.write(READ);
}

fn wait() {
    while READY.read() == 0 {}
}
