//! Reads MATLAB's files of level 5, which `save -v7` writes ("MAT-File Format", The MathWorks): arrays of numbers, texts, and
//! structures, whichever way the bytes are ordered, compressed or not.
//!
//! Our own, as what reads structures elsewhere panics on a file that was cut. What is read here is taken as untrusted: every
//! length is checked against the bytes that are there, and how much they may unfold to is bounded.

use flate2::read::ZlibDecoder;
use num_traits::AsPrimitive;
use std::io::Read;

/// Bytes before the first variable.
const HEADER: usize = 128;

/// Bytes that one compressed variable may unfold to.
const MAX_UNFOLDED: u64 = 1 << 28;

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
    /// Text, cells, sparse arrays, objects: no track is made of them.
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
    #[error("a whole MATLAB file; variable {0} of it is cut off or damaged")]
    Damaged(usize),
}

/// The bytes are not those of an array.
struct Damaged;

/// All variables with their names.
///
/// # Errors
/// It is of another format, or damaged.
pub fn read(bytes: &[u8]) -> Result<Vec<(String, Array)>, Unread> {
    let (header, _) = bytes.split_at_checked(HEADER).ok_or(Unread::Foreign)?;
    if header.starts_with(b"MATLAB 7.3") {
        return Err(Unread::Hdf5);
    }
    let big = match header {
        [.., 0x00, 0x01, b'I', b'M'] => false,
        [.., 0x01, 0x00, b'M', b'I'] => true,
        _ => return Err(Unread::Foreign),
    };
    let mut reader = Reader { bytes, at: HEADER, big };
    let mut variables = Vec::new();
    while reader.at < bytes.len() {
        let variable = reader.variable().map_err(|Damaged| Unread::Damaged(variables.len() + 1))?;
        variables.push(variable);
    }
    Ok(variables)
}

/// A place in bytes.
struct Reader<'b> {
    bytes: &'b [u8],
    at: usize,
    big: bool,
}

/// What stands at a place: its type and its bytes.
struct Element<'b> {
    kind: u32,
    bytes: &'b [u8],
}

/// Types of elements that are not numbers.
const MATRIX: u32 = 14;
const COMPRESSED: u32 = 15;

/// Classes of arrays that are read.
const STRUCTURES: u32 = 2;
const NUMBERS: std::ops::RangeInclusive<u32> = 6..=15;

impl<'b> Reader<'b> {
    fn variable(&mut self) -> Result<(String, Array), Damaged> {
        let element = self.element()?;
        if element.kind != COMPRESSED {
            return self.within(&element)?.array(0);
        }
        let mut unfolded = Vec::new();
        let mut decoder = ZlibDecoder::new(element.bytes).take(MAX_UNFOLDED);
        decoder.read_to_end(&mut unfolded).map_err(|_| Damaged)?;
        let element = Reader { bytes: &unfolded, at: 0, big: self.big }.element()?;
        self.within(&element)?.array(0)
    }

    /// A name and an array, of the parts of a matrix.
    fn array(&mut self, depth: usize) -> Result<(String, Array), Damaged> {
        // MATLAB writes nothing at all for an array of nothing within a structure.
        if self.bytes.is_empty() {
            return Ok((String::new(), Array::Numbers { rows: 0, values: Vec::new() }));
        }
        let flags = self.numbers()?;
        let class = flags.first().map_or(0, |&flags| flags as u32 & 0xff);
        if class != STRUCTURES && !NUMBERS.contains(&class) {
            return Ok((String::new(), Array::Other));
        }
        let dimensions = self.numbers()?;
        let count = dimensions.iter().try_fold(1_usize, |count, &n| count.checked_mul(n as usize)).ok_or(Damaged)?;
        let name = self.text()?;
        if class == STRUCTURES {
            return Ok((name, self.structures(count, depth)?));
        }
        let values = self.numbers()?;
        if values.len() != count {
            return Err(Damaged);
        }
        Ok((name, Array::Numbers { rows: dimensions.first().map_or(0, |&n| n as usize), values }))
    }

    fn structures(&mut self, count: usize, depth: usize) -> Result<Array, Damaged> {
        let length = self.numbers()?.first().map_or(0, |&n| n as usize);
        let names = self.element()?.bytes;
        if length == 0 || depth == MAX_DEPTH {
            return Err(Damaged);
        }
        let fields: Vec<String> = names.chunks(length).map(text).collect();
        // A structure without fields takes no bytes, and there may be any number of them.
        if fields.is_empty() {
            return Ok(Array::Other);
        }
        let mut arrays = Vec::new();
        for _ in 0..count.checked_mul(fields.len()).ok_or(Damaged)? {
            let element = self.element()?;
            arrays.push(self.within(&element)?.array(depth + 1)?.1);
        }
        Ok(Array::Structures(Structures { fields, arrays }))
    }

