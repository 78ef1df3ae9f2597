//! Flash for the model slots: the last 64 KiB (RP2040 datasheet, bootrom). The program runs from the same flash, which
//! cannot be read while it is written. So code in RAM calls functions of the ROM to write it, with interrupts disabled.

use awd_board_parts::flash::{self, Failed};
use core::hint::black_box;
use cortex_m::interrupt;
use rp2040_hal::rom_data;

/// The address of the flash. The ROM's functions take offsets from here.
const FLASH: usize = 0x1000_0000;

/// The offset of the slots in the flash. memory.x leaves the flash from here on free.
const FREE: usize = 0x001f_0000;

/// Bytes of a write and of an erase.
const PAGE: usize = 256;
const SECTOR: usize = 4096;

/// The size of a larger erase and the command for it, which the ROM's function takes as parameters. It is never used,
/// because only sectors are erased.
const BLOCK: u32 = 64 * 1024;
const ERASE_BLOCK: u8 = 0xd8;

/// Bytes of the second-stage bootloader at the start of the flash, which configures the flash for reading.
const BOOT: usize = 256;

/// The controller of the last part of the flash.
#[derive(Debug)]
pub struct LastPart;

/// The flash of the slots.
pub type Flash = flash::Flash<LastPart>;

// SAFETY: memory.x leaves this part free.
unsafe impl flash::Controller for LastPart {
    const BASE: usize = FLASH + FREE;
    const LEN: usize = 64 * 1024;
    const WRITE_SIZE: usize = 32;
    const ERASE_SIZE: usize = SECTOR;

    fn erase(offset: usize) -> Result<(), Failed> {
        change((FREE + offset) as u32, None);
        Ok(())
    }

    /// Writes one page per unit. Outside the unit the page is all ones, which leave the flash unchanged.
    fn write(offset: usize, bytes: &[u8]) -> Result<(), Failed> {
        let (units, _) = bytes.as_chunks::<{ Self::WRITE_SIZE }>();
        for (offset_in_flash, unit) in (FREE + offset..).step_by(Self::WRITE_SIZE).zip(units) {
            let offset_in_page = offset_in_flash % PAGE;
            let mut page = [0xff; PAGE];
            page.iter_mut().skip(offset_in_page).zip(unit).for_each(|(target, byte)| *target = *byte);
            change((offset_in_flash - offset_in_page) as u32, Some(&page));
        }
        Ok(())
    }
}

/// Functions outside the flash.
struct Functions {
    connect: unsafe extern "C" fn(),
    leave: unsafe extern "C" fn(),
    erase: unsafe extern "C" fn(u32, usize, u32, u8),
    program: unsafe extern "C" fn(u32, *const u8, usize),
    flush: unsafe extern "C" fn(),
    enter: unsafe extern "C" fn(),
}

/// Writes `page` if there is one; otherwise erases a sector.
fn change(offset: u32, page: Option<&[u8; PAGE]>) {
    // A copy of the bootloader on the stack, which can run while the flash cannot be read.
    let mut boot = [0_u32; BOOT / 4];
    for (word, i) in boot.iter_mut().zip((0..).step_by(4)) {
        // SAFETY: these bytes are at the start of the flash, and no variable is there.
        *word = unsafe { ((FLASH + i) as *const u32).read_volatile() };
    }
    // The lowest bit of a function's address selects the Thumb instruction set.
    let boot = black_box(&boot).as_ptr().cast::<u8>().wrapping_add(1);
    let functions = Functions {
        connect: rom_data::connect_internal_flash::ptr(),
        leave: rom_data::flash_exit_xip::ptr(),
        erase: rom_data::flash_range_erase::ptr(),
        program: rom_data::flash_range_program::ptr(),
        flush: rom_data::flash_flush_cache::ptr(),
        // SAFETY: the bootloader is position-independent, and returns if its caller is not the ROM.
        enter: unsafe { core::mem::transmute::<*const u8, unsafe extern "C" fn()>(boot) },
    };
    let page = page.map_or(core::ptr::null(), |page| page.as_ptr());
    // SAFETY: interrupts are disabled, the other core sleeps in the ROM, and no DMA runs, so nothing reads the flash
    // meanwhile. The offset is within the flash of the slots. `functions` and `page` are in RAM.
    interrupt::free(|_| unsafe { run(&functions, offset, page) });
}

/// Runs from RAM while the flash cannot be read. Calls only `functions`.
///
/// # Safety
/// Nothing else reads the flash meanwhile. `page` is null or points to [`PAGE`] bytes.
#[inline(never)]
#[unsafe(link_section = ".data.flash")]
unsafe fn run(functions: &Functions, offset: u32, page: *const u8) {
    // SAFETY: the order is that of the datasheet; the caller promises the rest.
    unsafe {
        (functions.connect)();
        (functions.leave)();
        if page.is_null() {
            (functions.erase)(offset, SECTOR, BLOCK, ERASE_BLOCK);
        } else {
            (functions.program)(offset, page, PAGE);
        }
        (functions.flush)();
        (functions.enter)();
    }
}
