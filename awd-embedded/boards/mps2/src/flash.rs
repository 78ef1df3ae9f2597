//! The slots' memory: the last part of the memory that holds code, which is RAM that a reset leaves alone. It is written as
//! flash is: erasing sets bits, writing clears them.

use crate::map::SLOTS;
use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash, check_erase, check_read, check_write,
};

/// Bytes of both slots.
const LEN: usize = 32 * 1024;

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

    /// The place of a byte.
    fn byte(offset: u32) -> *mut u8 {
        SLOTS.wrapping_add(usize::try_from(offset).unwrap_or(LEN))
    }
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
        for (place, byte) in (offset..).zip(bytes) {
            // SAFETY: the place is within the memory, which no variable is in.
            *byte = unsafe { Self::byte(place).read_volatile() };
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
        for place in from..to {
            // SAFETY: as for reading.
            unsafe { Self::byte(place).write_volatile(0xff) };
        }
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), OutOfPlace> {
        check_write(self, offset, bytes.len()).map_err(OutOfPlace)?;
        for (place, byte) in (offset..).zip(bytes) {
            let place = Self::byte(place);
            // SAFETY: as for reading.
            unsafe { place.write_volatile(place.read_volatile() & byte) };
        }
        Ok(())
    }
}
