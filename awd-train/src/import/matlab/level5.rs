//! Reads MATLAB's files of level 5, which `save -v7` writes ("MAT-File Format", The MathWorks): arrays of numbers,
//! texts and structures, in either byte order, compressed or not.
//!
//! Existing readers of structures panic on a truncated file, so this one is our own. Its input is untrusted: every
//! length is checked against the bytes that exist. The file is read as a stream, and only the requested fields are
//! kept. Their memory, and the decompressed size of all variables, are bounded in proportion to the file.

use super::array::{Array, MAX_CHANNELS, MAX_DEPTH, Structures, Unread};
use crate::file::{Budget, Exceeded};
use flate2::read::ZlibDecoder;
use num_traits::AsPrimitive;
use std::io::{self, Read};

/// Bytes before the first variable.
const HEADER: usize = 128;

/// The most bytes to which all variables may decompress: the larger of this, and this multiple of the file's size.
const UNFOLDED: u64 = 1 << 29;
const TIMES: u64 = 64;

/// Bytes that are read from a stream at a time.
const CHUNK: usize = 8192;

/// The most dimensions of an array.
const MAX_DIMENSIONS: usize = 64;

/// Why an array cannot be read.
enum Stop {
    /// The bytes are not those of an array.
    Damaged,
    TooLarge(String),
}

impl From<Exceeded> for Stop {
    fn from(why: Exceeded) -> Self {
        Self::TooLarge(why.to_string())
    }
}

impl From<io::Error> for Stop {
    fn from(_: io::Error) -> Self {
        Self::Damaged
    }
}

/// Reads all variables of a file of `bytes` bytes, with their names. Of structures only these fields are kept, at any
/// depth; of other variables only the name.
///
/// # Errors
/// It is of another format, damaged, or decompresses to more than its size allows.
pub fn read(source: &mut dyn Read, bytes: u64, fields: &[&str]) -> Result<Vec<(String, Array)>, Unread> {
    let mut header = [0; HEADER];
    source.read_exact(&mut header).map_err(|_| Unread::Foreign)?;
    let big_endian = match header {
        [.., 0x00, 0x01, b'I', b'M'] => false,
        [.., 0x01, 0x00, b'M', b'I'] => true,
        _ => return Err(Unread::Foreign),
    };
    let left = bytes.saturating_sub(HEADER as u64);
    let (budget, unfolded) = (&mut Budget::of(bytes), UNFOLDED.max(bytes.saturating_mul(TIMES)));
    let mut reader = Reader { source, left, big_endian, fields, budget };
    let mut allowance = unfolded;
    let mut variables = Vec::new();
    while reader.left > 0 {
        let variable = variables.len() + 1;
        variables.push(reader.variable(&mut allowance).map_err(|stop| match stop {
            Stop::Damaged => Unread::Damaged(variable),
            Stop::TooLarge(why) => Unread::TooLarge { variable, why },
        })?);
    }
    Ok(variables)
}

/// A position in a stream, within an element.
struct Reader<'s> {
    source: &'s mut dyn Read,
    /// The bytes of the element after the position.
    left: u64,
    big_endian: bool,
    fields: &'s [&'s str],
    budget: &'s mut Budget,
}

/// The tag of an element: its type, its length, and the length of its padding.
struct Tag {
    kind: u32,
    length: u64,
    padding: u64,
}

/// Types of elements that are not numbers.
const MATRIX: u32 = 14;
const COMPRESSED: u32 = 15;

/// Classes of arrays that are read.
const STRUCTURES: u32 = 2;
const NUMBERS: std::ops::RangeInclusive<u32> = 6..=15;

