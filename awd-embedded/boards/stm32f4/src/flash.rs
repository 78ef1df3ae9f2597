//! Flash for the model slots: the last three sectors, one per slot (STM32F411 reference manual RM0383, embedded flash).

use awd_board_parts::flash::{self, Failed};
use awd_board_parts::register::Register;
use cortex_m::asm;

/// The number of the first of these sectors.
const FIRST: usize = 5;

const fn at(address: usize) -> Register {
    // SAFETY: the addresses below are those of the controller's registers.
    unsafe { Register::at(address) }
}

const KEY: Register = at(0x4002_3c04);
const STATUS: Register = at(0x4002_3c0c);
const CONTROL: Register = at(0x4002_3c10);

/// Values that unlock [`CONTROL`] when written to [`KEY`].
const KEYS: [u32; 2] = [0x4567_0123, 0xcdef_89ab];

// Bits of the status register: all errors, each cleared by writing a one, and busy.
const ERRORS: u32 = 0b1111_0010;
const BUSY: u32 = 1 << 16;

// Bits of the control register. Writing whole words needs 2.7 V, which both boards have.
const PROGRAM: u32 = 1 << 0;
const ERASE: u32 = 1 << 1;
const SECTOR_SHIFT: u32 = 3;
const WORD_SIZE: u32 = 0b10 << 8;
const START: u32 = 1 << 16;
const LOCK: u32 = 1 << 31;

/// The controller of the last three sectors.
#[derive(Debug)]
pub struct LastSectors;

/// The flash of the slots.
pub type Flash = flash::Flash<LastSectors>;

// SAFETY: memory.x leaves these sectors free.
unsafe impl flash::Controller for LastSectors {
    const BASE: usize = 0x0802_0000;
    const LEN: usize = 3 * Self::ERASE_SIZE;
    const WRITE_SIZE: usize = 4;
    const ERASE_SIZE: usize = 128 * 1024;

    /// Takes one to two seconds.
    fn erase(offset: usize) -> Result<(), Failed> {
        let sector = FIRST + offset / Self::ERASE_SIZE;
        let control = ERASE | (sector as u32) << SECTOR_SHIFT | WORD_SIZE;
        write_unlocked(control, core::iter::once((CONTROL, control | START)))
    }

    fn write(offset: usize, bytes: &[u8]) -> Result<(), Failed> {
        let (words, _) = bytes.as_chunks();
        let addresses = (Self::BASE + offset..).step_by(4);
        // SAFETY: these words are in the sectors, where no variable is.
        let registers = addresses.map(|address| unsafe { Register::at(address) });
        write_unlocked(PROGRAM | WORD_SIZE, registers.zip(words.iter().map(|word| u32::from_le_bytes(*word))))
    }
}

/// Unlocks the flash, sets [`CONTROL`] and writes a word for each pair, and waits until each write is done. Code that
/// runs from flash stalls while the flash is busy. The caches are off after a reset, so none holds erased data.
fn write_unlocked(control: u32, words: impl Iterator<Item = (Register, u32)>) -> Result<(), Failed> {
    write_register(STATUS, ERRORS);
    KEYS.into_iter().for_each(|key| write_register(KEY, key));
    for (register, word) in words {
        write_register(CONTROL, control);
        write_register(register, word);
        while STATUS.read() & BUSY != 0 {}
    }
    write_register(CONTROL, LOCK);
    if STATUS.read() & ERRORS == 0 { Ok(()) } else { Err(Failed::FLASH) }
}

fn write_register(register: Register, value: u32) {
    register.write(value);
    // The write completes before the status is read.
    asm::dsb();
}
