//! The model's file, version 1.0. docs/model-format.md gives every byte.
//!
//! `AWDM`, major version, minor version, the body in postcard, CRC-32 of all before it (little-endian). The body is a sequence of byte
//! strings, each of records of fixed size, so that all of it is read where it is: a [`Header`] says where each is.

use super::validate::validate;
use super::{Model, records};
use crate::{FormatError, Invalid};

/// The first bytes of every model file.
pub const MAGIC: [u8; 4] = *b"AWDM";

/// Major and minor version that is written. A reader of 1.n skips what 1.(n + 1) appends to the body; it refuses any other major
/// version.
pub const VERSION: [u8; 2] = [1, 0];

/// CRC-32 as Ethernet, zip and PNG use it; the frames to a board use the same.
pub static CRC: crc::Crc<u32, Lookup> = crc::Crc::<u32, Lookup>::new(&crc::CRC_32_ISO_HDLC);

/// What [`CRC`] looks up: of every byte, or nothing.
pub type Lookup = crc::Table<{ if cfg!(feature = "small") { 0 } else { 1 } }>;

/// Bytes of the largest model file.
pub const MAX_BYTES: usize = 4096;

/// Bytes before the body: magic and version.
pub(super) const FRONT: usize = MAGIC.len() + VERSION.len();

/// Bytes after the body: the CRC-32.
pub(super) const TRAILER: usize = 4;

/// The byte strings of a body, in their order.
#[derive(Clone, Copy)]
pub(super) enum List {
    Fields,
    Wavelets,
    Schemes,
    Steps,
    Histograms,
    Features,
    Products,
    Bias,
    Weights,
    Integers,
    Reference,
    Provenance,
}

/// How many there are.
const LISTS: usize = List::Provenance as usize + 1;

/// Bytes of a record of each, and what is wrong with one that is not whole.
const RECORDS: [(u8, Invalid); LISTS] = [
    (size_of::<records::Fields>() as u8, Invalid::Window),
    (size_of::<records::Wavelet>() as u8, Invalid::Wavelets),
    (size_of::<records::StoredScheme>() as u8, Invalid::Schemes),
    (size_of::<records::StoredStep>() as u8, Invalid::Steps),
    (size_of::<records::Histogram>() as u8, Invalid::Histograms),
    (size_of::<records::Selected>() as u8, Invalid::Features),
    (size_of::<records::Product>() as u8, Invalid::Products),
    (size_of::<records::Number>() as u8, Invalid::Outputs),
    (size_of::<records::Number>() as u8, Invalid::Weights),
    (1, Invalid::Integers),
    (size_of::<records::Pair>() as u8, Invalid::Moments),
    (size_of::<records::StoredProvenance>() as u8, Invalid::Provenance),
];

/// What reading leaves of a file: where its lists are. Together with the file it is a [`Model`].
///
/// A [`Model`] borrows its file. Where that cannot be, because the file is in memory that the same structure owns, the header is kept
/// and [`Header::model`] joins the two.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Header {
    /// Where the body starts and each list ends, in bytes of the file; no file is longer than [`MAX_BYTES`]. Before each list is its length.
    ends: [u16; LISTS + 1],
}

impl Header {
    /// The model of the file that this header was read of. With any other file its scores mean nothing; it does not panic.
    #[must_use]
    #[inline(always)]
    pub const fn model(self, file: &[u8]) -> Model<'_> {
        Model { file, header: self }
    }
}

impl<'a> Model<'a> {
    /// The bytes of a list.
    // One copy of it, which is what makes it small.
    #[inline(never)]
    pub(super) fn list(&self, list: List) -> &'a [u8] {
        let ends = &self.header.ends;
        let (before, end) = (ends[list as usize], ends[list as usize + 1]);
        let start = before.wrapping_add(prefix(end.wrapping_sub(before)));
        self.file.get(usize::from(start)..usize::from(end)).unwrap_or_default()
    }

    /// Reads a model file and validates it. The model borrows the file.
    ///
    /// # Errors
    /// A file that is too short or too long, of another kind or major version, damaged, or whose model breaks a bound.
    pub fn from_bytes(file: &'a [u8]) -> Result<Self, FormatError> {
        let (mut body, minor) = check(file)?;
        // Not zeros, which would be a call.
        let mut ends = [FRONT as u16; LISTS + 1];
        for (end, (size, code)) in ends.iter_mut().skip(1).zip(&RECORDS) {
            let (len, rest) = length(body).ok_or(FormatError::Malformed)?;
            body = rest.get(len..).ok_or(FormatError::Malformed)?;
            code.unless(len.is_multiple_of(usize::from(*size)))?;
            // The file is at most MAX_BYTES long.
            *end = (file.len() - TRAILER - body.len()) as u16;
        }
        if minor == VERSION[1] && !body.is_empty() {
            return Err(FormatError::Malformed);
        }
        let model = Header { ends }.model(file);
        validate(&model)?;
        Ok(model)
    }
}

/// Bytes of the length in front of a list, of so many bytes together: see [`length`].
#[inline(always)]
const fn prefix(taken: u16) -> u16 {
    if taken <= 0x80 { 1 } else { 2 }
}

/// The length in front of a list, and what follows it. As in postcard seven bits a byte, the lowest first, the highest bit set where more
/// follow; no more bytes than needed, and at most two. Decoded here, as a decoder for lengths of any size is several times as long.
fn length(body: &[u8]) -> Option<(usize, &[u8])> {
    let (&low, rest) = body.split_first()?;
    if low < 0x80 {
        return Some((low.into(), rest));
    }
    let (&high, rest) = rest.split_first()?;
    let len = usize::from(high) << 7 | usize::from(low & 0x7f);
    (1..0x80).contains(&high).then_some((len, rest))
}

/// The body of a file and its minor version, after all that can be checked without decoding it.
fn check(file: &[u8]) -> Result<(&[u8], u8), FormatError> {
    let length = FormatError::Length { found: file.len() };
    if file.len() > MAX_BYTES {
        return Err(length);
    }
    let (covered, trailer) = file.split_last_chunk::<TRAILER>().ok_or(length)?;
    let (front, body) = covered.split_first_chunk::<FRONT>().ok_or(length)?;
    let [a, b, c, d, found @ ..] = *front;
    // As a number: to compare arrays is a call.
    if u32::from_le_bytes([a, b, c, d]) != u32::from_le_bytes(MAGIC) {
        return Err(FormatError::NotAModel);
    }
    // Before the checksum: a later major version may have another one.
    let [major, minor] = found;
    if major != VERSION[0] {
        return Err(FormatError::Version { found });
    }
    if CRC.checksum(covered) != u32::from_le_bytes(*trailer) {
        return Err(FormatError::Checksum);
    }
    Ok((body, minor))
}
