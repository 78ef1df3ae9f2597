//! A line of an executor's drivers, such as Embassy's, and the watchdog.

use crate::watchdog::Watchdog;
use core::marker::PhantomData;
use embedded_io_async::{ErrorType, Read, Write};

/// The line `L`. Each read feeds the watchdog `D`, and is repeated if it fails: bytes that were lost damage a frame, which
/// the host then repeats.
#[derive(Debug)]
pub struct Attended<L, D> {
    line: L,
    watchdog: PhantomData<D>,
}

impl<L, D: Watchdog> Attended<L, D> {
    /// The watchdog runs already. It must pause while the processor sleeps, because only a read feeds it.
    pub fn new(line: L) -> Self {
        const { assert!(!D::COUNTS_IN_SLEEP, "nothing ends the sleep to feed the watchdog") };
        Self { line, watchdog: PhantomData }
    }
}

impl<L: ErrorType, D> ErrorType for Attended<L, D> {
    type Error = L::Error;
}

impl<L: Read, D: Watchdog> Read for Attended<L, D> {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, L::Error> {
        D::feed();
        // Not fed again here, so that a line that only fails restarts the board.
        loop {
            if let Ok(len) = self.line.read(buffer).await {
                return Ok(len);
            }
        }
    }
}

impl<L: Write, D> Write for Attended<L, D> {
    async fn write(&mut self, buffer: &[u8]) -> Result<usize, L::Error> {
        self.line.write(buffer).await
    }

    async fn flush(&mut self) -> Result<(), L::Error> {
        self.line.flush().await
    }
}
