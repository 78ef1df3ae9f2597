//! The model file, version 1.1. docs/model-format.md specifies every byte.
//!
//! A file is: `AWDM`, major version, minor version, the body in postcard, and a CRC-32 of everything before it
//! (little-endian). The body is a sequence of byte strings. Each holds records of a fixed size, so all of it is read in
//! place; a [`Header`] stores the position of each.

use super::records;
use crate::Invalid;

/// The first bytes of every model file.
pub const MAGIC: [u8; 4] = *b"AWDM";

/// The major and minor version that is read. A reader of 1.n skips what 1.(n + 1) appends to the body; it refuses any
/// other major version. A file has the lowest minor version that has all its fields: 1 if classes have names, else 0.
pub const VERSION: [u8; 2] = [1, 1];

/// The CRC-32 of Ethernet, zip and PNG. The frames of the protocol between host and board use it too.
pub static CRC: crc::Crc<u32, Lookup> = crc::Crc::<u32, Lookup>::new(&crc::CRC_32_ISO_HDLC);

/// The lookup table of [`CRC`]: one entry per byte, or none with the feature `small`.
pub type Lookup = crc::Table<{ if cfg!(feature = "small") { 0 } else { 1 } }>;

/// The maximum length of a model file in bytes.
pub const MAX_BYTES: usize = 4096;

/// Bytes before the body: magic and version.
pub(super) const FRONT: usize = MAGIC.len() + VERSION.len();

/// Bytes after the body: the CRC-32.
pub(super) const TRAILER: usize = 4;

/// The byte strings of the body, in their order.
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

/// The longest name of a class in bytes.
pub const MAX_CLASS_NAME: usize = 64;

/// The byte that separates the names of classes.
pub(super) const NAMES_END: u8 = b'\n';

/// The number of byte strings of version 1.0.
pub(super) const LISTS: usize = List::Provenance as usize + 1;

/// The length of a record in bytes for each list, and the error if a list is not a whole number of records.
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

/// The positions of the lists in a file. A header and its file together are a [`Model`](super::Model).
///
/// A model borrows its file. A structure that owns the file's bytes cannot hold such a borrow; it keeps the header
/// instead, and [`Header::model`](crate::model::Header::model) joins the two.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Header {
    /// Start of the body and end of each list, as byte offsets in the file; no file is longer than [`MAX_BYTES`]. Each
    /// list is preceded by its length.
    pub(super) ends: [u16; LISTS + 1],
}
