//! awd's scorer on a Raspberry Pi Pico, with frames on UART 0 and model slots in the last part of the flash.
#![no_std]
#![no_main]

#[expect(unsafe_code, reason = "memory-mapped registers")]
mod clock;
#[expect(unsafe_code, reason = "the flash that the program runs from")]
mod flash;
#[expect(unsafe_code, reason = "memory-mapped registers")]
mod pin;
#[expect(unsafe_code, reason = "memory-mapped registers and handlers of the vector table")]
mod restart;
#[expect(unsafe_code, reason = "an interrupt")]
mod uart;

use awd_board_parts::{fault, updates};
use awd_core::model::MAX_WINDOW;
use awd_embedded::{Arrays, Server};
use core::panic::PanicInfo;
use cortex_m::singleton;
use flash::Flash;
use rp2040_hal::pac::Peripherals;

/// The second-stage bootloader, which the ROM starts and which configures the flash for the program. This one suits the
/// W25Q16 of a Pico.
#[expect(unsafe_code, reason = "the ROM looks for it at the beginning of the flash")]
#[unsafe(link_section = ".boot2")]
#[used]
static BOOT2: [u8; 256] = rp2040_boot2::BOOT_LOADER_W25Q080;

/// Samples of all windows: one of the longest that a model may have, or of up to 64 signals together.
const SAMPLES: usize = 16384;
const SIGNALS: usize = 64;

/// Work space for the longest window. With 40 taps, zero padding and one phase, each half of the second level is at
/// most 30 samples longer than a quarter of the window, and scoring needs 4 halves. A model that needs more is refused.
const WORK: usize = MAX_WINDOW as usize + 128;

/// Bytes of a request with 128 samples.
const REQUEST: usize = 512 + 18;

#[rp2040_hal::entry]
fn main() -> ! {
    let arrays = singleton!(: Arrays<WORK, SAMPLES, SIGNALS, REQUEST> = Arrays::new());
    if let (Some(mut line), Some(arrays)) = (Peripherals::take().and_then(uart::line), arrays) {
        pin::prepare();
        let mut server = Server::new(Flash::new(), None, arrays.memory());
        updates::set(&mut server, clock::start);
        server.on_event(pin::pulse);
        let _ = server.serve(&mut line);
    }
    // The host requested a reset, or the line has ended. Resets the whole chip; the core's own reset resets only the
    // core.
    rp2040_hal::reset()
}

/// awd does not panic. If other code does, that is a fault: the board restarts with the models in its slots.
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    fault::raise()
}
