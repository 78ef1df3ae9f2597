//! awd's scorer on a Raspberry Pi Pico: frames on UART 0, models in the last part of its flash.
#![no_std]
#![no_main]

#[expect(unsafe_code, reason = "the flash that the program runs from")]
mod flash;
#[expect(unsafe_code, reason = "an interrupt")]
mod uart;

use awd_core::model::MAX_WINDOW;
use awd_embedded::Server;
use core::panic::PanicInfo;
use flash::Flash;
use rp2040_hal::pac::Peripherals;

/// What the ROM starts: it sets the flash up for the program. That of the W25Q16 that a Pico has.
#[expect(unsafe_code, reason = "the ROM looks for it at the beginning of the flash")]
#[unsafe(link_section = ".boot2")]
#[used]
static BOOT2: [u8; 256] = rp2040_boot2::BOOT_LOADER_W25Q080;

/// Any window that a model may have.
const WINDOW: usize = MAX_WINDOW as usize;

/// The work space of any such model: as much as the window, and the 4 × 30 samples by which 40 taps lengthen the
/// halves of the second level.
const WORK: usize = WINDOW + 128;

/// A request of 128 samples.
const FRAME: usize = 512 + 16;

#[rp2040_hal::entry]
fn main() -> ! {
    if let Some(mut line) = Peripherals::take().and_then(uart::line) {
        let _ = Server::<_, WORK, WINDOW, FRAME>::new(Flash::new(), None).serve(&mut line);
    }
    // Asked to, or with nothing left to do. Of the whole chip, for the core's own reset is that of the core alone.
    rp2040_hal::reset()
}

/// Nothing that awd does panics; were something else to, the board starts anew with the models that it has.
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    rp2040_hal::reset()
}
