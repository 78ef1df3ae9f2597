//! awd's scorer on Arm's MPS2 boards with a Cortex-M3, M4F or M33, as emulated by QEMU: frames on UART 0, model slots
//! in memory that keeps its contents over a reset, log output by semihosting.
#![no_std]
#![no_main]

#[expect(unsafe_code, reason = "memory that no variable owns")]
mod flash;
mod map;
#[expect(unsafe_code, reason = "memory-mapped registers")]
mod uart;

use awd_core::model::MAX_WINDOW;
use awd_embedded::{Server, Stop};
use core::panic::PanicInfo;
use cortex_m::peripheral::SCB;
// Links the logger.
use defmt_semihosting as _;
use flash::Flash;
use semihosting::process::exit;

/// The longest window that a model may have.
const WINDOW: usize = MAX_WINDOW as usize;

/// Work space for windows of that length. With 40 taps, zero padding and one phase, each half of the second level is at
/// most 30 samples longer than a quarter of the window, and scoring needs 4 halves. A model that needs more is refused.
const WORK: usize = WINDOW + 128;

/// Length of a request with 128 samples.
const FRAME: usize = 512 + 16;

#[cortex_m_rt::entry]
fn main() -> ! {
    let Some(mut line) = uart::line() else { exit(1) };
    // On the stack and not in a static: an empty `Option` in it is not all zeros, so a static would take flash.
    let mut server = Server::<_, WORK, WINDOW, FRAME>::new(Flash::new(), None);
    defmt::info!(
        "ready: the server takes {=usize} bytes of RAM, for windows of at most {=usize} samples",
        size_of_val(&server),
        WINDOW
    );
    match server.serve(&mut line) {
        Ok(Stop::Reset) => SCB::sys_reset(),
        Ok(Stop::End) => exit(0),
    }
}

/// Logs the location and stops the emulator, so that the line ends and the host does not wait for an answer.
#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    match info.location() {
        Some(place) => defmt::error!("panicked at {=str}:{=u32}", place.file(), place.line()),
        None => defmt::error!("panicked"),
    }
    exit(1)
}
