//! The messages that host and board exchange, in postcard, one a frame. docs/protocol.md specifies them.
//!
//! The host asks, the board answers each request with one response. A request that is asked again, with the same number
//! and the same bytes, is answered again and does nothing twice.

use crate::frame::{self, FrameError, NoSpace, OVERHEAD, encoded_len};
use awd_core::model::MAX_OUTPUTS;
use heapless::Vec;
pub use refusal::{Capacity, Fault, ModelError, Refusal};
use serde::{Deserialize, Deserializer, Serialize};
use write::to_slice;

mod refusal;
mod write;

/// Bytes of a request beside the part of a file or of a signal that it carries: its kind, an offset, a length.
pub const AROUND_PART: usize = 1 + 5 + 3;

/// Bytes of the longest answer.
pub const MAX_ANSWER: usize = 192;

/// Bytes on the line of the longest answer, its zero included.
pub const MAX_ANSWER_FRAME: usize = encoded_len(MAX_ANSWER);

/// Capacity of a [`frame::Decoder`] that takes every answer.
pub const MAX_ANSWER_DECODED: usize = MAX_ANSWER + OVERHEAD;

/// Outputs that one answer to samples carries at most: of one score, or of several.
pub const MAX_SCORED: usize = 32;

/// Windows of one golden check at most.
pub const MAX_GOLDEN: u8 = 16;

/// Sequence number of an answer to a frame that could not be read; requests are numbered from 1.
pub const UNREAD: u8 = 0;

/// Bytes where they are.
// One copy of it, which is what makes it small.
#[inline(never)]
fn bytes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<&'de [u8], D::Error> {
    <&[u8]>::deserialize(deserializer)
}

/// What the host asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Request<'a> {
    /// What the board is and holds. Answered by [`Response::Info`].
    Info,
    /// A model file is to come, into the slot that is not in service. Answered by [`Response::Received`]: where to go on
    /// if this very file had begun to come, or else 0.
    Push {
        /// Bytes of the file.
        total: u16,
        /// The CRC-32 that the file ends with.
        crc: u32,
    },
    /// The next part of the file. Answered by [`Response::Received`].
    Part {
        /// Bytes before this part.
        offset: u16,
        /// The part.
        #[serde(borrow, deserialize_with = "bytes")]
        bytes: &'a [u8],
    },
    /// The file is complete: put it into service. Answered by [`Response::Loaded`].
    Commit,
    /// Put the model before this one into service again, for good. Answered by [`Response::Loaded`].
    RollBack,
    /// A part of a window. Answered by [`Response::Received`], the last part by [`Response::Scores`].
    Window {
        /// Samples before this part; 0 begins a window and drops what came of another.
        offset: u16,
        /// The part, each sample a little-endian `f32`.
        #[serde(borrow, deserialize_with = "bytes")]
        samples: &'a [u8],
    },
    /// A signal is to come, of which a window ends at every `hop` samples. Answered by [`Response::Received`] of 0.
    Open {
        /// Samples between the ends of windows, at least 1.
        hop: u16,
    },
    /// The next samples of the signal. Answered by [`Response::Scored`].
    Samples {
        /// Samples before these since the signal began, less a multiple of 2³².
        offset: u32,
        /// As in [`Request::Window`].
        #[serde(borrow, deserialize_with = "bytes")]
        samples: &'a [u8],
    },
    /// The signal is over. Answered by [`Response::Done`].
    Close,
    /// How the instrument does. Answered by [`Response::Health`].
    Health,
    /// Score windows that host and board make by themselves, see [`crate::golden`]. Answered by [`Response::Golden`].
    Golden {
        /// What the windows are made from.
        seed: u32,
        /// How many, at most [`MAX_GOLDEN`].
        windows: u8,
    },
    /// Start anew, with what is in the slots. Answered by [`Response::Done`] before it is done.
    Reset,
}

