//! awd's scorer on a micro:bit: frames on the line to its USB chip, models in the last pages of its flash.
#![no_std]
#![no_main]

#[expect(unsafe_code, reason = "the flash's controller")]
mod flash;
#[expect(unsafe_code, reason = "memory-mapped registers")]
mod uart;

use awd_embedded::Server;
use core::panic::PanicInfo;
use cortex_m::peripheral::SCB;
use flash::Flash;

/// Samples of the longest window, and of work space.
const WINDOW: usize = 256;
const WORK: usize = 384;

/// A request of 24 samples.
const FRAME: usize = 96 + 16;

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
