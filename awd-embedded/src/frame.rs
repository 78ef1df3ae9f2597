//! Frames with a checksum, for a line that may lose, flip or invent bytes.
//!
//! A frame is COBS( protocol version, sequence number, payload, CRC-32 of all before it in little-endian order ), then
//! a zero. COBS leaves no zero inside a frame, so a receiver resynchronises at the next zero. docs/protocol.md
//! specifies every byte.

use awd_core::model::format::CRC;
use cobs::{CobsEncoder, DecodeResult, DecoderState};
use core::fmt;
use serde::{Deserialize, Serialize};

/// Version of the protocol. Frames of other versions are refused.
pub const VERSION: u8 = 3;

const HEADER: usize = 2;
const TRAILER: usize = 4;

/// Bytes that a frame adds to its payload before it is encoded.
pub const OVERHEAD: usize = HEADER + TRAILER;

/// Maximum length in bytes of an encoded frame with `payload` bytes of payload, including the terminating zero.
#[must_use]
pub const fn encoded_len(payload: usize) -> usize {
    cobs::max_encoding_length(payload + OVERHEAD) + 1
}

/// Why the bytes between two zeros are not a valid frame. None of its fields can be trusted then, not even its sequence
/// number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum FrameError {
    /// The frame is longer than the receiver's buffer.
    Overlong,
    /// The zero came inside a COBS block: bytes were lost, or the block's length is damaged.
    Cobs,
    /// The frame is shorter than header and checksum.
    Truncated,
    /// The frame has another version of the protocol.
    Version {
        /// Version of the frame.
        found: u8,
        /// Version that the receiver supports.
        speaks: u8,
    },
    /// The CRC-32 does not match the bytes before it.
    Checksum,
    /// The checksum is right, but the payload is not a message.
    Malformed,
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Overlong => write!(f, "frame: longer than the receiver's buffer"),
            Self::Cobs => write!(f, "frame: ends inside a COBS block"),
            Self::Truncated => write!(f, "frame: shorter than header and checksum"),
            Self::Version { found, speaks } => {
                write!(f, "frame: protocol version {found}; the receiver supports {speaks}")
            }
            Self::Checksum => write!(f, "frame: the CRC-32 does not match"),
            Self::Malformed => write!(f, "frame: the checksum matches but the payload is not a message"),
        }
    }
}

impl core::error::Error for FrameError {}

/// The output buffer is shorter than the frame. [`encoded_len`] bytes always suffice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoSpace;

/// A frame whose checksum is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Sequence number of the request. A response has the number of its request.
    pub sequence: u8,
    /// The message, in postcard.
    pub payload: &'a [u8],
    /// The checksum. Together with the sequence number it identifies a repeated request.
    pub crc: u32,
}

/// Writes a frame and its terminating zero into `buffer` and returns the bytes written.
///
/// # Errors
/// The buffer is too short.
pub fn encode<'b>(sequence: u8, payload: &[u8], buffer: &'b mut [u8]) -> Result<&'b [u8], NoSpace> {
    let header = [VERSION, sequence];
    let mut digest = CRC.digest();
    digest.update(&header);
    digest.update(payload);
    let mut encoder = CobsEncoder::new(buffer);
    for part in [&header, payload, &digest.finalize().to_le_bytes()] {
        encoder.push(part).map_err(|_| NoSpace)?;
    }
    let len = encoder.finalize();
    *buffer.get_mut(len).ok_or(NoSpace)? = 0;
    buffer.get(..=len).ok_or(NoSpace)
}

impl<'a> Frame<'a> {
    /// Checks the decoded bytes of a frame.
    fn check(bytes: &'a [u8]) -> Result<Self, FrameError> {
        let (covered, trailer) = bytes.split_last_chunk::<TRAILER>().ok_or(FrameError::Truncated)?;
        let ([version, sequence], payload) = covered.split_first_chunk::<HEADER>().ok_or(FrameError::Truncated)?;
        // Check the version first: a later version may have another checksum.
        if *version != VERSION {
            return Err(FrameError::Version { found: *version, speaks: VERSION });
        }
        let crc = u32::from_le_bytes(*trailer);
        if CRC.checksum(covered) != crc {
            return Err(FrameError::Checksum);
        }
        Ok(Self { sequence: *sequence, payload, crc })
    }
}

/// Finds frames in a stream of bytes. The buffer is an array or a slice: it holds the longest payload and [`OVERHEAD`].
#[derive(Debug)]
pub struct Decoder<B> {
    state: DecoderState,
    buffer: B,
    /// Decoded bytes of the frame in `buffer`.
    len: usize,
    overlong: bool,
}

impl<B: AsRef<[u8]> + AsMut<[u8]>> Decoder<B> {
    /// A decoder at the start of a frame.
    #[must_use]
    pub const fn new(buffer: B) -> Self {
        Self { state: DecoderState::Idle, buffer, len: 0, overlong: false }
    }

    /// Bytes of the longest payload that it takes.
    #[must_use]
    pub fn max_payload(&self) -> usize {
        self.buffer.as_ref().len().saturating_sub(OVERHEAD)
    }

