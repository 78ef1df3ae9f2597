//! One question, one answer, over a line that may lose or damage either.

use super::answer::{answered, asked};
use super::port::Port;
use awd_embedded::frame::{self, Decoder, FrameError, encoded_len};
use awd_embedded::protocol::{MAX_ANSWER_DECODED, Refusal, Request, Response, UNREAD, decode};
use std::io;
use std::time::{Duration, Instant};

/// How long an answer usually may take.
pub(super) const TIMEOUT: Duration = Duration::from_secs(5);

/// How long it may take a board that starts.
pub(super) const START: Duration = Duration::from_millis(200);

/// How long a line is silent that has nothing to say.
const MOMENT: Duration = Duration::from_millis(20);

/// How often a question is asked before its loss is an error. The board does not do twice what comes twice.
pub(super) const ATTEMPTS: usize = 3;

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Fault {
    /// Question or answer was lost or damaged; asking again may help.
    #[error("{0}")]
    Lost(String),
    /// The board understood, and will not.
    #[error("{0}")]
    Refused(String),
    /// The board answered, in a whole frame, what is no answer to the question.
    #[error("{0}")]
    Unfit(String),
    /// Somebody is there, but nobody who is understood.
    #[error("{0}")]
    Foreign(String),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Lost(error.to_string())
    }
}

/// The host's end of the line.
pub(super) struct Link {
    port: Box<dyn Port>,
    decoder: Decoder<MAX_ANSWER_DECODED>,
    sequence: u8,
    /// How long an answer may take.
    pub timeout: Duration,
}

impl Link {
    /// A line over this port. The numbers of its questions begin anywhere, so that the first is not taken for one that the
    /// board has answered to somebody else.
    pub fn new(port: Box<dyn Port>, timeout: Duration) -> Self {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let [sequence, ..] = since.map_or(0, |since| since.subsec_micros()).to_le_bytes();
        Self { port, decoder: Decoder::new(), sequence, timeout }
    }

    pub fn send(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        self.port.send(bytes, self.timeout).map_err(|error| match error.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
                Fault::Lost(format!("the line takes no more bytes within {} s", self.timeout.as_secs_f32()))
            }
            _ => error.into(),
        })
    }

    /// Asks until there is an answer, a bounded number of times, each of which takes a bounded time. `read` takes what it wants of
    /// the answer, or nothing of one that does not fit the question. `alive` fails if there is nobody to ask any more.
    pub fn ask<T, E: From<Fault>>(
        &mut self,
        request: &Request<'_>,
        mut read: impl FnMut(&Response<'_>) -> Option<T>,
        mut alive: impl FnMut() -> Result<(), E>,
    ) -> Result<T, E> {
        // An answer that comes too late bears an older number and is passed over; 0 is not a request's number.
        self.sequence = self.sequence.checked_add(1).unwrap_or(1);
        let payload = postcard::to_allocvec(request).map_err(|why| Fault::Refused(format!("request: {why}")))?;
        let mut buffer = vec![0; encoded_len(payload.len())];
        let question = frame::encode(self.sequence, &payload, &mut buffer)
            .map_err(|_| Fault::Refused("request: longer than a frame".into()))?;
        let mut attempt = 1;
        loop {
            // Behind a zero, which ends whatever half a frame the board is waiting for the rest of.
            let sent = if attempt == 1 { Ok(()) } else { self.send(&[0]) };
            match sent.and_then(|()| self.send(question)).and_then(|()| self.answer(&mut read)) {
                Err(Fault::Unfit(answer)) => {
                    return Err(Fault::Unfit(format!("it answered {answer} to {}", asked(request))).into());
                }
                // A line that damages frames may damage their version.
                Err(Fault::Lost(_) | Fault::Foreign(_)) if attempt < ATTEMPTS => alive()?,
                Err(Fault::Lost(why)) => {
                    alive()?;
                    return Err(Fault::Lost(format!("{why} (asked {ATTEMPTS} times)")).into());
                }
                answer => return Ok(answer?),
            }
            attempt += 1;
            self.drain(MOMENT);
        }
    }

    /// Passes over answers to what was lost before, until nothing comes for so long. A board that never stops is passed over for as
    /// long as an answer may take.
    pub fn drain(&mut self, quiet: Duration) {
        let deadline = Instant::now() + self.timeout;
        while self.port.receive(&mut [0; 1024], quiet).is_ok() && Instant::now() < deadline {}
        self.decoder = Decoder::new();
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
                    FrameError::Version { found, .. } => foreign(found),
                    error => Fault::Lost(format!("the answer is damaged: {error}")),
                })?;
                let response: Response<'_> =
                    decode(frame.payload).map_err(|error| Fault::Lost(format!("the answer is unknown: {error}")))?;
                match &response {
                    Response::Refused(Refusal::Frame(FrameError::Version { speaks, .. })) => {
                        return Err(foreign(*speaks));
                    }
                    Response::Refused(Refusal::Frame(error)) if frame.sequence == UNREAD => {
                        return Err(Fault::Lost(error.to_string()));
                    }
                    _ if frame.sequence != self.sequence => others += 1,
                    Response::Refused(refusal) => return Err(Fault::Refused(refusal.to_string())),
                    answer => return read(answer).ok_or_else(|| Fault::Unfit(answered(answer))),
                }
            }
        }
    }

    /// What comes until then. `others` counts the answers to other questions that came.
    fn receive(&mut self, buffer: &mut [u8], deadline: Instant, others: usize) -> Result<usize, Fault> {
        let silence = || {
            let but = if others == 0 { String::new() } else { format!(", but {others} to other questions") };
            Fault::Lost(format!("no answer within {} s{but}", self.timeout.as_secs_f32()))
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

/// Another version of the protocol.
fn foreign(speaks: u8) -> Fault {
    let here = frame::VERSION;
    Fault::Foreign(format!("it speaks protocol {speaks}, and this program {here}: flash the firmware of this version"))
}