impl Reader<'_> {
    /// Reads a variable. `allowance` is the number of bytes to which compressed variables may still decompress.
    fn variable(&mut self, allowance: &mut u64) -> Result<(String, Array), Stop> {
        let tag = self.tag()?;
        if tag.kind != COMPRESSED {
            return self.matrix(&tag, |matrix| matrix.array(0, false));
        }
        let left = self.left.checked_sub(tag.length).ok_or(Stop::Damaged)?;
        let mut unfolding = ZlibDecoder::new((&mut *self.source).take(tag.length)).take(*allowance);
        let (big_endian, fields, budget) = (self.big_endian, self.fields, &mut *self.budget);
        let mut inner = Reader { source: &mut unfolding, left: u64::MAX, big_endian, fields, budget };
        let array = inner.tag().and_then(|tag| inner.matrix(&tag, |matrix| matrix.array(0, false)));
        // The checksum is verified only at the end of the stream.
        let ended = io::copy(&mut unfolding, &mut io::sink());
        *allowance = unfolding.limit();
        if *allowance == 0 {
            let why = format!("at most {} MB decompressed, or {TIMES} times the file's size", UNFOLDED >> 20);
            return Err(Stop::TooLarge(why));
        }
        let array = array?;
        ended?;
        // The element may have more bytes after the end of the compressed stream.
        self.left = unfolding.into_inner().into_inner().limit();
        self.skip(self.left)?;
        self.left = left;
        Ok(array)
    }

    /// Reads a name and an array from the parts of a matrix. The array's content is kept if it is wanted.
    fn array(&mut self, depth: usize, wanted: bool) -> Result<(String, Array), Stop> {
        // MATLAB writes an empty array within a structure as an element without any parts.
        if self.left == 0 {
            return Ok((String::new(), Array::Numbers { rows: 0, values: Vec::new() }));
        }
        let flags = self.numbers(MAX_DIMENSIONS)?;
        let class = flags.first().map_or(0, |&flags| flags as u32 & 0xff);
        if class != STRUCTURES && !NUMBERS.contains(&class) {
            return Ok((String::new(), Array::Other));
        }
        let dimensions = self.numbers(MAX_DIMENSIONS)?;
        let count =
            dimensions.iter().try_fold(1_usize, |count, &n| count.checked_mul(n as usize)).ok_or(Stop::Damaged)?;
        let name = text(&self.text()?);
        if class == STRUCTURES {
            return Ok((name, self.structures(count, depth)?));
        }
        if !wanted {
            return Ok((name, Array::Other));
        }
        let rows = dimensions.first().map_or(0, |&n| n as usize);
        // A number is copied to a track, together with its p-value, and a row becomes a channel.
        let channels = rows.min(count).min(MAX_CHANNELS);
        self.budget.take((count as u64).saturating_mul(24).saturating_add(256 * channels as u64))?;
        let values = self.numbers(count)?;
        if values.len() != count {
            return Err(Stop::Damaged);
        }
        Ok((name, Array::Numbers { rows, values }))
    }

    fn structures(&mut self, count: usize, depth: usize) -> Result<Array, Stop> {
        let length = self.numbers(1)?.first().map_or(0, |&n| n as usize);
        let names = self.text()?;
        if length == 0 || depth == MAX_DEPTH {
            return Err(Stop::Damaged);
        }
        let fields: Vec<String> = names.chunks(length).map(text).collect();
        // Structures without fields take no bytes, so their number has no bound.
        if fields.is_empty() {
            return Ok(Array::Other);
        }
        let kept: Vec<bool> = fields.iter().map(|field| self.fields.contains(&field.as_str())).collect();
        let mut arrays = Vec::new();
        for _ in 0..count {
            for &kept in &kept {
                let tag = self.tag()?;
                if !kept {
                    self.matrix(&tag, |_| Ok(()))?;
                    continue;
                }
                self.budget.take(2 * size_of::<Array>() as u64)?;
                arrays.push(self.matrix(&tag, |matrix| matrix.array(depth + 1, true))?.1);
            }
        }
        let fields = fields.into_iter().zip(kept).filter_map(|(field, kept)| kept.then_some(field)).collect();
        Ok(Array::Structures(Structures { fields, arrays }))
    }

    /// Reads the bytes of one text, or of several.
    fn text(&mut self) -> Result<Vec<u8>, Stop> {
        let Tag { length, padding, .. } = self.tag()?;
        let length = self.consume(length)?;
        // Each byte may become a text of its own.
        self.budget.take(64 * length as u64)?;
        let mut bytes = vec![0; length];
        self.source.read_exact(&mut bytes)?;
        self.skip_padding(padding)?;
        Ok(bytes)
    }

    /// Reads numbers of any type, at most `most`.
    fn numbers(&mut self, most: usize) -> Result<Vec<f64>, Stop> {
        let Tag { kind, length, padding } = self.tag()?;
        let length = self.consume(length)?;
        let mut chunk = [0; CHUNK];
        let mut numbers = Vec::new();
        macro_rules! read_as {
            ($kind:ty) => {{
                let (count, mut left) = (length / size_of::<$kind>(), length);
                if count > most || numbers.try_reserve_exact(count).is_err() {
                    return Err(Stop::Damaged);
                }
                while left > 0 {
                    let part = &mut chunk[..left.min(CHUNK)];
                    self.source.read_exact(part)?;
                    left -= part.len();
                    let number = |bytes| {
                        if self.big_endian { <$kind>::from_be_bytes(bytes) } else { <$kind>::from_le_bytes(bytes) }
                    };
                    numbers.extend(part.as_chunks().0.iter().map(|&bytes| -> f64 { number(bytes).as_() }));
                }
            }};
        }
        match kind {
            1 => read_as!(i8),
            2 => read_as!(u8),
            3 => read_as!(i16),
            4 => read_as!(u16),
            5 => read_as!(i32),
            6 => read_as!(u32),
            7 => read_as!(f32),
            9 => read_as!(f64),
            12 => read_as!(i64),
            13 => read_as!(u64),
            _ => return Err(Stop::Damaged),
        }
        self.skip_padding(padding)?;
        Ok(numbers)
    }

    /// Reads the next tag. Padding after the element fills it up to a multiple of eight bytes.
    fn tag(&mut self) -> Result<Tag, Stop> {
        let tag = self.word()?;
        // A small element has its length in the upper half of the type, and its data in place of the length.
        let (kind, length, alignment) = match tag >> 16 {
            0 => (tag, self.word()?, if tag == COMPRESSED { 1 } else { 8 }),
            length @ 1..=4 => (tag & 0xffff, length, 4),
            _ => return Err(Stop::Damaged),
        };
        let length = u64::from(length);
        Ok(Tag { kind, length, padding: length.next_multiple_of(alignment) - length })
    }

    fn word(&mut self) -> Result<u32, Stop> {
        let mut bytes = [0; 4];
        self.consume(4)?;
        self.source.read_exact(&mut bytes)?;
        Ok(if self.big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
    }

    /// Counts bytes of the element that are about to be read.
    fn consume(&mut self, length: u64) -> Result<usize, Stop> {
        self.left = self.left.checked_sub(length).ok_or(Stop::Damaged)?;
        usize::try_from(length).map_err(|_| Stop::Damaged)
    }

    fn skip(&mut self, length: u64) -> Result<(), Stop> {
        self.consume(length)?;
        let skipped = io::copy(&mut (&mut *self.source).take(length), &mut io::sink())?;
        if skipped == length { Ok(()) } else { Err(Stop::Damaged) }
    }

    /// Skips the padding of an element. At the end of the enclosing element it may be missing.
    fn skip_padding(&mut self, padding: u64) -> Result<(), Stop> {
        self.skip(padding.min(self.left))
    }

    /// Reads the parts of a matrix, and skips the parts that `read` leaves.
    fn matrix<T>(&mut self, tag: &Tag, read: impl FnOnce(&mut Self) -> Result<T, Stop>) -> Result<T, Stop> {
        if tag.kind != MATRIX {
            return Err(Stop::Damaged);
        }
        let left = self.left.checked_sub(tag.length).ok_or(Stop::Damaged)?;
        self.left = tag.length;
        let parts = read(self)?;
        self.skip(self.left)?;
        self.left = left;
        self.skip_padding(tag.padding)?;
        Ok(parts)
    }
}

/// Text up to the first zero.
fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}

#[cfg(test)]
mod tests;
