//! awd's scorer on an emulated Cortex-M4F: frames on UART 0, the log by semihosting.
#![no_std]
#![no_main]

#[expect(unsafe_code, reason = "memory-mapped registers")]
mod uart;

use awd_core::model::MAX_WINDOW;
use awd_embedded::Server;
use core::panic::PanicInfo;
// Linked in for the critical section and for the logger.
use cortex_m as _;
use defmt_semihosting as _;
use semihosting::process::exit;
use uart::Uart;

/// Any window that a model may have.
const WINDOW: usize = MAX_WINDOW as usize;

/// The work space of any such model: as much as the window, and the 4 × 30 samples by which 40 taps lengthen the
/// halves of the second level.
const WORK: usize = WINDOW + 128;

#[cortex_m_rt::entry]
fn main() -> ! {
    // On the stack and not in a static: an `Option<Model>` that is empty is not all zeros, and would be flashed.
    let mut server = Server::<WORK, WINDOW>::new();
    defmt::info!("ready: {=usize} bytes of RAM for a window of {=usize}", size_of_val(&server), WINDOW);
    let Ok(()) = server.serve(&mut Uart::new());
    exit(0)
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
