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

/// Where a byte string is in its file, in bytes. No file is longer than [`MAX_BYTES`].
#[derive(Debug, Clone, Copy, PartialEq)]
struct Span {
    start: u16,
    end: u16,
}

/// What reading leaves of a file: where its lists are. Together with the file it is a [`Model`].
///
/// A [`Model`] borrows its file. Where that cannot be, because the file is in memory that the same structure owns, the header is kept
/// and [`Header::model`] joins the two.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Header {
    lists: [Span; LISTS],
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
        let Span { start, end } = self.header.lists[list as usize];
        self.file.get(usize::from(start)..usize::from(end)).unwrap_or_default()
    }

    /// Reads a model file and validates it. The model borrows the file.
    ///
    /// # Errors
    /// A file that is too short or too long, of another kind or major version, damaged, or whose model breaks a bound.
    pub fn from_bytes(file: &'a [u8]) -> Result<Self, FormatError> {
        let (mut body, minor) = check(file)?;
        // Nothing, at the start of the body: zeros would be a call.
        let mut lists = [Span { start: FRONT as u16, end: FRONT as u16 }; LISTS];
        for (list, (size, code)) in lists.iter_mut().zip(&RECORDS) {
            let bytes;
            (bytes, body) = postcard::take_from_bytes::<&[u8]>(body).map_err(|_| FormatError::Malformed)?;
            code.unless(bytes.len().is_multiple_of(usize::from(*size)))?;
            // The file is at most MAX_BYTES long.
            let end = file.len() - TRAILER - body.len();
            *list = Span { start: end.saturating_sub(bytes.len()) as u16, end: end as u16 };
        }
        if minor == VERSION[1] && !body.is_empty() {
            return Err(FormatError::Malformed);
        }
        let model = Header { lists }.model(file);
        validate(&model)?;
        Ok(model)
    }
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
