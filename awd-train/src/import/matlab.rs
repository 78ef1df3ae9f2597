//! Reads MATLAB's files of level 5, which `save -v7` writes ("MAT-File Format", The MathWorks): arrays of numbers, texts, and
//! structures, whichever way the bytes are ordered, compressed or not.
//!
//! Our own, as what reads structures elsewhere panics on a file that was cut. What is read here is taken as untrusted: every
//! length is checked against the bytes that are there. The file is read as a stream, and only the fields that are asked for
//! are kept; what these take in memory, and what all variables unfold to, is bounded in proportion to the file.

use crate::file::{Budget, Exceeded};
use flate2::read::ZlibDecoder;
use num_traits::AsPrimitive;
use std::io::{self, Read};

/// Bytes before the first variable.
const HEADER: u64 = 128;

/// Bytes that all variables may unfold to: so many, or so many times the file's size.
const UNFOLDED: u64 = 1 << 29;
const TIMES: u64 = 64;

/// Bytes that are taken from a stream together.
const CHUNK: usize = 8192;

/// Numbers of an array's dimensions, at most.
const MAX_DIMENSIONS: usize = 64;

/// Channels of a track, at most: rows that an array may have for which there is memory.
pub const MAX_CHANNELS: usize = 16;

/// Arrays within arrays, at most.
const MAX_DEPTH: usize = 16;

/// An array of the file.
#[derive(Debug, Clone, PartialEq)]
pub enum Array {
    /// Real numbers, column by column.
    Numbers {
        /// Numbers of a column.
        rows: usize,
        /// All of them.
        values: Vec<f64>,
    },
    /// Structures.
    Structures(Structures),
    /// What was not asked for, and text, cells, sparse arrays, objects: no track is made of them.
    Other,
}

/// Structures, all of the same fields.
#[derive(Debug, Clone, PartialEq)]
pub struct Structures {
    fields: Vec<String>,
    /// The fields of the first, of the second, …
    arrays: Vec<Array>,
}

impl Structures {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.arrays.len() / self.fields.len().max(1)
    }

    /// None at all.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.arrays.is_empty()
    }

    /// A field of each.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<impl Iterator<Item = &Array>> {
        let at = self.fields.iter().position(|field| field == name)?;
        Some(self.arrays.iter().skip(at).step_by(self.fields.len()))
    }
}

/// Why a file is not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unread {
    /// It is of another format.
    #[error("a MATLAB file of level 5; it is of another format")]
    Foreign,
    /// It is HDF5, which MATLAB writes with `-v7.3`.
    #[error("a MATLAB file of level 5; it is of version 7.3 (HDF5): load it in MATLAB and save it with '-v7'")]
    Hdf5,
    /// It ends early, or a length in it is wrong.
    #[error("a whole MATLAB file; variable {0} of it is cut off or damaged: save it anew")]
    Damaged(usize),
    /// It unfolds to more than a file of its size does.
    #[error("{why}; variable {variable} takes more: save it with '-v6', which does not compress")]
    TooLarge {
        /// Which one.
        variable: usize,
        /// The bound.
        why: String,
    },
}

/// Why an array is not read.
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

/// All variables of a file of so many bytes, with their names. Of structures only these fields are kept, wherever they stand;
/// of other variables the name.
///
/// # Errors
/// It is of another format, damaged, or unfolds to more than its size allows.
pub fn read(source: &mut dyn Read, bytes: u64, fields: &[&str]) -> Result<Vec<(String, Array)>, Unread> {
    let mut header = [0; HEADER as usize];
    source.read_exact(&mut header).map_err(|_| Unread::Foreign)?;
    if header.starts_with(b"MATLAB 7.3") {
        return Err(Unread::Hdf5);
    }
    let big = match header {
        [.., 0x00, 0x01, b'I', b'M'] => false,
        [.., 0x01, 0x00, b'M', b'I'] => true,
        _ => return Err(Unread::Foreign),
    };
    let left = bytes.saturating_sub(HEADER);
    let (budget, unfolded) = (&mut Budget::of(bytes), UNFOLDED.max(bytes.saturating_mul(TIMES)));
    let mut reader = Reader { source, left, big, fields, budget };
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

/// A place in a stream, within an element.
struct Reader<'s> {
    source: &'s mut dyn Read,
    /// Bytes of the element behind the place.
    left: u64,
    big: bool,
    fields: &'s [&'s str],
    budget: &'s mut Budget,
}

/// What stands at a place: its type, its length, and what fills it up.
struct Tag {
    kind: u32,
    length: u64,
    filling: u64,
}

/// Types of elements that are not numbers.
const MATRIX: u32 = 14;
const COMPRESSED: u32 = 15;

/// Classes of arrays that are read.
const STRUCTURES: u32 = 2;
const NUMBERS: std::ops::RangeInclusive<u32> = 6..=15;

