//! awd's scorer on a micro:bit, with frames on the line to its USB chip and model slots in the last pages of its flash.
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

/// Length of a request with 24 samples.
const FRAME: usize = 96 + 16;

#[cortex_m_rt::entry]
fn main() -> ! {
    if let Some(mut line) = uart::line() {
        let _ = Server::<_, WORK, WINDOW, FRAME>::new(Flash::new(), None).serve(&mut line);
    }
    // The host requested a reset, or the line has ended.
    SCB::sys_reset()
}

/// awd does not panic. If other code does, the board restarts with the models in its slots.
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    SCB::sys_reset()
}
