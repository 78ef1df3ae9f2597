//! Loops that move bytes between a line and the server.

use super::Server;
use crate::slots::Mapped;
use embedded_io::{Read, Write};
use embedded_io_async as asynchronous;

/// Bytes that are read from the line at once.
const AT_ONCE: usize = 32;

/// What a board provides: a byte stream and optional hooks.
pub trait Board: Read + Write {
    /// Called before every read. To detect a hanging loop, feed a watchdog here, and also while a read waits.
    fn alive(&mut self) {}

    /// Bytes lost because they arrived faster than they were read, since the board started.
    fn lost(&self) -> u32 {
        0
    }
}

/// Why a loop stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// The line ended: a read returned no bytes.
    End,
    /// The host requested a restart of the board.
    Reset,
}

impl<F: Mapped> Server<'_, F> {
    /// Starts, see [`Server::start`], and answers requests.
    ///
    /// # Errors
    /// Reading from the line or writing to it fails.
    pub fn serve<B: Board>(&mut self, board: &mut B) -> Result<Stop, B::Error> {
        send(board, self.start())?;
        let mut received = [0; AT_ONCE];
        loop {
            board.alive();
            let len = board.read(&mut received)?;
            if len == 0 {
                return Ok(Stop::End);
            }
            self.set_lost(board.lost());
            let mut bytes = received.get(..len).unwrap_or_default();
            while let Some(answer) = self.feed(&mut bytes) {
                send(board, answer)?;
                board.flush()?;
                if self.must_reset() {
                    return Ok(Stop::Reset);
                }
            }
        }
    }

    /// The same as [`Server::serve`] for an executor such as Embassy's: between requests the task waits for the line.
    /// If the task is dropped while it sends an answer, later bytes that it has read are lost, and the host repeats their
    /// request. Bytes that the line loses are not counted.
    ///
    /// # Errors
    /// Reading from the line or writing to it fails.
    pub async fn serve_async<L>(&mut self, line: &mut L) -> Result<Stop, L::Error>
    where
        L: asynchronous::Read + asynchronous::Write,
    {
        send_async(line, self.start()).await?;
        let mut received = [0; AT_ONCE];
        loop {
            let len = line.read(&mut received).await?;
            if len == 0 {
                return Ok(Stop::End);
            }
            let mut bytes = received.get(..len).unwrap_or_default();
            while let Some(answer) = self.feed(&mut bytes) {
                send_async(line, answer).await?;
                line.flush().await?;
                if self.must_reset() {
                    return Ok(Stop::Reset);
                }
            }
        }
    }
}

/// Sends all bytes, unless the line ends. `Write::write_all` would panic in that case.
fn send<B: Board>(board: &mut B, mut bytes: &[u8]) -> Result<(), B::Error> {
    while !bytes.is_empty() {
        match board.write(bytes)? {
            0 => break,
            sent => bytes = bytes.get(sent..).unwrap_or_default(),
        }
    }
    Ok(())
}

/// The same, asynchronously.
async fn send_async<L: asynchronous::Write>(line: &mut L, mut bytes: &[u8]) -> Result<(), L::Error> {
    while !bytes.is_empty() {
        match line.write(bytes).await? {
            0 => break,
            sent => bytes = bytes.get(sent..).unwrap_or_default(),
        }
    }
    Ok(())
}