    /// Takes one byte. At the zero that ends a frame, returns the frame or its error. A new frame starts after every
    /// zero, whatever came before. Zeros between frames are ignored.
    pub fn push(&mut self, byte: u8) -> Option<Result<Frame<'_>, FrameError>> {
        match self.state.feed(byte) {
            Ok(DecodeResult::NoData) => None,
            Ok(DecodeResult::DataStart) => {
                self.len = 0;
                self.overlong = false;
                None
            }
            Ok(DecodeResult::DataContinue(decoded)) => {
                match self.buffer.as_mut().get_mut(self.len) {
                    Some(place) => {
                        *place = decoded;
                        self.len += 1;
                    }
                    // Discard an overlong frame up to its end, so that it is reported once.
                    None => self.overlong = true,
                }
                None
            }
            Ok(DecodeResult::DataComplete) if !self.overlong => {
                Some(Frame::check(self.buffer.as_ref().get(..self.len).unwrap_or_default()))
            }
            Err(_) if !self.overlong => Some(Err(FrameError::Cobs)),
            Ok(DecodeResult::DataComplete) | Err(_) => Some(Err(FrameError::Overlong)),
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;
    use std::vec::Vec;

    const N: usize = 600;

    fn encoded(sequence: u8, payload: &[u8]) -> Vec<u8> {
        let mut buffer = std::vec![0xa5; encoded_len(payload.len())];
        encode(sequence, payload, &mut buffer).unwrap().to_vec()
    }

    /// Returns the frames and errors that a new decoder finds in `bytes`.
    fn decoded<const N: usize>(bytes: &[u8]) -> Vec<Result<(u8, Vec<u8>), FrameError>> {
        let mut decoder = Decoder::new([0; N]);
        let mut found = Vec::new();
        for &byte in bytes {
            let frame = decoder.push(byte).map(|frame| frame.map(|frame| (frame.sequence, frame.payload.to_vec())));
            found.extend(frame);
        }
        found
    }

    proptest! {
        #[test]
        fn frames_round_trip(sequence: u8, payload in vec(prop_oneof![Just(0_u8), any::<u8>()], 0..N - OVERHEAD)) {
            let bytes = encoded(sequence, &payload);
            prop_assert_eq!(bytes.iter().position(|&byte| byte == 0), Some(bytes.len() - 1));
            prop_assert_eq!(decoded::<N>(&bytes), [Ok((sequence, payload))]);
        }

        #[test]
        fn a_flipped_bit_or_a_cut_never_passes(payload in vec(any::<u8>(), 0..300), bit: usize, cut: usize) {
            let good = encoded(7, &payload);
            let mut flipped = good.clone();
            let bit = bit % (8 * good.len());
            flipped[bit / 8] ^= 1 << (bit % 8);
            // If the terminating zero was damaged, the frame that follows ends it.
            let found = decoded::<N>(&[&flipped[..], &good].concat());
            prop_assert!(found.iter().filter(|found| found.is_ok()).count() <= 1, "{:?}", found);
            prop_assert!(found.first().unwrap().is_err());
            let found = decoded::<N>(&[&good[..cut % (good.len() - 1)], &[0], &good].concat());
            prop_assert_eq!(found.last(), Some(&Ok((7, payload))));
            prop_assert!(found.iter().rev().skip(1).all(Result::is_err), "{:?}", found);
        }

        #[test]
        fn a_frame_is_found_after_garbage(garbage in vec(any::<u8>(), 0..3000), payload in vec(any::<u8>(), 0..300)) {
            let found = decoded::<N>(&[&garbage[..], &[0], &encoded(1, &payload)].concat());
            prop_assert_eq!(found.last(), Some(&Ok((1, payload))));
            prop_assert!(found.iter().rev().skip(1).all(Result::is_err), "{:?}", found);
        }
    }

    #[test]
    fn every_flipped_bit_is_refused() {
        for payload in [&[][..], &[0; 40], &[0xff; 300], b"a payload with\0zeros\0\0in it"] {
            let good = encoded(0, payload);
            for bit in 0..8 * (good.len() - 1) {
                let mut bytes = good.clone();
                bytes[bit / 8] ^= 1 << (bit % 8);
                let found = decoded::<N>(&bytes);
                assert!(!found.is_empty() && found.iter().all(Result::is_err), "bit {bit}: {found:?}");
            }
        }
    }

    #[test]
    fn each_error_is_reported_once() {
        let single_error = |bytes: &[u8]| <[_; 1]>::try_from(decoded::<16>(bytes)).unwrap()[0].clone().unwrap_err();
        let long = encoded(0, &[1; 11]);
        assert_eq!(single_error(&long), FrameError::Overlong);
        assert_eq!(single_error(&[&long[..8], &[0]].concat()), FrameError::Cobs);
        assert_eq!(single_error(&[&[0xff; 40][..], &[0]].concat()), FrameError::Overlong);
        assert_eq!(single_error(&[6, VERSION, 1, 2, 3, 4, 0]), FrameError::Truncated);
        assert_eq!(single_error(&[7, 1, 1, 2, 3, 4, 5, 0]), FrameError::Version { found: 1, speaks: VERSION });
        assert_eq!(single_error(&[7, VERSION, 1, 2, 3, 4, 5, 0]), FrameError::Checksum);
        assert_eq!(decoded::<16>(&encoded(0, &[1; 10])), [Ok((0, std::vec![1; 10]))]);
        assert_eq!(decoded::<16>(&[0; 9]), []);
    }

    #[test]
    fn a_short_buffer_is_an_error() {
        for payload in [&[1_u8; 20][..], &[3; 254 - OVERHEAD], &[0; 5]] {
            let len = encoded(0, payload).len();
            for short in 0..len {
                let mut buffer = std::vec![0; short];
                assert_eq!(encode(0, payload, &mut buffer), Err(NoSpace));
            }
        }
    }
}