    fn text(&mut self) -> Result<String, Damaged> {
        self.element().map(|element| text(element.bytes))
    }

    /// Numbers of whichever type.
    fn numbers(&mut self) -> Result<Vec<f64>, Damaged> {
        let Element { kind, bytes } = self.element()?;
        macro_rules! of {
            ($kind:ty) => {{
                let (numbers, _) = bytes.as_chunks();
                let number =
                    |bytes| if self.big { <$kind>::from_be_bytes(bytes) } else { <$kind>::from_le_bytes(bytes) };
                Ok(numbers.iter().map(|&bytes| number(bytes).as_()).collect())
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
            _ => Err(Damaged),
        }
    }

    /// The element here; the next place is behind it and what fills it up to a multiple of eight bytes.
    fn element(&mut self) -> Result<Element<'b>, Damaged> {
        let tag = self.word()?;
        // A small one has its length in the type's upper half, and its bytes in place of the length.
        let (kind, length, filled) = match tag >> 16 {
            0 => (tag, self.word()? as usize, if tag == COMPRESSED { 1 } else { 8 }),
            length @ 1..=4 => (tag & 0xffff, length as usize, 4),
            _ => return Err(Damaged),
        };
        let end = self.at.checked_add(length).ok_or(Damaged)?;
        let bytes = self.bytes.get(self.at..end).ok_or(Damaged)?;
        self.at += length.next_multiple_of(filled);
        Ok(Element { kind, bytes })
    }

    fn word(&mut self) -> Result<u32, Damaged> {
        let bytes = self.bytes.get(self.at..).and_then(<[u8]>::first_chunk).ok_or(Damaged)?;
        self.at += 4;
        Ok(if self.big { u32::from_be_bytes(*bytes) } else { u32::from_le_bytes(*bytes) })
    }

    /// The parts of a matrix.
    const fn within<'e>(&self, element: &Element<'e>) -> Result<Reader<'e>, Damaged> {
        match element.kind {
            MATRIX => Ok(Reader { bytes: element.bytes, at: 0, big: self.big }),
            _ => Err(Damaged),
        }
    }
}

/// Text up to the first zero.
fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of one variable, x = [1 2; 3 4] as MATLAB writes it where bytes are ordered the other way, within so many
    /// structures of one field.
    fn big(structures: usize) -> Vec<u8> {
        let element = |kind: u32, bytes: &[u8]| {
            let mut element = [kind.to_be_bytes(), (bytes.len() as u32).to_be_bytes()].concat();
            element.extend(bytes);
            element.resize(element.len().next_multiple_of(8), 0);
            element
        };
        let words =
            |kind, words: &[u32]| element(kind, &words.iter().flat_map(|word| word.to_be_bytes()).collect::<Vec<_>>());
        // A small element: the length, the type, and up to four bytes.
        let name = [[0, 1, 0, 1], [b'x', 0, 0, 0]].concat();
        let values: Vec<u8> = [1.0_f64, 3.0, 2.0, 4.0].iter().flat_map(|value| value.to_be_bytes()).collect();
        let mut array = [words(6, &[6, 0]), words(5, &[2, 2]), name.clone(), element(9, &values)].concat();
        for _ in 0..structures {
            let field = [[0, 4, 0, 5], [0, 0, 0, 2]].concat();
            let head = [words(6, &[2, 0]), words(5, &[1, 1]), name.clone(), field, element(1, b"f\0")].concat();
            array = [head, element(MATRIX, &array)].concat();
        }
        let mut file = b"MATLAB 5.0 MAT-file".to_vec();
        file.resize(124, b' ');
        [file, vec![1, 0, b'M', b'I'], element(MATRIX, &array)].concat()
    }

    #[test]
    fn bytes_of_either_order_are_read() {
        let x = Array::Numbers { rows: 2, values: vec![1.0, 3.0, 2.0, 4.0] };
        assert_eq!(read(&big(0)).unwrap(), [("x".into(), x.clone())]);
        let (_, array) = read(&big(1)).unwrap().remove(0);
        let Array::Structures(of) = array else { panic!("{array:?}") };
        assert!(of.len() == 1 && of.field("g").is_none());
        assert_eq!(of.field("f").unwrap().collect::<Vec<_>>(), [&x]);
    }

    #[test]
    fn structures_without_end_are_damaged() {
        assert!(read(&big(MAX_DEPTH)).is_ok());
        assert_eq!(read(&big(MAX_DEPTH + 1)).unwrap_err(), Unread::Damaged(1));
        // As many structures as a length can say, and the bytes of one.
        let mut many = big(1);
        let dimensions = many.windows(8).position(|bytes| bytes == [0, 0, 0, 1, 0, 0, 0, 1]).unwrap();
        many[dimensions..dimensions + 8].fill(0x7f);
        assert_eq!(read(&many).unwrap_err(), Unread::Damaged(1));
    }
}
