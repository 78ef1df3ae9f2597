//! The messages that host and board exchange, in postcard, one per frame. docs/protocol.md specifies them.
//!
//! The host sends requests, and the board answers each with one response. If a request is repeated with the same
//! sequence number and the same bytes, the board repeats its answer and does not execute the request again.

use crate::frame::{self, FrameError, NoSpace, OVERHEAD, encoded_len};
use crate::trigger::Trigger;
use crate::update::Policy;
use awd_core::model::MAX_OUTPUTS;
use heapless::Vec;
pub use refusal::{Capacity, Fault, ModelError, Refusal};
use serde::{Deserialize, Deserializer, Serialize};
use write::to_slice;

mod refusal;
mod write;

/// A hash of the encoding of all messages. Two programs with the same version of the protocol and another hash are of
/// different drafts of it, and do not understand each other.
pub const SCHEMA: u32 = 0x787f_9863;

/// Maximum number of bytes of a request besides the part of a file or signal that it carries: kind, signal, offset, length.
pub const AROUND_PART: usize = 1 + 3 + 5 + 3;

/// Bytes of the longest response.
pub const MAX_ANSWER: usize = 192;

/// Bytes of the encoded frame of the longest response, including the terminating zero.
pub const MAX_ANSWER_FRAME: usize = encoded_len(MAX_ANSWER);

/// Capacity of a [`frame::Decoder`] that takes every response.
pub const MAX_ANSWER_DECODED: usize = MAX_ANSWER + OVERHEAD;

/// Maximum number of outputs in one answer to samples, of one window or several.
pub const MAX_SCORED: usize = 32;

/// Bytes of a record in [`Request::Sweep`].
pub const SWEEP_RECORD: usize = 8;

/// Maximum number of records that one answer to [`Request::Sweep`] covers.
pub const MAX_SWEPT: usize = 32;

/// Maximum number of windows in one golden check.
pub const MAX_GOLDEN: u8 = 16;

/// Sequence number of the answer to a frame that could not be read. Requests are numbered from 1.
pub const UNREAD: u8 = 0;

/// Borrows the bytes from the payload.
// Not inlined: one copy of this function keeps the code small.
#[inline(never)]
fn bytes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<&'de [u8], D::Error> {
    <&[u8]>::deserialize(deserializer)
}

/// A request from the host.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Request<'a> {
    /// Report version, capacities and model. Answered by [`Response::Info`].
    Info,
    /// Start the upload of a model file. Answered by [`Response::Received`] with the offset to continue from: 0, or more
    /// if an upload of the same file was interrupted, or the end of the file if it is in service already.
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
    Commit {
        /// For a board that accepts signed models.
        #[serde(borrow)]
        signature: Option<Signature<'a>>,
    },
    /// Revoke the model in service and return to the previous one. Answered by [`Response::Loaded`].
    RollBack {
        /// The number of the model in service. Another one is refused, so that a request that is repeated across a restart
        /// does not revoke a second model.
        number: u32,
    },
    /// A part of a window. Answered by [`Response::Received`], the last part by [`Response::Scores`].
    Window {
        /// Samples of the window before this part. 0 starts a new window and drops an incomplete one.
        offset: u16,
        /// The part, each sample a little-endian `f32`.
        #[serde(borrow, deserialize_with = "bytes")]
        samples: &'a [u8],
    },
    /// Open a signal, of which a window is scored every `hop` samples. A signal that is open starts again. Answered by
    /// [`Response::Received`] with 0.
    Open {
        /// The number of the signal, from 0. The board has memory for so many signals:
        /// [`Info::max_signals`] or [`Info::max_samples`] divided by the model's window, whichever is less.
        signal: u16,
        /// Samples between successive scores, at least 1.
        hop: u16,
        /// Whether windows are scored before they are full, see `awd_core::score::Timing`.
        growing: bool,
    },
    /// The next samples of a signal. Answered by [`Response::Scored`].
    Samples {
        /// The number of the signal.
        signal: u16,
        /// Samples of the signal before these, modulo 2³².
        offset: u32,
        /// As in [`Request::Window`].
        #[serde(borrow, deserialize_with = "bytes")]
        samples: &'a [u8],
    },
    /// Close one signal, or all. Answered by [`Response::Done`].
    Close {
        /// The number of the signal; `None` closes all signals, and is never refused.
        signal: Option<u16>,
    },
    /// Report health statistics. Answered by [`Response::Health`].
    Health,
    /// Score windows that both host and board generate, see [`crate::golden`]. Answered by [`Response::Golden`].
    Golden {
        /// Seed of the windows.
        seed: u32,
        /// Number of windows, at most [`MAX_GOLDEN`].
        windows: u8,
    },
    /// Restart the board; the slots are kept. Answered by [`Response::Done`] before the restart.
    Reset,
    /// Raise events: scores of signals that this trigger selects. Answered by [`Response::Done`].
    Watch {
        /// The trigger of all signals; `None` stops it.
        trigger: Option<Trigger>,
    },
    /// The next sample of each of several signals. Answered by [`Response::Swept`].
    Sweep {
        /// Records of [`SWEEP_RECORD`] bytes: the number of the signal, the lower 16 bits of the number of its samples
        /// before this one, both `u16`, and the sample, an `f32`; all little-endian.
        #[serde(borrow, deserialize_with = "bytes")]
        samples: &'a [u8],
    },
}

