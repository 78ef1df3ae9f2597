//! Reads a model file: finds its lists and validates them.

use super::Model;
use super::format::{CRC, FRONT, Header, LISTS, List, MAGIC, MAX_BYTES, NAMES_END, RECORDS, TRAILER, VERSION};
use super::records::shape_of;
use super::validate::{class_names, validate};
use crate::FormatError;

impl Header {
    /// The model of the file that this header was read from. With any other file the scores are meaningless, but
    /// nothing panics.
    #[must_use]
    #[inline(always)]
    pub const fn model(self, file: &[u8]) -> Model<'_> {
        Model { file, header: self }
    }
}

impl<'a> Model<'a> {
    /// The bytes of a list.
    // Not inlined, to save flash.
    #[inline(never)]
    pub(super) fn list(&self, list: List) -> &'a [u8] {
        let ends = &self.header.ends;
        let (before, end) = (ends[list as usize], ends[list as usize + 1]);
        let start = before.wrapping_add(prefix(end.wrapping_sub(before)));
        self.file.get(usize::from(start)..usize::from(end)).unwrap_or_default()
    }
}

/// The number of bytes of a list's length prefix, if prefix and list take `taken` bytes together, see [`length`].
#[inline(always)]
const fn prefix(taken: u16) -> u16 {
    if taken <= 0x80 { 1 } else { 2 }
}

impl<'a> Model<'a> {
    /// Reads a model file and validates it. The model borrows the file.
    ///
    /// # Errors
    /// The file is too short or too long, not a model, of another major version, damaged, or a field is outside its
    /// bounds.
    pub fn from_bytes(file: &'a [u8]) -> Result<Self, FormatError> {
        let (mut body, minor) = check(file)?;
        // Not zeros: these would be set by a call of `memset`.
        let mut ends = [FRONT as u16; LISTS + 1];
        for (end, (size, code)) in ends.iter_mut().skip(1).zip(&RECORDS) {
            let (len, rest) = length(body).ok_or(FormatError::Malformed)?;
            body = rest.get(len..).ok_or(FormatError::Malformed)?;
            code.unless(len.is_multiple_of(usize::from(*size)))?;
            // The file is at most MAX_BYTES long.
            *end = (file.len() - TRAILER - body.len()) as u16;
        }
        let model = Header { ends }.model(file);
        validate(&model)?;
        if minor > 0 {
            let (len, rest) = length(body).ok_or(FormatError::Malformed)?;
            let names;
            (names, body) = rest.split_at_checked(len).ok_or(FormatError::Malformed)?;
            class_names(&model, names)?;
        }
        if minor <= VERSION[1] && !body.is_empty() {
            return Err(FormatError::Malformed);
        }
        Ok(model)
    }

    /// The names of the classes in their order; none if they are the numbers 0, 1, 2, … A name that is not UTF-8 is
    /// empty.
    pub fn class_names(&self) -> impl Iterator<Item = &'a str> + Clone + use<'a> {
        let [.., end] = self.header.ends;
        let body = self.file.get(usize::from(end)..self.file.len().saturating_sub(TRAILER)).unwrap_or_default();
        let names = length(body).and_then(|(len, rest)| rest.get(..len)).filter(|names| !names.is_empty());
        let names = names.into_iter().flat_map(|names| names.split(|byte| *byte == NAMES_END));
        names.map(|name| core::str::from_utf8(name).unwrap_or_default())
    }
}

/// Decodes the length prefix of a list; returns it and the bytes after it. As in postcard, each byte holds seven bits,
/// the lowest first, and its highest bit is set if more bytes follow. The encoding must be the shortest possible, at
/// most two bytes. A general varint decoder would be several times as large.
fn length(body: &[u8]) -> Option<(usize, &[u8])> {
    let (&low, rest) = body.split_first()?;
    if low < 0x80 {
        return Some((low.into(), rest));
    }
    let (&high, rest) = rest.split_first()?;
    let len = usize::from(high) << 7 | usize::from(low & 0x7f);
    (1..0x80).contains(&high).then_some((len, rest))
}

/// Reads the rows and columns of the window from the first bytes of a model file, of which 27 suffice. Allows to refuse a
/// file before all of it has arrived. The shape is not validated.
///
/// # Errors
/// The file is not a model, of another major version, or there are fewer bytes.
///
/// ```
/// use awd_core::model::read_shape;
/// use awd_core::FormatError;
///
/// assert_eq!(read_shape(b"PK: the start of an archive"), Err(FormatError::NotAModel));
/// ```
pub fn read_shape(start: &[u8]) -> Result<[u16; 2], FormatError> {
    let short = FormatError::Length { found: start.len() };
    let (_, body) = front(start)?;
    let (len, fields) = length(body).ok_or(short)?;
    let fields = fields.first_chunk().ok_or(short)?;
    if len == fields.len() { Ok(shape_of(*fields)) } else { Err(FormatError::Malformed) }
}

/// Checks magic and major version; returns the minor version and the bytes after it.
#[inline(never)]
fn front(file: &[u8]) -> Result<(u8, &[u8]), FormatError> {
    let (front, rest) = file.split_first_chunk::<FRONT>().ok_or(FormatError::Length { found: file.len() })?;
    let [a, b, c, d, found @ ..] = *front;
    // Compared as integers: a comparison of arrays would be a call.
    if u32::from_le_bytes([a, b, c, d]) != u32::from_le_bytes(MAGIC) {
        return Err(FormatError::NotAModel);
    }
    let [major, minor] = found;
    if major != VERSION[0] {
        return Err(FormatError::Version { found });
    }
    Ok((minor, rest))
}

/// Performs all checks that do not need the body decoded; returns the body and the minor version.
fn check(file: &[u8]) -> Result<(&[u8], u8), FormatError> {
    let length = FormatError::Length { found: file.len() };
    if file.len() > MAX_BYTES {
        return Err(length);
    }
    let (covered, trailer) = file.split_last_chunk::<TRAILER>().ok_or(length)?;
    // Before the checksum: a later major version may have another one.
    let (minor, body) = front(covered).map_err(|error| match error {
        FormatError::Length { .. } => length,
        error => error,
    })?;
    if CRC.checksum(covered) != u32::from_le_bytes(*trailer) {
        return Err(FormatError::Checksum);
    }
    Ok((body, minor))
}
