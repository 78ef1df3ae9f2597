//! Answers to frames: each request is executed once, however often it arrives.

use super::service::Service;
use crate::event;
use crate::frame::{Frame, FrameError};
use crate::protocol::{MAX_ANSWER, MAX_ANSWER_FRAME, Refusal, Request, Response, UNREAD, decode, encode};
use crate::slots::Mapped;
use heapless::Vec;

/// The latest answer, which is sent again if its request is repeated.
#[derive(Debug)]
pub struct Answers {
    /// Sequence number and checksum of the request.
    request: Option<(u8, u32)>,
    frame: Vec<u8, MAX_ANSWER_FRAME>,
    /// The answer to an invalid frame. It is separate because the request before that may be repeated.
    refusal: Vec<u8, 32>,
    must_reset: bool,
}

impl Answers {
    pub const fn new() -> Self {
        Self { request: None, frame: Vec::new(), refusal: Vec::new(), must_reset: false }
    }

    pub const fn must_reset(&self) -> bool {
        self.must_reset
    }

    /// Executes the request in a frame, unless it is the latest one, and returns the frame of its answer.
    pub fn answer<F: Mapped>(&mut self, frame: Result<Frame<'_>, FrameError>, service: &mut Service<'_, F>) -> &[u8] {
        let frame = match frame {
            Ok(frame) => frame,
            Err(error) => {
                service.bad_frames = service.bad_frames.saturating_add(1);
                return self.refuse(error);
            }
        };
        let id = Some((frame.sequence, frame.crc));
        if self.request != id {
            let request = decode(frame.payload);
            let response = match request {
                Ok(request) => service.handle(request),
                Err(error) => {
                    event::bad_frame(error);
                    Response::Refused(Refusal::Frame(error))
                }
            };
            self.request = id;
            self.must_reset = request == Ok(Request::Reset);
            self.set(frame.sequence, &response);
        }
        &self.frame
    }

    #[inline(never)]
    fn set(&mut self, sequence: u8, response: &Response<'_>) {
        self.frame.clear();
        // Every response fits. If one did not, nothing would be sent, and the host would time out.
        let _ = self.frame.resize(MAX_ANSWER_FRAME, 0);
        let len = encode(sequence, response, &mut [0; MAX_ANSWER], &mut self.frame).map_or(0, <[u8]>::len);
        self.frame.truncate(len);
    }

    /// Encodes the answer to an invalid frame.
    fn refuse(&mut self, error: FrameError) -> &[u8] {
        event::bad_frame(error);
        let mut frame = [0; 32];
        let response = Response::Refused(Refusal::Frame(error));
        let frame = encode(UNREAD, &response, &mut [0; 16], &mut frame).unwrap_or_default();
        self.refusal = Vec::from_slice(frame).unwrap_or_default();
        &self.refusal
    }
}
