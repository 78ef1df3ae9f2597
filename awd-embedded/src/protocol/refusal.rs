//! Why a board refuses a request.

use super::MAX_GOLDEN;
use crate::frame::FrameError;
use awd_core::{FormatError, Invalid};
use core::fmt;
use serde::{Deserialize, Serialize};

/// Why a request was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refusal {
    /// The frame is invalid, or its payload is not a request. An invalid frame is answered with the sequence number
    /// [`UNREAD`](super::UNREAD).
    Frame(FrameError),
    /// No model is in service.
    NoModel,
    /// The model is complete but cannot be used. The previous one stays in service.
    Model(ModelError),
    /// A part does not follow the one before it.
    Offset {
        /// The offset expected next, in the request's unit.
        expected: u32,
    },
    /// The data does not fit.
    TooLong {
        /// The limit: bytes of a model, or samples of a window.
        capacity: u16,
    },
    /// The bytes of a part are not whole samples.
    PartialSample,
    /// A part or a commit without a [`Request::Push`](super::Request::Push) before it.
    NoPush,
    /// A commit before the whole file was received.
    Incomplete {
        /// The offset of the first missing byte.
        next: u16,
    },
    /// No signal with this number is open.
    NoSignal,
    /// A signal is open, and the samples of signals occupy the memory for a window.
    Signal,
    /// There is no other good model.
    NoOther,
    /// The flash of the slots failed.
    Memory,
    /// A field of the request is out of range.
    Request(Fault),
    /// The board has no memory for a signal with this number.
    Signals {
        /// Signals of the model's window that it has memory for.
        capacity: u16,
    },
    /// The firmware accepts no models.
    Fixed,
    /// The model is not signed, or not with the key of this board.
    Unsigned,
    /// The number of the signature is not higher than that of every model before.
    Outdated {
        /// The highest number so far.
        highest: u32,
    },
    /// A roll back of a model that is not in service.
    NotInService {
        /// The number of the model in service.
        number: u32,
    },
    /// The flash was erased a short time ago, or the board has just started.
    Wait {
        /// Seconds until a model can be pushed.
        seconds: u32,
    },
}

/// What is wrong with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fault {
    /// The hop is 0.
    Hop,
    /// A signal cannot be opened for an image model.
    Images,
    /// More than [`MAX_GOLDEN`] windows.
    Windows,
    /// A trigger for a class that the model does not have, or with thresholds that are not finite or not in order.
    Trigger,
}

/// What a model needs and the board lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Capacity {
    /// Memory for the window.
    Window,
    /// Work space.
    Work,
    /// Code for images.
    Images,
    /// A second buffer for an image that is not transformed in place.
    InPlace,
}

/// Why a model was refused: `awd_core::FormatError` as sent to the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum ModelError {
    /// The file is shorter than header and checksum, or longer than any model.
    Length,
    /// The file is not a model.
    NotAModel,
    /// The board does not read this version of the format.
    Version {
        /// Major and minor version of the file.
        found: [u8; 2],
    },
    /// The file's CRC-32 does not match its bytes, or differs from the one announced by the push.
    Checksum,
    /// The checksum is right but the body does not decode.
    Malformed,
    /// A field is out of range.
    Invalid {
        /// The code of the `awd_core::Invalid`.
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
    // Not inlined: one copy keeps the code small.
    #[inline(never)]
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
            Self::Length => write!(f, "model: 10 to 4096 bytes"),
            Self::NotAModel => write!(f, "model: it does not begin with AWDM, so it is not a model file"),
            Self::Version { found: [major, minor] } => {
                write!(f, "model: the board does not read version {major}.{minor}: update its firmware")
            }
            Self::Checksum => write!(f, "model: the CRC-32 does not match: push it again"),
            Self::Malformed => write!(f, "model: the checksum matches but the body does not decode: distil it again"),
            Self::Invalid { code } => match Invalid::from_code(*code) {
                Some(invalid) => write!(f, "model: {invalid}"),
                None => write!(f, "model: refused with the unknown code {code}: update this software"),
            },
            Self::Capacity(capacity) => write!(f, "model: {capacity}"),
        }
    }
}

impl fmt::Display for Capacity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Window => "window: at most this board's capacity, which `awd device info` prints",
            Self::Work => "work space: at most this board's capacity, which `awd device info` prints",
            Self::Images => "image: not supported, because this board scores only signals",
            Self::InPlace => "image: sides must be even at each level, because this board transforms images in place",
        })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hop => write!(f, "hop: at least 1"),
            Self::Images => write!(f, "signal: only for models of signals; this model is for images"),
            Self::Windows => write!(f, "windows: at most {MAX_GOLDEN}"),
            Self::Trigger => {
                write!(f, "trigger: a class of the model, and two finite thresholds, the lower one not above the other")
            }
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Frame(error) => error.fmt(f),
            Self::NoModel => write!(f, "no model is loaded: push one"),
            Self::Model(error) => error.fmt(f),
            Self::Offset { expected } => write!(f, "offset: the board expected {expected}"),
            Self::TooLong { capacity } => write!(f, "length: at most {capacity}"),
            Self::PartialSample => write!(f, "samples: a multiple of four bytes"),
            Self::NoPush => write!(f, "push: no upload is in progress: push the model again"),
            Self::Incomplete { next } => write!(f, "commit: the model's bytes from {next} on are missing"),
            Self::NoSignal => write!(f, "signal: it is not open: open it first"),
            Self::Signal => write!(f, "window: not while a signal is open: close all signals first"),
            Self::NoOther => write!(f, "roll back: there is no other valid model"),
            Self::Memory => write!(f, "slots: the flash failed"),
            Self::Request(fault) => fault.fmt(f),
            Self::Signals { capacity } => {
                write!(f, "signal: a number below {capacity}, because the board has memory for so many of this model")
            }
            Self::Fixed => write!(f, "model: this board keeps its model; to change it, flash other firmware"),
            Self::Unsigned => {
                write!(f, "signature: this board takes only models signed with its key: sign the model with it")
            }
            Self::Outdated { highest } => write!(
                f,
                "signature: its number must be above {highest}, the highest that the board has had: sign the model again"
            ),
            Self::NotInService { number } => {
                write!(f, "roll back: model {number} is in service: read the board's info")
            }
            Self::Wait { seconds } => {
                write!(f, "push: not for another {seconds} s, because the board limits how often it erases its flash")
            }
        }
    }
}
