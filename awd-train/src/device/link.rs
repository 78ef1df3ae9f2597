//! Requests and answers, over a line that may lose or damage either.

use super::answer::{answer_text, request_text};
use super::port::Port;
use awd_embedded::frame::{self, Decoder, FrameError, encoded_len};
use awd_embedded::protocol::{MAX_ANSWER_DECODED, Refusal, Request, Response, UNREAD, decode};
use std::io;
use std::time::{Duration, Instant};

/// The usual time limit for an answer.
pub(super) const TIMEOUT: Duration = Duration::from_secs(5);

/// The time limit for an answer of a board that is starting.
pub(super) const START: Duration = Duration::from_millis(200);

/// How long a line is silent before it counts as idle.
const IDLE: Duration = Duration::from_millis(20);

/// How often a request is sent before it counts as lost. The board does not execute a repeated request twice.
pub(super) const ATTEMPTS: usize = 3;

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Fault {
    /// The request or the answer was lost or damaged. Sending it again may help.
    #[error("{0}")]
    Lost(String),
    /// The board understood the request and refuses it.
    #[error("{0}")]
    Refused(String),
    /// The answer is intact, but does not fit the request.
    #[error("{0}")]
    Unexpected(String),
    /// The other end speaks another version of the protocol.
    #[error("{0}")]
    Version(String),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Lost(error.to_string())
    }
}

/// The host's end of the line.
pub(super) struct Link {
    port: Box<dyn Port>,
    decoder: Decoder<[u8; MAX_ANSWER_DECODED]>,
    sequence: u8,
    /// How long an answer may take.
    pub timeout: Duration,
}

impl Link {
    /// A link over this port. Its sequence numbers start at an arbitrary value, so that the board does not take the
    /// first request for a repetition of another program's.
    pub fn new(port: Box<dyn Port>, timeout: Duration) -> Self {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let [sequence, ..] = since.map_or(0, |since| since.subsec_micros()).to_le_bytes();
        Self { port, decoder: Decoder::new([0; MAX_ANSWER_DECODED]), sequence, timeout }
    }

    pub fn send(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        self.port.send(bytes, self.timeout).map_err(|error| match error.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
                Fault::Lost(format!("the serial line accepts no more bytes within {} s", self.timeout.as_secs_f32()))
            }
            _ => error.into(),
        })
    }

    /// Sends a request until it is answered: a bounded number of attempts, each of bounded time. `read` returns what it
    /// needs of the answer, or `None` if the answer does not fit the request. `alive` fails if the board is gone.
    pub fn ask<T, E: From<Fault>>(
        &mut self,
        request: &Request<'_>,
        mut read: impl FnMut(&Response<'_>) -> Option<T>,
        mut alive: impl FnMut() -> Result<(), E>,
    ) -> Result<T, E> {
        // A late answer has an older number and is skipped. Requests do not have the number 0.
        self.sequence = self.sequence.checked_add(1).unwrap_or(1);
        let payload = postcard::to_allocvec(request).map_err(|why| Fault::Refused(format!("request: {why}")))?;
        let mut buffer = vec![0; encoded_len(payload.len())];
        let question = frame::encode(self.sequence, &payload, &mut buffer)
            .map_err(|_| Fault::Refused("request: it is longer than a frame".into()))?;
        let mut attempt = 1;
        loop {
            // Before another attempt, a zero ends a frame of which the board may have received only a part.
            let sent = if attempt == 1 { Ok(()) } else { self.send(&[0]) };
            match sent.and_then(|()| self.send(question)).and_then(|()| self.answer(&mut read)) {
                Err(Fault::Unexpected(answer)) => {
                    return Err(Fault::Unexpected(format!("it answered {answer} to {}", request_text(request))).into());
                }
                // A damaged frame may look like a frame of another version.
                Err(Fault::Lost(_) | Fault::Version(_)) if attempt < ATTEMPTS => alive()?,
                Err(Fault::Lost(why)) => {
                    alive()?;
                    return Err(Fault::Lost(format!("{why} (asked {ATTEMPTS} times)")).into());
                }
                answer => return Ok(answer?),
            }
            attempt += 1;
            self.drain(IDLE);
        }
    }

    /// Discards late answers until the line is silent for `quiet`. If a board never stops sending, this ends after the
    /// time limit of an answer.
    pub fn drain(&mut self, quiet: Duration) {
        let deadline = Instant::now() + self.timeout;
        while self.port.receive(&mut [0; 1024], quiet).is_ok() && Instant::now() < deadline {}
        self.decoder = Decoder::new([0; MAX_ANSWER_DECODED]);
    }

    /// Waits for the answer to the latest request.
    pub fn answer<T>(&mut self, read: &mut impl FnMut(&Response<'_>) -> Option<T>) -> Result<T, Fault> {
        let deadline = Instant::now() + self.timeout;
        let mut incoming = [0; 1024];
        let mut others = 0_usize;
        loop {
            let len = self.receive(&mut incoming, deadline, others)?;
            for &byte in incoming.iter().take(len) {
                let Some(frame) = self.decoder.push(byte) else { continue };
                let frame = frame.map_err(|error| match error {
                    FrameError::Version { found, .. } => other_version(found),
                    error => Fault::Lost(format!("the answer is damaged: {error}")),
                })?;
                let response: Response<'_> = decode(frame.payload)
                    .map_err(|error| Fault::Lost(format!("the answer cannot be decoded: {error}")))?;
                match &response {
                    Response::Refused(Refusal::Frame(FrameError::Version { speaks, .. })) => {
                        return Err(other_version(*speaks));
                    }
                    Response::Refused(Refusal::Frame(error)) if frame.sequence == UNREAD => {
                        return Err(Fault::Lost(error.to_string()));
                    }
                    _ if frame.sequence != self.sequence => others += 1,
                    // `read` may know what to do about a refusal.
                    Response::Refused(refusal) => {
                        return read(&response).ok_or_else(|| Fault::Refused(refusal.to_string()));
                    }
                    answer => return read(answer).ok_or_else(|| Fault::Unexpected(answer_text(answer))),
                }
            }
        }
    }

    /// Receives bytes until the deadline. `others` is the number of answers to other requests so far.
    fn receive(&mut self, buffer: &mut [u8], deadline: Instant, others: usize) -> Result<usize, Fault> {
        let silence = || {
            let others_text =
                if others == 0 { String::new() } else { format!(", but {others} answers to other requests") };
            Fault::Lost(format!("no answer within {} s{others_text}", self.timeout.as_secs_f32()))
        };
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(silence());
        }
        match self.port.receive(buffer, left) {
            Err(error) => match error.kind() {
                io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => Err(silence()),
                io::ErrorKind::Interrupted => Ok(0),
                _ => Err(error.into()),
            },
            Ok(len) => Ok(len),
        }
    }
}

/// The fault of a board that speaks another version of the protocol.
fn other_version(speaks: u8) -> Fault {
    let here = frame::VERSION;
    Fault::Version(format!("it uses protocol {speaks}, this program {here}: flash the firmware of this version"))
}
