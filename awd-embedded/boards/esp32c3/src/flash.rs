//! Flash for the model slots: a part of the flash chip beyond the program, see partitions.csv. It is not in the address
//! space of the processor, so that a copy of it in RAM is what models are read from.

use crate::restart::Watchdog;
use awd_board_parts::once::Once;
use awd_board_parts::watchdog::Watchdog as _;
use awd_embedded::slots::Mapped;
use embedded_storage::nor_flash::{ErrorType, NorFlash, ReadNorFlash};
use esp_storage::{FlashStorage, FlashStorageError};

/// The offset of the part in the flash, its length, and bytes of an erase.
const FREE: u32 = 0x003f_0000;
const LEN: usize = 24 * 1024;
const SECTOR: usize = 4096;

/// Bytes of a write.
const UNIT: usize = 32;

/// Bytes at an address that is a multiple of four. From others, the driver would copy through 4 KiB of the stack.
#[derive(Debug)]
#[repr(align(4))]
struct Aligned<const N: usize>([u8; N]);

static COPY: Once<Aligned<LEN>> = Once::new(Aligned([0; LEN]));

/// The flash of the slots.
#[derive(Debug)]
pub struct Flash {
    chip: FlashStorage<'static>,
    copy: &'static mut Aligned<LEN>,
}

impl Flash {
    /// The part, unchanged. `None` if it cannot be read, or if called a second time.
    pub fn new(chip: esp_storage::Flash<'static>) -> Option<Self> {
        let mut flash = Self { chip: FlashStorage::new(chip), copy: COPY.take()? };
        flash.update(0, LEN).ok()?;
        Some(flash)
    }

    /// Copies what the chip holds now.
    fn update(&mut self, offset: usize, len: usize) -> Result<(), FlashStorageError> {
        let copy = self.copy.0.get_mut(offset..).and_then(|copy| copy.get_mut(..len));
        self.chip.read(FREE + offset as u32, copy.ok_or(FlashStorageError::OutOfBounds)?)
    }
}

/// An error if these bytes are not in the part. The chip has others beyond it, and the program before it.
fn check(offset: u32, len: usize) -> Result<(), FlashStorageError> {
    let end = (offset as usize).checked_add(len);
    if end.is_some_and(|end| end <= LEN) { Ok(()) } else { Err(FlashStorageError::OutOfBounds) }
}

impl ErrorType for Flash {
    type Error = FlashStorageError;
}

impl ReadNorFlash for Flash {
    const READ_SIZE: usize = FlashStorage::READ_SIZE;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), FlashStorageError> {
        check(offset, bytes.len())?;
        self.chip.read(FREE + offset, bytes)
    }

    fn capacity(&self) -> usize {
        LEN
    }
}

impl Mapped for Flash {
    fn bytes(&self) -> &[u8] {
        &self.copy.0
    }
}

impl NorFlash for Flash {
    const WRITE_SIZE: usize = UNIT;
    const ERASE_SIZE: usize = SECTOR;

    /// Takes up to 0.4 s for each sector, in which the processor waits.
    fn erase(&mut self, from: u32, to: u32) -> Result<(), FlashStorageError> {
        check(from, to.saturating_sub(from) as usize)?;
        for sector in (from..to).step_by(SECTOR) {
            Watchdog::feed();
            let at = FREE + sector;
            self.chip.erase(at, at + SECTOR as u32)?;
            self.update(sector as usize, SECTOR)?;
        }
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), FlashStorageError> {
        check(offset, bytes.len())?;
        let (units, []) = bytes.as_chunks::<UNIT>() else { return Err(FlashStorageError::NotAligned) };
        for (at, unit) in (offset..).step_by(UNIT).zip(units) {
            self.chip.write_nor(FREE + at, &Aligned(*unit).0)?;
        }
        self.update(offset as usize, bytes.len())
    }
}
