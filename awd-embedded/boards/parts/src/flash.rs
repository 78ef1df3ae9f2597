//! The flash of the model slots: a part of a chip's flash outside the program.

use awd_embedded::slots::Mapped;
use core::marker::PhantomData;
use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash, check_erase, check_read, check_write,
};

/// A chip's flash controller, and the free part of the flash.
///
/// # Safety
/// The [`Self::LEN`] bytes from the address [`Self::BASE`] on exist, and no variable is in them.
pub unsafe trait Controller {
    /// Address of the part.
    const BASE: usize;
    /// Length of the part in bytes.
    const LEN: usize;
    /// Bytes of a write unit.
    const WRITE_SIZE: usize;
    /// Bytes of an erase unit.
    const ERASE_SIZE: usize;

    /// Sets all bits of the erase unit at `offset` in the part.
    ///
    /// # Errors
    /// The flash failed.
    fn erase(offset: usize) -> Result<(), Failed>;

    /// Clears bits of whole write units from `offset` in the part on.
    ///
    /// # Errors
    /// The flash failed.
    fn write(offset: usize, bytes: &[u8]) -> Result<(), Failed>;
}

/// An address outside the part, a range that is not whole units, or a flash failure.
#[derive(Debug)]
pub struct Failed(NorFlashErrorKind);

impl Failed {
    /// The flash failed.
    pub const FLASH: Self = Self(NorFlashErrorKind::Other);
}

/// The free part of the flash, as the slots use it.
#[derive(Debug)]
pub struct Flash<C>(PhantomData<C>);

impl<C: Controller> Flash<C> {
    /// The part, unchanged.
    #[expect(clippy::new_without_default, reason = "one is enough")]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl NorFlashError for Failed {
    fn kind(&self) -> NorFlashErrorKind {
        self.0
    }
}

impl<C> ErrorType for Flash<C> {
    type Error = Failed;
}

impl<C: Controller> ReadNorFlash for Flash<C> {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Failed> {
        check_read(self, offset, bytes.len()).map_err(Failed)?;
        for (address, byte) in (C::BASE + offset as usize..).zip(bytes) {
            // SAFETY: the address is within the part.
            *byte = unsafe { (address as *const u8).read_volatile() };
        }
        Ok(())
    }

    fn capacity(&self) -> usize {
        C::LEN
    }
}

impl<C: Controller> Mapped for Flash<C> {
    fn bytes(&self) -> &[u8] {
        // SAFETY: no variable is in the part, and nothing changes it during this borrow, because `erase` and `write`
        // need an exclusive one.
        unsafe { core::slice::from_raw_parts(C::BASE as *const u8, C::LEN) }
    }
}

impl<C: Controller> NorFlash for Flash<C> {
    const WRITE_SIZE: usize = C::WRITE_SIZE;
    const ERASE_SIZE: usize = C::ERASE_SIZE;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Failed> {
        check_erase(self, from, to).map_err(Failed)?;
        (from as usize..to as usize).step_by(C::ERASE_SIZE).try_for_each(C::erase)
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Failed> {
        check_write(self, offset, bytes.len()).map_err(Failed)?;
        C::write(offset as usize, bytes)
    }
}
