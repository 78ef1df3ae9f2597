//! awd's scorer on an STM32F411, with frames on the line to a Nucleo's debugger and model slots in the last two sectors
//! of the flash.
#![no_std]
#![no_main]

#[expect(unsafe_code, reason = "memory-mapped registers")]
mod clock;
#[expect(unsafe_code, reason = "the flash's controller")]
mod flash;
#[expect(unsafe_code, reason = "memory-mapped registers")]
mod pin;
#[expect(unsafe_code, reason = "memory-mapped registers and a handler of the vector table")]
mod restart;
#[expect(unsafe_code, reason = "memory-mapped registers")]
mod uart;

use awd_board_parts::{fault, updates};
use awd_core::model::MAX_WINDOW;
use awd_embedded::{Arrays, Server};
use core::panic::PanicInfo;
use cortex_m::peripheral::SCB;
use cortex_m::singleton;
use flash::Flash;

/// Samples of all windows: one of the longest that a model may have, or of up to 64 signals together.
const SAMPLES: usize = 8192;
const SIGNALS: usize = 64;

/// Work space for the longest window. With 40 taps, zero padding and one phase, each half of the second level is at
/// most 30 samples longer than a quarter of the window, and scoring needs 4 halves. A model that needs more is refused.
const WORK: usize = MAX_WINDOW as usize + 128;

/// Bytes of a request with 128 samples.
const REQUEST: usize = 512 + 18;

#[cortex_m_rt::entry]
fn main() -> ! {
    restart::start();
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
