//! awd's scorer on an nRF52840-DK: frames on the line to its debugger, models in the last pages of the flash.
#![no_std]
#![no_main]

#[expect(unsafe_code, reason = "the flash's controller")]
mod flash;
#[expect(unsafe_code, reason = "memory-mapped registers")]
mod uart;

use awd_core::model::MAX_WINDOW;
use awd_embedded::Server;
use core::panic::PanicInfo;
use cortex_m::peripheral::SCB;
use flash::Flash;

/// Any window that a model may have.
const WINDOW: usize = MAX_WINDOW as usize;

/// The work space of any such model: as much as the window, and the 4 × 30 samples by which 40 taps lengthen the
/// halves of the second level.
const WORK: usize = WINDOW + 128;

/// A request of 128 samples.
const FRAME: usize = 512 + 16;

#[cortex_m_rt::entry]
fn main() -> ! {
    if let Some(mut line) = uart::line() {
        let _ = Server::<_, WORK, WINDOW, FRAME>::new(Flash::new(), None).serve(&mut line);
    }
    // Asked to, or with nothing left to do.
    SCB::sys_reset()
}

/// Nothing that awd does panics; were something else to, the board starts anew with the models that it has.
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    SCB::sys_reset()
}
