//! The messages that host and board exchange, in postcard, one a frame. docs/protocol.md specifies them.
//!
//! The host asks, the board answers each request with one response. Whatever fails may be repeated from offset 0:
//! nothing adds up, and a model that was refused leaves the one before it in place.

use crate::frame::{Frame, FrameError, NoSpace, OVERHEAD, encoded_len};
use awd_core::FormatError;
use awd_core::readout::MAX_OUTPUTS;
use core::fmt;
use heapless::Vec;
use serde::{Deserialize, Serialize};

/// Bytes of a model or of samples that one request carries at most.
pub const MAX_CHUNK: usize = 1024;

/// Bytes of the longest message: a chunk, the request's number, total and offset, and the chunk's length.
pub const MAX_PAYLOAD: usize = MAX_CHUNK + 1 + 3 + 3 + 2;

/// Capacity of a [`crate::frame::Decoder`] that takes every message.
pub const MAX_DECODED: usize = MAX_PAYLOAD + OVERHEAD;

/// Bytes on the line of the longest frame, its zero included.
pub const MAX_FRAME: usize = encoded_len(MAX_PAYLOAD);

/// Sequence number of an answer to a frame that could not be read; requests are numbered from 1.
pub const UNREAD: u8 = 0;

/// What the host asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Request<'a> {
    /// What the board is and holds. Answered by [`Response::Info`].
    Info,
    /// A part of a model file. Answered by [`Response::Received`], the last part by [`Response::Loaded`].
    Model {
        /// Bytes of the whole file.
        total: u16,
        /// Bytes before this part; 0 begins a file and drops what came of another.
        offset: u16,
        /// The part, at most [`MAX_CHUNK`] bytes.
        bytes: &'a [u8],
    },
    /// A part of a window. Answered by [`Response::Received`], the last part by [`Response::Scores`].
    Window {
        /// Samples before this part; 0 begins a window and drops what came of another.
        offset: u16,
        /// The part, each sample a little-endian `f32`, at most [`MAX_CHUNK`] bytes.
        samples: &'a [u8],
    },
}

/// What the board answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Response<'a> {
    /// What the board is and holds.
    #[serde(borrow)]
    Info(Info<'a>),
    /// The part is kept.
    Received {
        /// Offset that is expected next, in the request's unit.
        next: u16,
    },
    /// The model is valid and scores from now on.
    Loaded {
        /// Samples of its window.
        window: u16,
        /// Outputs of its readout.
        outputs: u8,
        /// Features that the readout weighs.
        terms: u8,
    },
    /// The raw outputs of the window, as `awd_core::Scores::outputs` gives them.
    Scores(Vec<f32, MAX_OUTPUTS>),
    /// The request was not met, and this is why.
    Refused(Refusal<'a>),
}

/// What a board is and holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Info<'a> {
    /// Version of awd-embedded and of awd-core, which are released together.
    pub version: &'a str,
    /// Major version of the model files that are read.
    pub format: u8,
    /// Bytes of the largest model file.
    pub max_model: u16,
    /// Samples of the longest window.
    pub max_window: u16,
    /// Samples of work space; a model says what it needs with `awd_core::Model::work_len`.
    pub max_work: u16,
    /// Bytes of the longest frame on the line, its zero included.
    pub max_frame: u16,
}

/// Why a request was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refusal<'a> {
    /// What came is no frame, or its payload no request. Numbered [`UNREAD`] unless the frame was right.
    Frame(FrameError),
    /// A window came before any model.
    NoModel,
    /// The model is complete but cannot be used.
    #[serde(borrow)]
    Model(ModelError<'a>),
    /// A part does not follow the one before it.
    Offset {
        /// The offset that would, in the request's unit.
        expected: u16,
    },
    /// More than there is room for.
    TooLong {
        /// How much there is room for: bytes of a model, samples of a window.
        capacity: u16,
    },
    /// A part of a window whose bytes are not whole samples.
    PartialSample,
}

/// Why a model was refused: `awd_core::FormatError` as it goes over the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ModelError<'a> {
    /// Fewer bytes than header and checksum take.
    Truncated,
    /// Some other file.
    NotAModel,
    /// Of another major version.
    Version {
        /// Major version of the file.
        found: u8,
        /// The newest major version that the board reads; all before it are read too.
        reads: u8,
    },
    /// The file's CRC-32 does not match.
    Checksum,
    /// The checksum is right but the body does not decode.
    Malformed,
    /// A field is outside its bound, or needs more than the board has.
    Invalid {
        /// The field.
        field: &'a str,
        /// The bound that it breaks, in words.
        bound: &'a str,
    },
}

impl From<FormatError> for ModelError<'static> {
    fn from(error: FormatError) -> Self {
        match error {
            FormatError::Truncated { .. } => Self::Truncated,
            FormatError::NotAModel => Self::NotAModel,
            FormatError::Version { found, reads } => Self::Version { found, reads },
            FormatError::Checksum => Self::Checksum,
            FormatError::Invalid(invalid) => Self::Invalid { field: invalid.field, bound: invalid.bound },
            _ => Self::Malformed,
        }
    }
}

impl fmt::Display for ModelError<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated => write!(f, "model: shorter than header and checksum"),
            Self::NotAModel => write!(f, "model: the first bytes are not a model's"),
            Self::Version { found, reads } => {
                write!(f, "model: version {found} is not one of 1 to {reads}, which the board reads")
            }
            Self::Checksum => write!(f, "model: the CRC-32 does not match"),
            Self::Malformed => write!(f, "model: the checksum is right but it does not decode"),
            Self::Invalid { field, bound } => write!(f, "model: {field}: {bound}"),
        }
    }
}

