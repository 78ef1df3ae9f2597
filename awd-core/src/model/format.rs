//! The model's file, version 1.0. docs/model-format.md gives every byte.
//!
//! `AWDM`, major version, minor version, the body in postcard, CRC-32 of all before it (little-endian). The body is a sequence of byte
//! strings, each of records of fixed size, so that all of it is read where it is: a [`Header`] says where each is.

use super::records;
use crate::Invalid;

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
pub(super) const LISTS: usize = List::Provenance as usize + 1;

/// Bytes of a record of each, and what is wrong with one that is not whole.
pub(super) const RECORDS: [(u8, Invalid); LISTS] = [
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

/// What reading leaves of a file: where its lists are. Together with the file it is a [`Model`](super::Model).
///
/// A model borrows its file. Where that cannot be, because the file is in memory that the same structure owns, the header is kept
/// and [`Header::model`](crate::model::Header::model) joins the two.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Header {
    /// Where the body starts and each list ends, in bytes of the file; no file is longer than [`MAX_BYTES`]. Before each list is its length.
    pub(super) ends: [u16; LISTS + 1],
}
