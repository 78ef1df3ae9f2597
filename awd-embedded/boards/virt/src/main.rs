//! awd's scorer on a RISC-V, the board `virt` of QEMU: frames on its UART, model slots in memory that keeps its contents
//! over a reset, log output by semihosting.
#![no_std]
#![no_main]

#[expect(unsafe_code, reason = "memory-mapped registers")]
mod clock;
mod event;
#[expect(unsafe_code, reason = "memory that no variable owns")]
mod flash;
mod memory;
#[expect(unsafe_code, reason = "a memory-mapped register and handlers of traps")]
mod restart;
#[expect(unsafe_code, reason = "memory-mapped registers and an interrupt")]
mod uart;

use awd_board_parts::{fault, updates};
use awd_embedded::{Server, Stop};
use core::panic::PanicInfo;
// Links the logger.
use defmt_semihosting as _;
use flash::Flash;
use memory::{SAMPLES, SIGNALS, arrays};
use semihosting::process::exit;

#[riscv_rt::entry]
fn main() -> ! {
    if let Some(fault) = fault::take() {
        defmt::error!(
            "restarted after exception {=u32} at {=u32:#010x}, called from {=u32:#010x}",
            fault.exception,
            fault.pc,
            fault.lr
        );
    }
    let (Some(mut line), Some(arrays)) = (uart::line(), arrays()) else { exit(1) };
    defmt::info!(
        "ready: the server takes {=usize} bytes of RAM, for {=usize} signals with {=usize} samples",
        size_of_val(arrays) + size_of::<Server<'_, Flash>>(),
        SIGNALS,
        SAMPLES
    );
    let mut server = Server::new(Flash::new(), None, arrays.memory());
    updates::set(&mut server, clock::start);
    server.on_event(event::count);
    match server.serve(&mut line) {
        Ok(Stop::Reset) => restart::reset(),
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
