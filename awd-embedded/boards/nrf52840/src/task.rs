//! The task that serves the line. Others can be added beside it.

use crate::flash::Flash;
use crate::uart::Line;
use awd_embedded::Server;
use cortex_m::peripheral::SCB;

/// Serves until the host requests a reset, or the line ends, and resets the board then.
#[embassy_executor::task]
pub async fn serve(mut line: Line, mut server: Server<'static, Flash>) {
    let _ = server.serve_async(&mut line).await;
    SCB::sys_reset()
}
