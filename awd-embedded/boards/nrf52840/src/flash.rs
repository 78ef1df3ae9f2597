//! The slots' memory: the last four pages of the flash, two for each (nRF52840 product specification, NVMC).

use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash, check_erase, check_read, check_write,
};

/// Where it begins; memory.x leaves it free.
const BASE: u32 = 0x000f_c000;

/// Bytes of both slots.
const LEN: usize = 16 * 1024;

const READY: *mut u32 = 0x4001_e400 as *mut u32;
const CONFIG: *mut u32 = 0x4001_e504 as *mut u32;
const ERASE_PAGE: *mut u32 = 0x4001_e508 as *mut u32;

/// What [`CONFIG`] allows.
const READ: u32 = 0;
const WRITE: u32 = 1;
const ERASE: u32 = 2;

/// That memory. There is one, so whoever makes a second shares it.
#[derive(Debug)]
pub struct Flash(());

/// A place outside of it, or not of whole units.
#[derive(Debug)]
pub struct OutOfPlace(NorFlashErrorKind);

impl Flash {
    /// The memory as it is.
    pub const fn new() -> Self {
        Self(())
    }
}

/// Does something to the flash while that is allowed, and waits until each of it is done.
fn while_allowed(what: u32, places: impl Iterator<Item = (*mut u32, u32)>) {
    let ready = || {
        // SAFETY: a register that this chip always has; reading it has no effect.
        while unsafe { READY.read_volatile() } == 0 {}
    };
    // SAFETY: a register that this chip always has. Code that runs from flash waits while the flash is busy.
    unsafe { CONFIG.write_volatile(what) };
    ready();
    for (place, value) in places {
        // SAFETY: a register of the flash's controller, or a word in the pages that no program is in.
        unsafe { place.write_volatile(value) };
        ready();
    }
    // SAFETY: as above.
    unsafe { CONFIG.write_volatile(READ) };
}

impl NorFlashError for OutOfPlace {
    fn kind(&self) -> NorFlashErrorKind {
        self.0
    }
}

impl ErrorType for Flash {
    type Error = OutOfPlace;
}

impl ReadNorFlash for Flash {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), OutOfPlace> {
        check_read(self, offset, bytes.len()).map_err(OutOfPlace)?;
        for (place, byte) in (BASE + offset..).zip(bytes) {
            // SAFETY: the place is within the memory, which no variable is in.
            *byte = unsafe { (place as *const u8).read_volatile() };
        }
        Ok(())
    }

    fn capacity(&self) -> usize {
        LEN
    }
}

impl NorFlash for Flash {
    const WRITE_SIZE: usize = 4;
    const ERASE_SIZE: usize = 4096;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), OutOfPlace> {
        check_erase(self, from, to).map_err(OutOfPlace)?;
        while_allowed(ERASE, (BASE + from..BASE + to).step_by(Self::ERASE_SIZE).map(|page| (ERASE_PAGE, page)));
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), OutOfPlace> {
        check_write(self, offset, bytes.len()).map_err(OutOfPlace)?;
        let (words, _) = bytes.as_chunks();
        let words = words.iter().map(|word| u32::from_le_bytes(*word));
        while_allowed(WRITE, (BASE + offset..).step_by(4).map(|place| place as *mut u32).zip(words));
        Ok(())
    }
}