/// The signature of a model file, see [`crate::update`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature<'a> {
    /// The number that the model will have, which is higher than that of every model before.
    pub number: u32,
    /// The signature, of [`SIGNATURE_LEN`](crate::update::SIGNATURE_LEN) bytes.
    #[serde(borrow, deserialize_with = "bytes")]
    pub bytes: &'a [u8],
}

/// A response from the board.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Response<'a> {
    /// Version, capacities and model of the board.
    #[serde(borrow)]
    Info(Info<'a>),
    /// The data up to an offset has been received.
    Received {
        /// The next expected offset, in the request's unit.
        next: u16,
    },
    /// A model was put into service.
    Loaded {
        /// The model.
        model: Held,
        /// The number of signals that continue: those that the board has memory for with this model's window. Their
        /// next window that has all its samples is scored by this model.
        signals: u16,
    },
    /// The raw outputs of a window, as returned by `awd_core::Scores::outputs`.
    Scores(Vec<f32, MAX_OUTPUTS>),
    /// Samples of a signal were taken. Holds the scores of the windows that ended in them.
    Scored {
        /// Samples of the signal taken so far, modulo 2³². If not all samples of the request were taken, the answer was
        /// full: the host sends the rest again.
        next: u32,
        /// The sample count at the end of the first of these windows. The others follow at every hop.
        first: u32,
        /// The outputs of one window after the other.
        outputs: Vec<f32, MAX_SCORED>,
        /// The windows that raised an event: bit 0 for the first of these windows, and so on.
        events: u32,
    },
    /// Health statistics.
    Health(Health),
    /// CRC-32 of the outputs of all windows.
    Golden {
        /// Computed over the little-endian [`bits`](crate::golden::bits) of each output.
        crc: u32,
    },
    /// The request was executed, or will be in the case of [`Request::Reset`].
    Done,
    /// The request was refused, for this reason.
    Refused(Refusal),
    /// Samples of several signals were taken.
    Swept {
        /// The number of records taken, from the first on: at least one if there are any. The host sends the others again.
        taken: u8,
        /// The records whose sample ended a window: bit 0 for the first record, and so on.
        scored: u32,
        /// The outputs of one of these windows after the other.
        outputs: Vec<f32, MAX_SCORED>,
        /// The records whose window raised an event.
        events: u32,
    },
}

/// Version, capacities and model of a board.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Info<'a> {
    /// Version of awd-embedded and of awd-core, which are released together.
    pub version: &'a str,
    /// The newest major version of model files that the board reads.
    pub format: u8,
    /// Whether it scores models in fixed point in integer arithmetic, see `awd_core::Model::score_rounded`. If not, it
    /// scores them in `f32`, as all other models.
    pub integers: bool,
    /// Whether it scores images.
    pub images: bool,
    /// [`SCHEMA`].
    pub schema: u32,
    /// Bytes of the largest model file.
    pub max_model: u16,
    /// Samples of the longest window.
    pub max_window: u16,
    /// Samples of work space. `awd_core::Model::work_len` returns what a model needs.
    pub max_work: u16,
    /// Bytes of the longest request payload.
    pub max_payload: u16,
    /// Signals that can be open at once.
    pub max_signals: u16,
    /// Samples of all their windows together.
    pub max_samples: u32,
    /// Which models it accepts.
    pub updates: Policy,
    /// The model in service.
    pub model: Option<Held>,
}

/// A model that a board holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// Its number. A newer model has a higher one.
    pub number: u32,
    /// The CRC-32 that its file ends with.
    pub crc: u32,
    /// Samples of its window.
    pub window: u16,
    /// Outputs of its readout.
    pub outputs: u8,
    /// Selected features.
    pub terms: u8,
}

/// Health statistics since the model was put into service, unless stated otherwise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Health {
    /// Windows scored.
    pub windows: u64,
    /// Samples that are infinite or NaN.
    pub not_finite: u64,
    /// Finite samples at the limits of the analog-to-digital converter or beyond. 0 if the firmware states no limits.
    pub saturated: u64,
    /// Finite samples outside the range of the training set.
    pub out_of_range: u64,
    /// Samples and features that were clamped to the range of the integers, of a model that is scored in integers.
    pub clamped: u64,
    /// Distance of recent windows from the training set's, see `awd_core::Health::drift`.
    pub drift: Option<f32>,
    /// Bytes lost because they arrived faster than they were read, since the board started.
    pub lost: u32,
    /// Frames that could not be read, since the board started.
    pub bad_frames: u32,
    /// The outputs of the latest window, empty before the first.
    pub latest: Vec<f32, MAX_OUTPUTS>,
}

/// Writes a message as a frame into `buffer` and returns the bytes written. `payload` is scratch memory for the
/// serialized message.
///
/// # Errors
/// `payload` or `buffer` is too short.
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

/// Decodes the message in a frame's payload, which must contain nothing else.
///
/// # Errors
/// [`FrameError::Malformed`] if the payload is not exactly one message.
pub fn decode<'a, T: Deserialize<'a>>(payload: &'a [u8]) -> Result<T, FrameError> {
    match postcard::take_from_bytes(payload) {
        Ok((message, [])) => Ok(message),
        _ => Err(FrameError::Malformed),
    }
}

#[cfg(test)]
mod tests;
