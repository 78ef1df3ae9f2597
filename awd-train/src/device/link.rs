//! One question, one answer, over a line that may lose or damage either.

use awd_embedded::frame::Decoder;
use awd_embedded::protocol::{MAX_DECODED, MAX_FRAME, Refusal, Request, Response, UNREAD, decode, encode};
use std::fmt;
use std::io;
use std::net::UdpSocket;
use std::time::{Duration, Instant};

/// How long an answer may take.
pub(super) const TIMEOUT: Duration = Duration::from_secs(5);

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// Question or answer was lost or damaged; asking again may help.
    Lost(String),
    /// The board understood, and will not.
    Refused(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Lost(why) | Self::Refused(why)) = self;
        f.write_str(why)
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Lost(error.to_string())
    }
}

/// The host's end of the line.
#[derive(Debug)]
pub(super) struct Link {
    socket: UdpSocket,
    decoder: Decoder<MAX_DECODED>,
    sequence: u8,
    timeout: Duration,
}

impl Link {
    /// A line over a connected socket. The bytes are a stream; that they travel in datagrams means nothing.
    pub fn new(socket: UdpSocket, timeout: Duration) -> Self {
        Self { socket, decoder: Decoder::new(), sequence: UNREAD, timeout }
    }

    /// Ends whatever half a frame the board is waiting for the rest of.
    pub fn flush(&mut self) -> Result<(), Fault> {
        self.send(&[0])
    }

    pub fn send(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        self.socket.send(bytes)?;
        Ok(())
    }

    /// Asks once. `read` takes what it wants of the answer, or nothing of one that does not fit the question.
    pub fn ask<T>(&mut self, request: &Request<'_>, read: impl FnOnce(&Response<'_>) -> Option<T>) -> Result<T, Fault> {
        // An answer that comes too late bears an older number and is passed over; 0 is not a request's number.
        self.sequence = self.sequence.checked_add(1).unwrap_or(1);
        let mut frame = [0; MAX_FRAME];
        let frame = encode(self.sequence, request, &mut frame)
            .map_err(|_| Fault::Refused("request: longer than a frame".into()))?;
        self.send(frame)?;
        self.answer(read)
    }

    /// Waits for the answer to the latest request.
    pub fn answer<T>(&mut self, read: impl FnOnce(&Response<'_>) -> Option<T>) -> Result<T, Fault> {
        let deadline = Instant::now() + self.timeout;
        let mut incoming = [0; MAX_FRAME];
        loop {
            let len = self.receive(&mut incoming, deadline)?;
            for &byte in incoming.iter().take(len) {
                let Some(frame) = self.decoder.push(byte) else { continue };
                let frame = frame.map_err(|error| Fault::Lost(format!("the answer is damaged: {error}")))?;
                let response: Response<'_> =
                    decode(frame.payload).map_err(|error| Fault::Lost(format!("the answer is unknown: {error}")))?;
                match &response {
                    Response::Refused(Refusal::Frame(error)) if frame.sequence == UNREAD => {
                        return Err(Fault::Lost(error.to_string()));
                    }
                    _ if frame.sequence != self.sequence => {}
                    Response::Refused(refusal) => return Err(Fault::Refused(refusal.to_string())),
                    answer => {
                        return read(answer)
                            .ok_or_else(|| Fault::Refused("the answer does not fit the question".into()));
                    }
                }
            }
        }
    }

    fn receive(&mut self, buffer: &mut [u8], deadline: Instant) -> Result<usize, Fault> {
        let silence = || Fault::Lost(format!("no answer within {} s", self.timeout.as_secs_f32()));
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(silence());
        }
        self.socket.set_read_timeout(Some(left))?;
        self.socket.recv(buffer).map_err(|error| match error.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => silence(),
            _ => error.into(),
        })
    }
}
