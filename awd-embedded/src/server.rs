//! The board's side of the protocol: answers requests, in memory of fixed size.

mod models;
mod signal;
mod stream;
mod windows;

use crate::event;
use crate::frame::{Decoder, Frame, FrameError, OVERHEAD};
use crate::protocol::{self, Info, MAX_ANSWER, MAX_ANSWER_FRAME, Refusal, Request, Response, UNREAD, decode, encode};
use crate::slots::{Entry, Mapped, Slots, Upload};
use awd_core::model::Header;
use awd_core::model::MAX_OUTPUTS;
use awd_core::model::format::VERSION;
use awd_core::{Health, Model};
use embedded_io::{Read, Write};
use heapless::Vec;
use signal::Signal;

/// What a board provides: a byte stream and optional hooks.
pub trait Board: Read + Write {
    /// Called before every read. To detect a hanging loop, feed a watchdog here, and also while a read waits.
    fn alive(&mut self) {}

    /// Bytes lost because they arrived faster than they were read, since the board started.
    fn lost(&self) -> u32 {
        0
    }
}

/// Why a server stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// The line ended: a read returned no bytes.
    End,
    /// The host requested a restart of the board.
    Reset,
}

/// Scores windows and a signal with the model in service. `WORK` and `WINDOW` are capacities in samples: the largest
/// [`awd_core::Model::work_len`] and [`awd_core::Model::window`] of a model. `FRAME` is the length in bytes of the
/// longest request, including [`OVERHEAD`]. A model is read in place, in the flash of its slot.
#[derive(Debug)]
pub struct Server<F, const WORK: usize, const WINDOW: usize, const FRAME: usize> {
    slots: Slots<F>,
    upload: Option<Upload>,
    /// The model in service: the entry of its file, which stays in its slot, and the decoded header.
    service: Option<(Entry, Header)>,
    /// The samples received of the next window, or the newest samples of the signal.
    window: Vec<f32, WINDOW>,
    signal: Option<Signal>,
    work: [f32; WORK],
    health: Health,
    latest: Vec<f32, MAX_OUTPUTS>,
    lost: u32,
    bad_frames: u32,
}

impl<F: Mapped, const WORK: usize, const WINDOW: usize, const FRAME: usize> Server<F, WORK, WINDOW, FRAME> {
    /// A server with no model in service. `limits` are the lowest and the highest value of the analog-to-digital
    /// converter, see [`Health::new`].
    // Not inlined, so that the stack used by the construction is free again while the server runs.
    #[inline(never)]
    pub const fn new(flash: F, limits: Option<[f32; 2]>) -> Self {
        Self {
            slots: Slots::new(flash),
            upload: None,
            service: None,
            window: Vec::new(),
            signal: None,
            work: [0.0; WORK],
            health: Health::new(limits),
            latest: Vec::new(),
            lost: 0,
            bad_frames: 0,
        }
    }

    /// The flash of the slots.
    pub fn into_flash(self) -> F {
        self.slots.into_flash()
    }