/// What the board answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Response<'a> {
    /// What the board is and holds.
    #[serde(borrow)]
    Info(Info<'a>),
    /// So much is there.
    Received {
        /// Offset that is expected next, in the request's unit.
        next: u16,
    },
    /// This model is in service.
    Loaded {
        /// The model.
        model: Held,
        /// Of an open signal, the number of samples at the end of the first window that it scores.
        from: Option<u32>,
    },
    /// The raw outputs of a window, as `awd_core::Scores::outputs` gives them.
    Scores(Vec<f32, MAX_OUTPUTS>),
    /// What was taken of a signal, and the scores of the windows that ended in it.
    Scored {
        /// Samples that were taken since it began, less a multiple of 2³². Where they are fewer than were sent, the answer was
        /// full: the rest is sent again.
        next: u32,
        /// The number of samples at the end of the first of these windows; the others follow at every hop.
        first: u32,
        /// The outputs of one window after the other.
        outputs: Vec<f32, MAX_SCORED>,
    },
    /// How the instrument does.
    Health(Health),
    /// CRC-32 of the outputs of all windows.
    Golden {
        /// Of each output the four bytes of a little-endian `f32`.
        crc: u32,
    },
    /// Done.
    Done,
    /// The request was not met, and this is why.
    Refused(Refusal),
}

/// What a board is and holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Info<'a> {
    /// Version of awd-embedded and of awd-core, which are released together.
    pub version: &'a str,
    /// The newest major version of the model files that are read.
    pub format: u8,
    /// What it computes with: 0 is `f32`.
    pub scalar: u8,
    /// Whether it scores images.
    pub images: bool,
    /// Bytes of the largest model file.
    pub max_model: u16,
    /// Samples of the longest window.
    pub max_window: u16,
    /// Samples of work space; a model says what it needs with `awd_core::Model::work_len`.
    pub max_work: u16,
    /// Bytes of the longest payload of a request.
    pub max_payload: u16,
    /// The model in service.
    pub model: Option<Held>,
}

/// A model that is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// Its number, higher than those before it.
    pub number: u32,
    /// The CRC-32 that its file ends with.
    pub crc: u32,
    /// Samples of its window.
    pub window: u16,
    /// Outputs of its readout.
    pub outputs: u8,
    /// Features that the readout weighs.
    pub terms: u8,
}

/// How the instrument does, since it started or took its model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Health {
    /// Windows that were scored, and samples in them that are not finite, and outside the training set's range.
    pub windows: u64,
    /// Samples that are infinite or not a number.
    pub not_finite: u64,
    /// Samples outside the range of the training set.
    pub out_of_range: u64,
    /// How far the windows are from the training set's of late, as `awd_core::Health::drift` tells.
    pub drift: Option<f32>,
    /// Bytes that came faster than they were read, and were lost; since the board started.
    pub lost: u32,
    /// Frames that could not be read; since the board started.
    pub bad_frames: u32,
    /// The outputs of the latest window; none before the first.
    pub latest: Vec<f32, MAX_OUTPUTS>,
}

/// Writes a message as a frame into `buffer` and returns the bytes written. The message stands in `payload` first.
///
/// # Errors
/// One of the two is too short.
///
/// ```
/// use awd_embedded::protocol::{Request, encode};
///
/// let frame = encode(1, &Request::Info, &mut [0; 16], &mut [0; 32]).unwrap().len();
/// assert_eq!(frame, 9);
/// ```
pub fn encode<'b>(
    sequence: u8,
    message: &impl Serialize,
    payload: &mut [u8],
    buffer: &'b mut [u8],
) -> Result<&'b [u8], NoSpace> {
    let payload = to_slice(message, payload).map_err(|_| NoSpace)?;
    frame::encode(sequence, payload, buffer)
}

/// The message of a frame, and nothing after it.
///
/// # Errors
/// [`FrameError::Malformed`].
pub fn decode<'a, T: Deserialize<'a>>(payload: &'a [u8]) -> Result<T, FrameError> {
    match postcard::take_from_bytes(payload) {
        Ok((message, [])) => Ok(message),
        _ => Err(FrameError::Malformed),
    }
}

#[cfg(test)]
mod tests;