impl fmt::Display for Refusal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Frame(error) => error.fmt(f),
            Self::NoModel => write!(f, "window: no model is loaded"),
            Self::Model(error) => error.fmt(f),
            Self::Offset { expected } => write!(f, "offset: {expected} was expected"),
            Self::TooLong { capacity } => write!(f, "length: there is room for {capacity}"),
            Self::PartialSample => write!(f, "samples: not a multiple of four bytes"),
        }
    }
}

/// Writes a message as a frame into `buffer`, of which [`MAX_FRAME`] bytes always suffice, and returns the bytes
/// written.
///
/// # Errors
/// The message carries more than [`MAX_CHUNK`] bytes, or the buffer is too short.
///
/// ```
/// use awd_embedded::protocol::{MAX_FRAME, Request, encode};
///
/// let frame = encode(1, &Request::Info, &mut [0; MAX_FRAME]).unwrap().len();
/// assert_eq!(frame, 9);
/// ```
pub fn encode<'b>(sequence: u8, message: &impl Serialize, buffer: &'b mut [u8]) -> Result<&'b [u8], NoSpace> {
    let mut payload = [0; MAX_PAYLOAD];
    let payload = postcard::to_slice(message, &mut payload).map_err(|_| NoSpace)?;
    Frame { sequence, payload }.encode(buffer)
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
mod tests {
    use super::*;
    use crate::frame::Decoder;
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn comes_back<'a, T: Serialize + Deserialize<'a> + PartialEq + fmt::Debug>(message: &T, scratch: &'a mut [u8]) {
        let payload = postcard::to_slice(message, scratch).unwrap();
        assert!(payload.len() <= MAX_PAYLOAD);
        assert_eq!(decode::<T>(payload).as_ref(), Ok(message));
    }

    #[test]
    fn every_message_comes_back_and_fits() {
        let chunk = &[0xff; MAX_CHUNK];
        for request in [
            Request::Info,
            Request::Model { total: u16::MAX, offset: u16::MAX, bytes: chunk },
            Request::Window { offset: u16::MAX, samples: chunk },
        ] {
            comes_back(&request, &mut [0; MAX_PAYLOAD]);
            assert!(encode(255, &request, &mut [0; MAX_FRAME]).is_ok());
        }
        let over = Request::Window { offset: 0, samples: &[0; MAX_CHUNK + 8] };
        assert_eq!(encode(1, &over, &mut [0; MAX_FRAME]), Err(NoSpace));
        for refusal in [
            Refusal::Frame(FrameError::Version { found: 3, speaks: 1 }),
            Refusal::NoModel,
            Refusal::Model(FormatError::Invalid(awd_core::Invalid { field: "window", bound: "2..=4096" }).into()),
            Refusal::Offset { expected: 300 },
            Refusal::TooLong { capacity: 4096 },
            Refusal::PartialSample,
        ] {
            comes_back(&Response::Refused(refusal), &mut [0; 64]);
        }
        comes_back(&Response::Scores(Vec::from_slice(&[f32::MIN_POSITIVE; MAX_OUTPUTS]).unwrap()), &mut [0; 64]);
    }

    #[test]
    fn the_bytes_are_those_of_the_specification() {
        let window = Request::Window { offset: 256, samples: &1.0_f32.to_le_bytes() };
        assert_eq!(postcard::to_slice(&window, &mut [0; 16]), Ok(&mut [2, 0x80, 2, 4, 0, 0, 0x80, 0x3f][..]));
        let loaded = Response::Loaded { window: 140, outputs: 4, terms: 12 };
        assert_eq!(postcard::to_slice(&loaded, &mut [0; 16]), Ok(&mut [2, 0x8c, 1, 4, 12][..]));
        // The frame of docs/protocol.md, made by another program (Python's zlib).
        let frame = [0x03, 0x01, 0x01, 0x05, 0x64, 0x82, 0x98, 0xe7, 0x00];
        assert_eq!(encode(1, &Request::Info, &mut [0; MAX_FRAME]), Ok(&frame[..]));
    }

    proptest! {
        #[test]
        fn hostile_bytes_give_a_message_or_an_error(bytes in vec(any::<u8>(), 0..64)) {
            // A message that is read is the message that these bytes stand for: it comes back.
            if let Ok(request) = decode::<Request<'_>>(&bytes) {
                comes_back(&request, &mut [0; MAX_PAYLOAD]);
            }
            if let Ok(Response::Refused(refusal)) = decode::<Response<'_>>(&bytes) {
                comes_back(&Response::Refused(refusal), &mut [0; MAX_PAYLOAD]);
            }
        }

        #[test]
        fn a_damaged_stream_never_gives_another_message(
            damage in vec((any::<usize>(), any::<u8>()), 1..6),
            samples in vec(any::<u8>(), 1..200),
        ) {
            let sent = Request::Window { offset: 5, samples: &samples };
            let mut buffer = [0; MAX_FRAME];
            let len = encode(9, &sent, &mut buffer).unwrap().len();
            for (position, byte) in damage {
                buffer[position % len] = byte;
            }
            let mut decoder = Decoder::<MAX_DECODED>::new();
            for &byte in &buffer[..len] {
                if let Some(Ok(frame)) = decoder.push(byte) {
                    prop_assert_eq!((frame.sequence, decode(frame.payload)), (9, Ok(sent)));
                }
            }
        }
    }
}
