//! awd's scorer on Arm's MPS2 boards, as QEMU emulates them, with a Cortex-M3, M4F or M33: frames on UART 0, models in memory that a reset leaves alone, the log by
//! semihosting.
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
// Linked in for the logger.
use defmt_semihosting as _;
use flash::Flash;
use semihosting::process::exit;

/// Any window that a model may have.
const WINDOW: usize = MAX_WINDOW as usize;

/// The work space of any such model: as much as the window, and the 4 × 30 samples by which 40 taps lengthen the
/// halves of the second level.
const WORK: usize = WINDOW + 128;

/// A request of 128 samples.
const FRAME: usize = 512 + 16;

#[cortex_m_rt::entry]
fn main() -> ! {
    let Some(mut line) = uart::line() else { exit(1) };
    // On the stack and not in a static: an `Option<Model>` that is empty is not all zeros, and would be flashed.
    let mut server = Server::<_, WORK, WINDOW, FRAME>::new(Flash::new(), None);
    defmt::info!("ready: {=usize} bytes of RAM for a window of {=usize}", size_of_val(&server), WINDOW);
    match server.serve(&mut line) {
        Ok(Stop::Reset) => SCB::sys_reset(),
        Ok(Stop::End) => exit(0),
    }
}

/// Says where and stops the emulator, so that the host sees the line end instead of waiting for it.
#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    match info.location() {
        Some(place) => defmt::error!("panicked at {=str}:{=u32}", place.file(), place.line()),
        None => defmt::error!("panicked"),
    }
    exit(1)
}