impl Reader<'_> {
    /// A variable; all that are compressed may unfold to an allowance.
    fn variable(&mut self, allowance: &mut u64) -> Result<(String, Array), Stop> {
        let tag = self.tag()?;
        if tag.kind != COMPRESSED {
            return self.matrix(&tag, |matrix| matrix.array(0, false));
        }
        let left = self.left.checked_sub(tag.length).ok_or(Stop::Damaged)?;
        let mut unfolding = ZlibDecoder::new((&mut *self.source).take(tag.length)).take(*allowance);
        let (big, fields, budget) = (self.big, self.fields, &mut *self.budget);
        let mut inner = Reader { source: &mut unfolding, left: u64::MAX, big, fields, budget };
        let array = inner.tag().and_then(|tag| inner.matrix(&tag, |matrix| matrix.array(0, false)));
        // Only at its end the checksum is looked at.
        let ended = io::copy(&mut unfolding, &mut io::sink());
        *allowance = unfolding.limit();
        if *allowance == 0 {
            let why = format!("at most {} MB unfolded, or {TIMES} times the file's size", UNFOLDED >> 20);
            return Err(Stop::TooLarge(why));
        }
        let array = array?;
        ended?;
        // Behind the end of what is compressed may be more.
        self.left = unfolding.into_inner().into_inner().limit();
        self.skip(self.left)?;
        self.left = left;
        Ok(array)
    }

    /// A name and an array, of the parts of a matrix; its content is kept if it is wanted.
    fn array(&mut self, depth: usize, wanted: bool) -> Result<(String, Array), Stop> {
        // MATLAB writes nothing at all for an array of nothing within a structure.
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
        // A number is copied to a track, beside its probability; a row becomes a channel.
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
        // A structure without fields takes no bytes, and there may be any number of them.
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

    /// The bytes of a text, or of several.
    fn text(&mut self) -> Result<Vec<u8>, Stop> {
        let Tag { length, filling, .. } = self.tag()?;
        let length = self.taken(length)?;
        // Each may become a text of its own.
        self.budget.take(64 * length as u64)?;
        let mut bytes = vec![0; length];
        self.source.read_exact(&mut bytes)?;
        self.fill(filling)?;
        Ok(bytes)
    }

    /// Numbers of whichever type, at most so many.
    fn numbers(&mut self, most: usize) -> Result<Vec<f64>, Stop> {
        let Tag { kind, length, filling } = self.tag()?;
        let length = self.taken(length)?;
        let mut chunk = [0; CHUNK];
        let mut numbers = Vec::new();
        macro_rules! of {
            ($kind:ty) => {{
                let (count, mut left) = (length / size_of::<$kind>(), length);
                if count > most || numbers.try_reserve_exact(count).is_err() {
                    return Err(Stop::Damaged);
                }
                while left > 0 {
                    let part = &mut chunk[..left.min(CHUNK)];
                    self.source.read_exact(part)?;
                    left -= part.len();
                    let number =
                        |bytes| if self.big { <$kind>::from_be_bytes(bytes) } else { <$kind>::from_le_bytes(bytes) };
                    numbers.extend(part.as_chunks().0.iter().map(|&bytes| -> f64 { number(bytes).as_() }));
                }
            }};
        }
        match kind {
            1 => of!(i8),
            2 => of!(u8),
            3 => of!(i16),
            4 => of!(u16),
            5 => of!(i32),
            6 => of!(u32),
            7 => of!(f32),
            9 => of!(f64),
            12 => of!(i64),
            13 => of!(u64),
            _ => return Err(Stop::Damaged),
        }
        self.fill(filling)?;
        Ok(numbers)
    }

    /// What is next; behind it is what fills it up to a multiple of eight bytes.
    fn tag(&mut self) -> Result<Tag, Stop> {
        let tag = self.word()?;
        // A small one has its length in the type's upper half, and its bytes in place of the length.
        let (kind, length, filled) = match tag >> 16 {
            0 => (tag, self.word()?, if tag == COMPRESSED { 1 } else { 8 }),
            length @ 1..=4 => (tag & 0xffff, length, 4),
            _ => return Err(Stop::Damaged),
        };
        let length = u64::from(length);
        Ok(Tag { kind, length, filling: length.next_multiple_of(filled) - length })
    }

    fn word(&mut self) -> Result<u32, Stop> {
        let mut bytes = [0; 4];
        self.taken(4)?;
        self.source.read_exact(&mut bytes)?;
        Ok(if self.big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
    }

    /// So many bytes of the element are about to be read.
    fn taken(&mut self, length: u64) -> Result<usize, Stop> {
        self.left = self.left.checked_sub(length).ok_or(Stop::Damaged)?;
        usize::try_from(length).map_err(|_| Stop::Damaged)
    }

    fn skip(&mut self, length: u64) -> Result<(), Stop> {
        self.taken(length)?;
        let skipped = io::copy(&mut (&mut *self.source).take(length), &mut io::sink())?;
        if skipped == length { Ok(()) } else { Err(Stop::Damaged) }
    }

    /// Skips what fills an element up; at the end of another it may not be there.
    fn fill(&mut self, filling: u64) -> Result<(), Stop> {
        self.skip(filling.min(self.left))
    }

    /// The parts of a matrix, of which those that are not read are skipped.
    fn matrix<T>(&mut self, tag: &Tag, read: impl FnOnce(&mut Self) -> Result<T, Stop>) -> Result<T, Stop> {
        if tag.kind != MATRIX {
            return Err(Stop::Damaged);
        }
        let left = self.left.checked_sub(tag.length).ok_or(Stop::Damaged)?;
        self.left = tag.length;
        let parts = read(self)?;
        self.skip(self.left)?;
        self.left = left;
        self.fill(tag.filling)?;
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
