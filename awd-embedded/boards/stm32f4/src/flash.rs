//! The slots' memory: the last two sectors of the flash, one for each (STM32F411 reference manual RM0383, embedded flash).

use cortex_m::asm;
use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash, check_erase, check_read, check_write,
};

/// Where it begins, which is where sector 6 does; memory.x leaves it free.
const BASE: u32 = 0x0804_0000;
const FIRST: u32 = 6;

/// Bytes of a sector, and of both.
const SECTOR: u32 = 128 * 1024;
const LEN: usize = 256 * 1024;

const KEY: *mut u32 = 0x4002_3c04 as *mut u32;
const STATE: *mut u32 = 0x4002_3c0c as *mut u32;
const CONTROL: *mut u32 = 0x4002_3c10 as *mut u32;

/// What [`KEY`] takes to unlock [`CONTROL`].
const KEYS: [u32; 2] = [0x4567_0123, 0xcdef_89ab];

// Bits of the state: any error, which a one clears, and busy.
const ERRORS: u32 = 0b1111_0010;
const BUSY: u32 = 1 << 16;

// Bits of the control. Whole words at once need 2.7 V, which both boards have.
const PROGRAM: u32 = 1 << 0;
const ERASE: u32 = 1 << 1;
const NUMBER: u32 = 3;
const WORDS: u32 = 0b10 << 8;
const START: u32 = 1 << 16;
const LOCK: u32 = 1 << 31;

/// That memory. There is one, so whoever makes a second shares it.
#[derive(Debug)]
pub struct Flash(());

/// A place outside of it, or not of whole units, or flash that failed.
#[derive(Debug)]
pub struct Failed(NorFlashErrorKind);

impl Flash {
    /// The memory as it is.
    pub const fn new() -> Self {
        Self(())
    }
}

fn read(register: *mut u32) -> u32 {
    // SAFETY: one of the registers above, which this chip always has; reading it has no effect.
    unsafe { register.read_volatile() }
}

fn write(place: *mut u32, value: u32) {
    // SAFETY: one of the registers above, or a word in the sectors that no program is in.
    unsafe { place.write_volatile(value) }
    // The flash has it before its state is asked.
    asm::dsb();
}

/// Writes each word to its place, with the control set for it, and waits until it is done. Code that runs from flash waits
/// while the flash is busy. The caches are off, as a reset leaves them, so that none holds what was erased.
fn unlocked(control: u32, words: impl Iterator<Item = (*mut u32, u32)>) -> Result<(), Failed> {
    write(STATE, ERRORS);
    KEYS.into_iter().for_each(|key| write(KEY, key));
    for (place, word) in words {
        write(CONTROL, control);
        write(place, word);
        while read(STATE) & BUSY != 0 {}
    }
    write(CONTROL, LOCK);
    if read(STATE) & ERRORS == 0 { Ok(()) } else { Err(Failed(NorFlashErrorKind::Other)) }
}

impl NorFlashError for Failed {
    fn kind(&self) -> NorFlashErrorKind {
        self.0
    }
}

impl ErrorType for Flash {
    type Error = Failed;
}

impl ReadNorFlash for Flash {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Failed> {
        check_read(self, offset, bytes.len()).map_err(Failed)?;
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
    const ERASE_SIZE: usize = SECTOR as usize;

    /// Takes a second or two for a sector.
    fn erase(&mut self, from: u32, to: u32) -> Result<(), Failed> {
        check_erase(self, from, to).map_err(Failed)?;
        (from / SECTOR..to / SECTOR).try_for_each(|sector| {
            let control = ERASE | (FIRST + sector) << NUMBER | WORDS;
            unlocked(control, core::iter::once((CONTROL, control | START)))
        })
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Failed> {
        check_write(self, offset, bytes.len()).map_err(Failed)?;
        let (words, _) = bytes.as_chunks();
        let words = words.iter().map(|word| u32::from_le_bytes(*word));
        unlocked(PROGRAM | WORDS, (BASE + offset..).step_by(4).map(|place| place as *mut u32).zip(words))
    }
}
