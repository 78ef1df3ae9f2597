//! Runs the server in a loop that sleeps until a byte arrives.

use crate::flash::Flash;
use crate::map::UART_INTERRUPT;
use crate::restart::Watchdog;
use crate::uart::{Transmitter, receive};
use awd_board_parts::{fault, line};
use awd_embedded::Server;
use awd_embedded::receive::Ring;
use cortex_m_rt::exception;

/// The line that the server is run with.
pub type Line = line::Line<Transmitter, Watchdog>;

/// The UART has no interrupts besides that of received bytes.
pub const INTERRUPT_ENABLE: u32 = 0;

/// The line, with its interrupt enabled. The UART must be on.
pub fn line<const N: usize>(ring: &'static mut Ring<N>, transmitter: Transmitter) -> Line {
    // SAFETY: this is the receive interrupt, and the handler below serves it.
    unsafe { line::open(ring, transmitter, UART_INTERRUPT) }
}

/// Serves until the host requests a reset.
pub fn run(mut line: Line, mut server: Server<'static, Flash>) -> ! {
    crate::end(server.serve(&mut line))
}

/// The serial line's interrupt is the only one enabled.
#[exception]
unsafe fn DefaultHandler(number: i16) {
    if number != UART_INTERRUPT as i16 {
        fault::raise();
    }
    receive();
}
