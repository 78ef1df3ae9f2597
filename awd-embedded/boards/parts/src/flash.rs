//! The slots' memory: a part of a chip's flash that no program is in, as the slots see it.

use awd_embedded::slots::Mapped;
use core::marker::PhantomData;
use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash, check_erase, check_read, check_write,
};

/// A chip's way to change its flash, and the part of it that is free.
///
/// # Safety
/// There are [`Self::LEN`] bytes from the address [`Self::BASE`] on, which no variable is in.
pub unsafe trait Controller {
    /// Where the part begins.
    const BASE: usize;
    /// Its bytes.
    const LEN: usize;
    /// Bytes that are written at once.
    const WRITE_SIZE: usize;
    /// Bytes that are erased at once.
    const ERASE_SIZE: usize;

    /// Sets all bits of a unit that begins so far into the part.
    ///
    /// # Errors
    /// The flash failed.
    fn erase(offset: usize) -> Result<(), Failed>;

    /// Clears bits of whole units from so far into the part on.
    ///
    /// # Errors
    /// The flash failed.
    fn write(offset: usize, bytes: &[u8]) -> Result<(), Failed>;
}

/// A place outside of the part, or not of whole units, or flash that failed.
#[derive(Debug)]
pub struct Failed(NorFlashErrorKind);

impl Failed {
    /// The flash did.
    pub const FLASH: Self = Self(NorFlashErrorKind::Other);
}

/// The part.
#[derive(Debug)]
pub struct Flash<C>(PhantomData<C>);

impl<C: Controller> Flash<C> {
    /// The part as it is.
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
        for (place, byte) in (C::BASE + offset as usize..).zip(bytes) {
            // SAFETY: the place is within the part.
            *byte = unsafe { (place as *const u8).read_volatile() };
        }
        Ok(())
    }

    fn capacity(&self) -> usize {
        C::LEN
    }
}

impl<C: Controller> Mapped for Flash<C> {
    fn bytes(&self) -> &[u8] {
        // SAFETY: the part is memory which no variable is in, and nothing changes it while this is borrowed: `erase` and `write` borrow
        // it exclusively.
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
