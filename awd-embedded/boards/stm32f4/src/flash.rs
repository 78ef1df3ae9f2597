//! The slots' memory: the last two sectors of the flash, one for each (STM32F411 reference manual RM0383, embedded flash).

use awd_board_parts::flash::{self, Failed};
use awd_board_parts::register::Register;
use cortex_m::asm;

/// The sector that it begins with.
const FIRST: usize = 6;

const fn at(address: usize) -> Register {
    // SAFETY: the addresses below are those of the controller's registers.
    unsafe { Register::at(address) }
}

const KEY: Register = at(0x4002_3c04);
const STATE: Register = at(0x4002_3c0c);
const CONTROL: Register = at(0x4002_3c10);

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

/// The controller of the last two sectors.
#[derive(Debug)]
pub struct LastSectors;

/// Their memory.
pub type Flash = flash::Flash<LastSectors>;

// SAFETY: memory.x leaves them free.
unsafe impl flash::Controller for LastSectors {
    const BASE: usize = 0x0804_0000;
    const LEN: usize = 2 * Self::ERASE_SIZE;
    const WRITE_SIZE: usize = 4;
    const ERASE_SIZE: usize = 128 * 1024;

    /// Takes a second or two.
    fn erase(offset: usize) -> Result<(), Failed> {
        let sector = FIRST + offset / Self::ERASE_SIZE;
        let control = ERASE | (sector as u32) << NUMBER | WORDS;
        unlocked(control, core::iter::once((CONTROL, control | START)))
    }

    fn write(offset: usize, bytes: &[u8]) -> Result<(), Failed> {
        let (words, _) = bytes.as_chunks();
        let places = (Self::BASE + offset..).step_by(4);
        // SAFETY: words in the sectors, where no variable is.
        let places = places.map(|place| unsafe { Register::at(place) });
        unlocked(PROGRAM | WORDS, places.zip(words.iter().map(|word| u32::from_le_bytes(*word))))
    }
}

/// Writes each word to its place, with the control set for it, and waits until it is done. Code that runs from flash waits
/// while the flash is busy. The caches are off, as a reset leaves them, so that none holds what was erased.
fn unlocked(control: u32, words: impl Iterator<Item = (Register, u32)>) -> Result<(), Failed> {
    tell(STATE, ERRORS);
    KEYS.into_iter().for_each(|key| tell(KEY, key));
    for (place, word) in words {
        tell(CONTROL, control);
        tell(place, word);
        while STATE.read() & BUSY != 0 {}
    }
    tell(CONTROL, LOCK);
    if STATE.read() & ERRORS == 0 { Ok(()) } else { Err(Failed::FLASH) }
}

fn tell(place: Register, value: u32) {
    place.write(value);
    // The flash has it before its state is asked.
    asm::dsb();
}
