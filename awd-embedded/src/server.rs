//! The board's side: requests in, responses out, in memory of fixed size.

use crate::event;
use crate::frame::{Decoder, Frame, FrameError};
use crate::protocol::{Info, MAX_DECODED, MAX_FRAME, ModelError, Refusal, Request, Response, UNREAD, decode, encode};
use awd_core::format::{MAJOR, MAX_BYTES};
use awd_core::{FormatError, Invalid, Model};
use embedded_io::{Read, Write};
use heapless::Vec;

/// Holds one model and scores windows with it. `WORK` and `WINDOW` are capacities in samples: what
/// [`Model::work_len`] and [`Model::window`] may be.
#[derive(Debug)]
pub struct Server<const WORK: usize, const WINDOW: usize> {
    model: Option<Model>,
    /// As much of the next model's file as has come.
    file: Vec<u8, MAX_BYTES>,
    /// As much of the next window as has come.
    window: Vec<f32, WINDOW>,
    work: [f32; WORK],
}

impl<const WORK: usize, const WINDOW: usize> Default for Server<WORK, WINDOW> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const WORK: usize, const WINDOW: usize> Server<WORK, WINDOW> {
    /// A server without a model.
    #[must_use]
    pub const fn new() -> Self {
        Self { model: None, file: Vec::new(), window: Vec::new(), work: [0.0; WORK] }
    }

    /// What this server is and holds.
    #[must_use]
    pub fn info() -> Info<'static> {
        Info {
            version: env!("CARGO_PKG_VERSION"),
            format: MAJOR,
            max_model: narrow(MAX_BYTES),
            max_window: narrow(WINDOW),
            max_work: narrow(WORK),
            max_frame: narrow(MAX_FRAME),
        }
    }

    /// Answers requests until the line ends: until a read gives no bytes. It begins with a zero, which tells the host
    /// that somebody is there and ends whatever half a frame was on the line.
    ///
    /// # Errors
    /// What reading or writing the line gives.
    pub fn serve<Io: Read + Write>(&mut self, line: &mut Io) -> Result<(), Io::Error> {
        let mut decoder = Decoder::<MAX_DECODED>::new();
        let mut incoming = [0; 64];
        let mut outgoing = [0; MAX_FRAME];
        line.write_all(&[0])?;
        loop {
            let len = line.read(&mut incoming)?;
            if len == 0 {
                return Ok(());
            }
            for &byte in incoming.iter().take(len) {
                if let Some(frame) = decoder.push(byte) {
                    line.write_all(self.answer(frame, &mut outgoing))?;
                    line.flush()?;
                }
            }
        }
    }

    /// The frame that answers a frame.
    fn answer<'b>(&mut self, frame: Result<Frame<'_>, FrameError>, buffer: &'b mut [u8; MAX_FRAME]) -> &'b [u8] {
        let sequence = frame.map_or(UNREAD, |frame| frame.sequence);
        let response = match frame.and_then(|frame| decode(frame.payload)) {
            Ok(request) => self.handle(request),
            Err(error) => {
                event::bad_frame(error);
                Response::Refused(Refusal::Frame(error))
            }
        };
        // Every response fits; were one too long, the host's time-out would tell.
        encode(sequence, &response, buffer).unwrap_or_default()
    }

    /// The response to a request. It never fails: a request that cannot be met is [`Response::Refused`].
    pub fn handle(&mut self, request: Request<'_>) -> Response<'static> {
        match request {
            Request::Info => Ok(Response::Info(Self::info())),
            Request::Model { total, offset, bytes } => self.take_model(total, offset, bytes),
            Request::Window { offset, samples } => self.take_window(offset, samples),
        }
        .unwrap_or_else(Response::Refused)
    }

    fn take_model(&mut self, total: u16, offset: u16, bytes: &[u8]) -> Result<Response<'static>, Refusal<'static>> {
        if offset == 0 {
            self.file.clear();
        }
        follows(offset, self.file.len())?;
        let total = usize::from(total);
        let capacity = total.min(MAX_BYTES);
        let room = capacity.saturating_sub(self.file.len());
        if total > MAX_BYTES || bytes.len() > room || self.file.extend_from_slice(bytes).is_err() {
            return Err(Refusal::TooLong { capacity: narrow(capacity) });
        }
        if self.file.len() < total {
            return Ok(Response::Received { next: narrow(self.file.len()) });
        }
        let loaded = self.load();
        self.file.clear();
        loaded.map_err(|error| {
            event::refused(error);
            Refusal::Model(ModelError::from(error))
        })
    }

    /// Puts the complete file into service, if it is good.
    fn load(&mut self) -> Result<Response<'static>, FormatError> {
        let model = Model::from_bytes(&self.file)?;
        let fits = |needs, capacity, field| {
            if needs <= capacity { Ok(()) } else { Err(Invalid { field, bound: "at most this board's capacity" }) }
        };
        fits(model.window(), WINDOW, "window")?;
        fits(model.work_len(), WORK, "work")?;
        event::loaded(&model);
        let spec = model.spec();
        // Both are bounded far below 256 by the model's format.
        let count = |n: usize| u8::try_from(n).unwrap_or(u8::MAX);
        let (outputs, terms) = (count(spec.readout.bias.len()), count(spec.terms.len()));
        let loaded = Response::Loaded { window: spec.window, outputs, terms };
        self.window.clear();
        self.model = Some(model);
        Ok(loaded)
    }

    fn take_window(&mut self, offset: u16, samples: &[u8]) -> Result<Response<'static>, Refusal<'static>> {
        let model = self.model.as_ref().ok_or(Refusal::NoModel)?;
        if offset == 0 {
            self.window.clear();
        }
        follows(offset, self.window.len())?;
        let (samples, []) = samples.as_chunks::<4>() else {
            return Err(Refusal::PartialSample);
        };
        if samples.len() > model.window().saturating_sub(self.window.len()) {
            return Err(Refusal::TooLong { capacity: narrow(model.window()) });
        }
        for &bytes in samples {
            // There is room: no model in service has a window beyond the capacity.
            let _ = self.window.push(f32::from_le_bytes(bytes));
        }
        if self.window.len() < model.window() {
            return Ok(Response::Received { next: narrow(self.window.len()) });
        }
        let scores = model.score(&self.window, &mut self.work);
        self.window.clear();
        // A model that was loaded fits, so that this does not fail; it is not worth a panic either.
        let scores = scores.map_err(|error| Refusal::Model(FormatError::Invalid(error).into()))?;
        // Collecting would bring in a panic; both have the same capacity.
        Ok(Response::Scores(Vec::from_slice(scores.outputs()).unwrap_or_default()))
    }
}

/// Refuses a part that does not begin where the one before it ended.
fn follows(offset: u16, expected: usize) -> Result<(), Refusal<'static>> {
    let expected = narrow(expected);
    if offset == expected { Ok(()) } else { Err(Refusal::Offset { expected }) }
}

/// A length as it goes over the line. All of them are bounded far below.
fn narrow(len: usize) -> u16 {
    u16::try_from(len).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests;