    /// The model in service.
    fn model(&self) -> Option<Model<'_>> {
        model(self.service, &self.slots)
    }

    /// Version, capacities and model of this server.
    #[must_use]
    pub fn info(&self) -> Info<'static> {
        Info {
            version: env!("CARGO_PKG_VERSION"),
            format: VERSION[0],
            scalar: 0,
            images: cfg!(feature = "images"),
            max_model: narrow(self.max_model()),
            max_window: narrow(WINDOW),
            max_work: narrow(WORK),
            max_payload: narrow(FRAME.saturating_sub(OVERHEAD)),
            model: self.held(),
        }
    }

    /// Puts the latest good model of the slots into service, unless one is in service already, and answers requests.
    /// First sends a zero, which tells the host that the board is running and ends any partial frame on the line.
    ///
    /// # Errors
    /// Reading from the line or writing to it fails.
    pub fn serve<B: Board>(&mut self, board: &mut B) -> Result<Stop, B::Error> {
        if self.service.is_none() {
            self.start();
        }
        let mut decoder = Decoder::<FRAME>::new();
        let mut incoming = [0; 32];
        let mut answer = Answer { request: None, frame: Vec::new() };
        send(board, &[0])?;
        loop {
            board.alive();
            let len = board.read(&mut incoming)?;
            if len == 0 {
                return Ok(Stop::End);
            }
            self.lost = board.lost();
            for &byte in incoming.iter().take(len) {
                let Some(frame) = decoder.push(byte) else { continue };
                let reset = match frame {
                    Ok(frame) => {
                        let reset = self.answer(frame, &mut answer);
                        send(board, &answer.frame)?;
                        reset
                    }
                    Err(error) => {
                        let refusal = self.refuse_frame(error);
                        send(board, &refusal)?;
                        false
                    }
                };
                board.flush()?;
                if reset {
                    return Ok(Stop::Reset);
                }
            }
        }
    }

    /// Prepares the answer to a frame. Returns whether the board must restart.
    fn answer(&mut self, frame: Frame<'_>, answer: &mut Answer) -> bool {
        let id = Some((frame.sequence, frame.crc));
        if answer.request == id {
            // The answer was lost and the host repeated the request: keep the answer, which is sent again.
            return false;
        }
        let request = decode(frame.payload);
        let response = match request {
            Ok(request) => self.handle(request),
            Err(error) => {
                event::bad_frame(error);
                Response::Refused(Refusal::Frame(error))
            }
        };
        answer.set(id, frame.sequence, &response);
        request == Ok(Request::Reset)
    }

    /// Encodes the answer to an invalid frame. The stored answer is kept, because its request may be repeated.
    fn refuse_frame(&mut self, error: FrameError) -> Vec<u8, 32> {
        event::bad_frame(error);
        self.bad_frames = self.bad_frames.saturating_add(1);
        let mut frame = [0; 32];
        let response = Response::Refused(Refusal::Frame(error));
        let frame = encode(UNREAD, &response, &mut [0; 16], &mut frame).unwrap_or_default();
        Vec::from_slice(frame).unwrap_or_default()
    }

    /// Executes a request and returns its response, which is [`Response::Refused`] if the request cannot be executed.
    pub fn handle(&mut self, request: Request<'_>) -> Response<'static> {
        match request {
            Request::Info => Ok(Response::Info(self.info())),
            Request::Push { total, crc } => self.push(total, crc),
            Request::Part { offset, bytes } => self.take_part(offset, bytes),
            Request::Commit => self.commit(),
            Request::RollBack => self.roll_back(),
            Request::Window { offset, samples } => self.take_window(offset, samples),
            Request::Open { hop } => self.open(hop),
            Request::Samples { offset, samples } => self.take_samples(offset, samples),
            Request::Close => self.close(),
            Request::Health => Ok(Response::Health(self.health())),
            Request::Golden { seed, windows } => self.score_golden(seed, windows),
            Request::Reset => Ok(Response::Done),
        }
        .unwrap_or_else(Response::Refused)
    }

    fn health(&self) -> protocol::Health {
        let counts = self.health.counts();
        protocol::Health {
            windows: counts.windows,
            not_finite: counts.not_finite,
            out_of_range: counts.out_of_range,
            drift: self.health.drift(),
            lost: self.lost,
            bad_frames: self.bad_frames,
            latest: self.latest.clone(),
        }
    }
}

/// The model in service, read in place in its slot.
fn model<F: Mapped>(service: Option<(Entry, Header)>, slots: &Slots<F>) -> Option<Model<'_>> {
    service.map(|(entry, header)| header.model(slots.file(entry)))
}

/// The latest answer, and the sequence number and checksum of its request.
struct Answer {
    request: Option<(u8, u32)>,
    frame: Vec<u8, MAX_ANSWER_FRAME>,
}

impl Answer {
    #[inline(never)]
    fn set(&mut self, request: Option<(u8, u32)>, sequence: u8, response: &Response<'_>) {
        self.request = request;
        self.frame.clear();
        // Every response fits. If one did not, nothing would be sent, and the host would time out.
        let _ = self.frame.resize(MAX_ANSWER_FRAME, 0);
        let len = encode(sequence, response, &mut [0; MAX_ANSWER], &mut self.frame).map_or(0, <[u8]>::len);
        self.frame.truncate(len);
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

/// Refuses a part that does not start where the previous part ended.
fn check_offset(offset: u32, expected: u32) -> Result<(), Refusal> {
    if offset == expected { Ok(()) } else { Err(Refusal::Offset { expected }) }
}

/// Decodes the samples of a part.
fn samples(bytes: &[u8]) -> Result<impl ExactSizeIterator<Item = f32>, Refusal> {
    let (samples, []) = bytes.as_chunks::<4>() else { return Err(Refusal::PartialSample) };
    Ok(samples.iter().map(|bytes| f32::from_le_bytes(*bytes)))
}

/// A length as the protocol sends it. All lengths are far below the limit.
fn narrow(len: usize) -> u16 {
    u16::try_from(len).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests;
