//! The slots' memory: the last 64 KiB of the flash (RP2040 datasheet, bootrom). The program runs from the same flash, so while
//! that is written nothing may be read from it: the functions of the ROM do it, called from RAM, with interrupts held back.

use awd_board_parts::flash::{self, Failed};
use core::hint::black_box;
use cortex_m::interrupt;
use rp2040_hal::rom_data;

/// Where the flash is read, and where it is that the ROM's functions count from.
const FLASH: usize = 0x1000_0000;

/// Where the memory begins, from there on; memory.x leaves it free.
const FREE: usize = 0x001f_0000;

/// Bytes that are written and erased at once.
const PAGE: usize = 256;
const SECTOR: usize = 4096;

/// Erases this much at once where it may; the ROM's function wants to know, and is never asked for as much.
const BLOCK: u32 = 64 * 1024;
const ERASE_BLOCK: u8 = 0xd8;

/// Bytes of what the flash begins with, which sets it up to be read.
const BOOT: usize = 256;

/// The last part of the flash.
#[derive(Debug)]
pub struct LastPart;

/// Its memory.
pub type Flash = flash::Flash<LastPart>;

// SAFETY: memory.x leaves it free.
unsafe impl flash::Controller for LastPart {
    const BASE: usize = FLASH + FREE;
    const LEN: usize = 64 * 1024;
    const WRITE_SIZE: usize = 32;
    const ERASE_SIZE: usize = SECTOR;

    fn erase(offset: usize) -> Result<(), Failed> {
        change((FREE + offset) as u32, None);
        Ok(())
    }

    /// Writes a page for each unit; what of it is ones stays as it is.
    fn write(offset: usize, bytes: &[u8]) -> Result<(), Failed> {
        let (units, _) = bytes.as_chunks::<{ Self::WRITE_SIZE }>();
        for (place, unit) in (FREE + offset..).step_by(Self::WRITE_SIZE).zip(units) {
            let within = place % PAGE;
            let mut page = [0xff; PAGE];
            page.iter_mut().skip(within).zip(unit).for_each(|(into, byte)| *into = *byte);
            change((place - within) as u32, Some(&page));
        }
        Ok(())
    }
}

/// Functions that are not in flash.
struct Functions {
    connect: unsafe extern "C" fn(),
    leave: unsafe extern "C" fn(),
    erase: unsafe extern "C" fn(u32, usize, u32, u8),
    program: unsafe extern "C" fn(u32, *const u8, usize),
    flush: unsafe extern "C" fn(),
    enter: unsafe extern "C" fn(),
}

/// Erases a sector, or writes a page where there is one.
fn change(place: u32, page: Option<&[u8; PAGE]>) {
    // On the stack, where it can be run while the flash cannot be read.
    let mut boot = [0_u32; BOOT / 4];
    for (word, place) in boot.iter_mut().zip((0..).step_by(4)) {
        // SAFETY: the flash begins with this much, which no variable is in.
        *word = unsafe { ((FLASH + place) as *const u32).read_volatile() };
    }
    // The lowest bit of a function's address says that its instructions are Thumb's.
    let boot = black_box(&boot).as_ptr().cast::<u8>().wrapping_add(1);
    let functions = Functions {
        connect: rom_data::connect_internal_flash::ptr(),
        leave: rom_data::flash_exit_xip::ptr(),
        erase: rom_data::flash_range_erase::ptr(),
        program: rom_data::flash_range_program::ptr(),
        flush: rom_data::flash_flush_cache::ptr(),
        // SAFETY: what the flash begins with can run anywhere, and returns to a caller that is not the ROM.
        enter: unsafe { core::mem::transmute::<*const u8, unsafe extern "C" fn()>(boot) },
    };
    let page = page.map_or(core::ptr::null(), |page| page.as_ptr());
    // SAFETY: no interrupt comes, the other core sleeps in the ROM, and no DMA runs, so nothing reads the flash meanwhile. The
    // place is within the memory; functions and page are in RAM.
    interrupt::free(|_| unsafe { run(&functions, place, page) });
}

/// What is done while the flash cannot be read; it calls nothing but those functions.
///
/// # Safety
/// Nothing else may read the flash meanwhile. The page is null or of as many bytes as are written.
#[inline(never)]
#[unsafe(link_section = ".data.flash")]
unsafe fn run(functions: &Functions, place: u32, page: *const u8) {
    // SAFETY: in the order that the datasheet gives, and what the caller promises.
    unsafe {
        (functions.connect)();
        (functions.leave)();
        if page.is_null() {
            (functions.erase)(place, SECTOR, BLOCK, ERASE_BLOCK);
        } else {
            (functions.program)(place, page, PAGE);
        }
        (functions.flush)();
        (functions.enter)();
    }
}
