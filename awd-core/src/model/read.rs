//! Reading a model file: where its lists are, and whether it is valid.

use super::Model;
use super::format::{CRC, FRONT, Header, LISTS, List, MAGIC, MAX_BYTES, RECORDS, TRAILER, VERSION};
use super::validate::validate;
use crate::FormatError;

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
}

/// Bytes of the length in front of a list, of so many bytes together: see [`length`].
#[inline(always)]
const fn prefix(taken: u16) -> u16 {
    if taken <= 0x80 { 1 } else { 2 }
}

impl<'a> Model<'a> {
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
