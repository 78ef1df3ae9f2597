//! awd's scorer on an STM32F411, with frames on the line to a Nucleo's debugger and model slots in the last two sectors
//! of the flash.
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

/// The longest window that a model may have.
const WINDOW: usize = MAX_WINDOW as usize;

/// Work space for windows of that length. With 40 taps, zero padding and one phase, each half of the second level is at
/// most 30 samples longer than a quarter of the window, and scoring needs 4 halves. A model that needs more is refused.
const WORK: usize = WINDOW + 128;

/// Length of a request with 128 samples.
const FRAME: usize = 512 + 16;

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
