//! Runs the server as a task of Embassy's executor, which sleeps until an interrupt wakes the task.

use crate::flash::Flash;
use crate::map::{UART_INTERRUPT, UART_SENT_INTERRUPT};
use crate::restart::Watchdog;
use crate::uart::{TX_INTERRUPT_ENABLE, Transmitter, receive, sent};
use awd_board_parts::fault;
use awd_board_parts::waiting::{Waiting, connect, enable, start_timer, wake};
use awd_embedded::Server;
use awd_embedded::receive::Ring;
use cortex_m::singleton;
use cortex_m_rt::exception;
use embassy_executor::Executor;
use semihosting::process::exit;

/// The line that the server is run with.
pub type Line = Waiting<Transmitter, Watchdog>;

/// Besides that of received bytes, the interrupt of an empty transmit buffer.
pub const INTERRUPT_ENABLE: u32 = TX_INTERRUPT_ENABLE;

/// The line, with its interrupts enabled. The UART must be on.
pub fn line<const N: usize>(ring: &'static mut Ring<N>, transmitter: Transmitter) -> Line {
    let line = connect(ring, transmitter);
    // SAFETY: these are the UART's interrupts, and the handler below serves them.
    [UART_INTERRUPT, UART_SENT_INTERRUPT].into_iter().for_each(|interrupt| unsafe { enable(interrupt) });
    start_timer();
    line
}

/// Serves until the host requests a reset.
pub fn run(line: Line, server: Server<'static, Flash>) -> ! {
    let (Some(executor), Ok(task)) = (singleton!(: Executor = Executor::new()), serve(line, server)) else { exit(1) };
    defmt::info!("Embassy's executor runs");
    executor.run(|spawner| spawner.spawn(task))
}

#[embassy_executor::task]
async fn serve(mut line: Line, mut server: Server<'static, Flash>) {
    crate::end(server.serve_async(&mut line).await)
}

/// The timer: the task feeds the watchdog.
#[exception]
fn SysTick() {
    wake();
}

/// The serial line's interrupts are the only ones enabled.
#[exception]
unsafe fn DefaultHandler(number: i16) {
    match u16::try_from(number) {
        Ok(UART_INTERRUPT) => receive(),
        Ok(UART_SENT_INTERRUPT) => sent(),
        _ => fault::raise(),
    }
    wake();
}
