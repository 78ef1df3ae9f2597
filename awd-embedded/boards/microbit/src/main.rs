//! awd's scorer on a micro:bit, with frames on the line to its USB chip and model slots in the last pages of its flash.
#![no_std]
#![no_main]

#[expect(unsafe_code, reason = "memory-mapped registers")]
mod clock;
#[expect(unsafe_code, reason = "the flash's controller")]
mod flash;
mod pin;
#[expect(unsafe_code, reason = "a handler of the vector table")]
mod restart;
#[expect(unsafe_code, reason = "memory-mapped registers")]
mod uart;

use awd_board_parts::{fault, nrf, updates};
use awd_embedded::{Arrays, Server};
use core::panic::PanicInfo;
use cortex_m::peripheral::SCB;
use cortex_m::singleton;
use flash::Flash;

/// Samples of the longest window or of all signals together, and of work space.
const SAMPLES: usize = 1536;
const WORK: usize = 384;
const SIGNALS: usize = 16;

/// Bytes of a request with 24 samples.
const REQUEST: usize = 96 + 18;

#[cortex_m_rt::entry]
fn main() -> ! {
    nrf::watchdog::start();
    let arrays = singleton!(: Arrays<WORK, SAMPLES, SIGNALS, REQUEST> = Arrays::new());
    if let (Some(mut line), Some(arrays)) = (uart::line(), arrays) {
        pin::prepare();
        let mut server = Server::new(Flash::new(), None, arrays.memory());
        updates::set(&mut server, clock::start);
        server.on_event(pin::pulse);
        let _ = server.serve(&mut line);
    }
    // The host requested a reset, or the line has ended.
    SCB::sys_reset()
}

/// awd does not panic. If other code does, that is a fault: the board restarts with the models in its slots.
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    fault::raise()
}
