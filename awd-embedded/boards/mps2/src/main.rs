//! awd's scorer on Arm's MPS2 boards with a Cortex-M3, M4F or M33, as emulated by QEMU: frames on UART 0, model slots
//! in memory that keeps its contents over a reset, log output by semihosting.
#![no_std]
#![no_main]

#[expect(unsafe_code, reason = "memory-mapped registers")]
mod clock;
#[expect(unsafe_code, reason = "memory that no variable owns")]
mod flash;
mod map;
#[expect(unsafe_code, reason = "memory-mapped registers")]
mod pin;
#[expect(unsafe_code, reason = "memory-mapped registers and a handler of the vector table")]
mod restart;
#[cfg_attr(feature = "embassy", path = "run/embassy.rs")]
#[expect(unsafe_code, reason = "interrupts")]
mod run;
#[expect(unsafe_code, reason = "memory-mapped registers")]
mod uart;

use awd_board_parts::{fault, updates};
use awd_core::model::MAX_WINDOW;
use awd_embedded::{Arrays, Server, Stop};
use core::convert::Infallible;
use core::panic::PanicInfo;
use cortex_m::peripheral::SCB;
use cortex_m::singleton;
// Links the logger.
use defmt_semihosting as _;
use flash::Flash;
use semihosting::process::exit;

/// Samples of all windows: one of the longest that a model may have, or of up to 256 signals together.
const SAMPLES: usize = 20480;
const SIGNALS: usize = 256;

/// Work space for the longest window. With 40 taps, zero padding and one phase, each half of the second level is at
/// most 30 samples longer than a quarter of the window, and scoring needs 4 halves. A model that needs more is refused.
const WORK: usize = MAX_WINDOW as usize + 128;

/// Bytes of a request with 128 samples.
const REQUEST: usize = 512 + 18;

#[cortex_m_rt::entry]
fn main() -> ! {
    restart::start();
    if let Some(fault) = fault::take() {
        defmt::error!(
            "restarted after exception {=u32} at {=u32:#010x}, called from {=u32:#010x}",
            fault.exception,
            fault.pc,
            fault.lr
        );
    }
    let arrays = singleton!(: Arrays<WORK, SAMPLES, SIGNALS, REQUEST> = Arrays::new());
    let (Some(line), Some(arrays)) = (uart::line(), arrays) else { exit(1) };
    defmt::info!(
        "ready: the server takes {=usize} bytes of RAM, for {=usize} signals with {=usize} samples",
        size_of_val(arrays) + size_of::<Server<'_, Flash>>(),
        SIGNALS,
        SAMPLES
    );
    let mut server = Server::new(Flash::new(), None, arrays.memory());
    updates::set(&mut server, clock::start);
    server.on_event(pin::pulse);
    run::run(line, server)
}

/// What follows when the server has stopped.
fn end(stop: Result<Stop, Infallible>) -> ! {
    match stop {
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
