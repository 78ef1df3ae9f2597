//! awd's scorer on a Raspberry Pi Pico, with frames on UART 0 and model slots in the last part of the flash.
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

/// The second-stage bootloader, which the ROM starts and which configures the flash for the program. This one suits the
/// W25Q16 of a Pico.
#[expect(unsafe_code, reason = "the ROM looks for it at the beginning of the flash")]
#[unsafe(link_section = ".boot2")]
#[used]
static BOOT2: [u8; 256] = rp2040_boot2::BOOT_LOADER_W25Q080;

/// The longest window that a model may have.
const WINDOW: usize = MAX_WINDOW as usize;

/// Work space for windows of that length. With 40 taps, zero padding and one phase, each half of the second level is at
/// most 30 samples longer than a quarter of the window, and scoring needs 4 halves. A model that needs more is refused.
const WORK: usize = WINDOW + 128;

/// Length of a request with 128 samples.
const FRAME: usize = 512 + 16;

#[rp2040_hal::entry]
fn main() -> ! {
    if let Some(mut line) = Peripherals::take().and_then(uart::line) {
        let _ = Server::<_, WORK, WINDOW, FRAME>::new(Flash::new(), None).serve(&mut line);
    }
    // The host requested a reset, or the line has ended. Resets the whole chip; the core's own reset resets only the
    // core.
    rp2040_hal::reset()
}

/// awd does not panic. If other code does, the board restarts with the models in its slots.
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    rp2040_hal::reset()
}
