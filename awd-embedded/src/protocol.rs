//! The messages that host and board exchange, in postcard, one a frame. docs/protocol.md specifies them.
//!
//! The host asks, the board answers each request with one response. A request that is asked again, with the same number
//! and the same bytes, is answered again and does nothing twice.

use crate::frame::{self, FrameError, NoSpace, OVERHEAD, encoded_len};
use awd_core::model::MAX_OUTPUTS;
use awd_core::{FormatError, Invalid};
use core::fmt;
use heapless::Vec;
use serde::{Deserialize, Deserializer, Serialize};
use write::to_slice;

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

/// Why a request was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refusal {
    /// What came is no frame, or its payload no request. Numbered [`UNREAD`] unless the frame was right.
    Frame(FrameError),
    /// No model is in service.
    NoModel,
    /// The model is complete but cannot be used; the one before it is in service.
    Model(ModelError),
    /// A part does not follow the one before it.
    Offset {
        /// The offset that would, in the request's unit.
        expected: u32,
    },
    /// More than there is room for.
    TooLong {
        /// How much there is room for: bytes of a model, samples of a window.
        capacity: u16,
    },
    /// A part of a window whose bytes are not whole samples.
    PartialSample,
    /// A part, or a commit, before [`Request::Push`].
    NoPush,
    /// A commit before all of the file has come.
    Incomplete {
        /// The offset of what is missing.
        next: u16,
    },
    /// Samples of a signal that was not opened.
    NoSignal,
    /// A signal is open, whose samples are where a window would be.
    Signal,
    /// There is no other good model.
    NoOther,
    /// The memory of the slots failed.
    Memory,
    /// A field of the request is outside its bound.
    Request(Fault),
}

/// What is wrong with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fault {
    /// A hop of no samples.
    Hop,
    /// A signal for a model of images.
    Images,
    /// More windows to make than [`MAX_GOLDEN`].
    Windows,
}

/// What a model needs and this board has not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Capacity {
    /// Samples of a window.
    Window,
    /// Samples of work space.
    Work,
    /// Code for images.
    Images,
    /// A second buffer for an image that is not transformed in place.
    InPlace,
}

/// Why a model was refused: `awd_core::FormatError` as it goes over the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum ModelError {
    /// Fewer bytes than header and checksum take, or more than a model may have.
    Length,
    /// Some other file.
    NotAModel,
    /// Of a version that the board does not read.
    Version {
        /// Major and minor version of the file.
        found: [u8; 2],
    },
    /// The file's CRC-32 does not match, or not that which was pushed.
    Checksum,
    /// The checksum is right but the body does not decode.
    Malformed,
    /// A field is outside its bound.
    Invalid {
        /// That of `awd_core::Invalid`.
        code: u8,
    },
    /// The model is valid but needs more than the board has.
    Capacity(Capacity),
}

impl From<Invalid> for ModelError {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid { code: invalid.code() }
    }
}

impl From<FormatError> for ModelError {
    fn from(error: FormatError) -> Self {
        match error {
            FormatError::Length { .. } => Self::Length,
            FormatError::NotAModel => Self::NotAModel,
            FormatError::Version { found } => Self::Version { found },
            FormatError::Checksum => Self::Checksum,
            FormatError::Invalid(invalid) => invalid.into(),
            _ => Self::Malformed,
        }
    }
}

impl From<Invalid> for Refusal {
    fn from(invalid: Invalid) -> Self {
        Self::Model(invalid.into())
    }
}

impl fmt::Display for ModelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length => write!(f, "model: shorter than header and checksum, or longer than any model"),
            Self::NotAModel => write!(f, "model: the first bytes are not a model's"),
            Self::Version { found: [major, minor] } => {
                write!(f, "model: the board does not read version {major}.{minor}: update its firmware")
            }
            Self::Checksum => write!(f, "model: the CRC-32 does not match"),
            Self::Malformed => write!(f, "model: the checksum is right but it does not decode"),
            Self::Invalid { code } => match Invalid::from_code(*code) {
                Some(invalid) => write!(f, "model: {invalid}"),
                None => write!(f, "model: refused with the code {code}, which this software does not know: update it"),
            },
            Self::Capacity(capacity) => write!(f, "model: {capacity}"),
        }
    }
}

impl fmt::Display for Capacity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Window => "window: at most this board's capacity",
            Self::Work => "work: at most this board's capacity",
            Self::Images => "image: none, as this board scores signals",
            Self::InPlace => "image: of sides that are even at each level, as this board transforms it in place",
        })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hop => write!(f, "hop: at least 1"),
            Self::Images => write!(f, "signal: none for a model of images"),
            Self::Windows => write!(f, "windows: at most {MAX_GOLDEN}"),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Frame(error) => error.fmt(f),
            Self::NoModel => write!(f, "no model is loaded: push one"),
            Self::Model(error) => error.fmt(f),
            Self::Offset { expected } => write!(f, "offset: {expected} was expected"),
            Self::TooLong { capacity } => write!(f, "length: there is room for {capacity}"),
            Self::PartialSample => write!(f, "samples: not a multiple of four bytes"),
            Self::NoPush => write!(f, "part: of no model that was announced"),
            Self::Incomplete { next } => write!(f, "commit: the model's bytes from {next} on are missing"),
            Self::NoSignal => write!(f, "samples: no signal is open"),
            Self::Signal => write!(f, "window: a signal is open"),
            Self::NoOther => write!(f, "roll back: there is no other good model"),
            Self::Memory => write!(f, "slots: the memory failed"),
            Self::Request(fault) => fault.fmt(f),
        }
    }
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
