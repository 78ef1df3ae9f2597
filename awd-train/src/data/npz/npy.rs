//! Reads arrays in numpy's `.npy`: a header in Python syntax, and the elements.
//!
//! The header is parsed here and must be a dictionary of exactly three keys. npyz accepts any Python literal, in a time
//! that is exponential in how deep its lists are nested, so it reads only the elements.

use npyz::half::f16;
use npyz::{DType, Deserialize, TypeChar, TypeRead, TypeStr};
use std::io::{self, Read};

/// The most bytes of a header. By default numpy does not read longer ones either.
const MAX_HEADER: usize = 10_000;

/// The most axes of an array, as in numpy.
const MAX_AXES: usize = 64;

/// A header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    pub shape: Vec<usize>,
    /// Whether the elements are stored column by column.
    pub fortran: bool,
    /// The type of the elements.
    kind: TypeStr,
    /// The bytes of the whole file, according to the header.
    pub bytes: u64,
    /// The number of elements of the array, and of a row.
    pub count: usize,
    pub row_elements: usize,
}

/// An element, widened.
#[derive(Debug, Clone, Copy)]
pub enum Number {
    Float(f64),
    Integer(i64),
    /// An integer without a sign, of 64 bits.
    Unsigned(u64),
}

/// The kinds of elements that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ElementKind {
    Floats,
    Integers,
    Texts,
}

impl Header {
    /// Reads the header. The elements follow in the source.
    pub fn read(source: &mut impl Read) -> io::Result<Self> {
        let mut start = [0; 8];
        source.read_exact(&mut start)?;
        let length = match start {
            [0x93, b'N', b'U', b'M', b'P', b'Y', 1, 0] => u64::from(u16::from_le_bytes(bytes(source)?)),
            [0x93, b'N', b'U', b'M', b'P', b'Y', 2 | 3, 0] => u64::from(u32::from_le_bytes(bytes(source)?)),
            _ => return Err(refused("an array of numpy's format 1, 2 or 3: save it with np.savez")),
        };
        let before = if start[6] == 1 { 10 } else { 12 };
        if length > MAX_HEADER as u64 {
            let bound = format!("a header of at most {MAX_HEADER} bytes; it has {length}: save it with np.savez");
            return Err(refused(bound));
        }
        let mut text = vec![0; usize::try_from(length).map_err(io::Error::other)?];
        source.read_exact(&mut text)?;
        let Some((descr, fortran, shape)) = Text(&text).dictionary() else {
            let found = String::from_utf8_lossy(&text[..text.len().min(100)]);
            let bound = "a header with descr (a type), fortran_order (True or False) and shape (at most 64 whole numbers in \
                         parentheses)";
            return Err(refused(format!("{bound}; it is {found}: save it with np.savez")));
        };
        Self::new(&descr, fortran, shape, before + length)
    }

    /// The header of an array of this type and shape, whose elements begin after `before` bytes.
    fn new(descr: &str, fortran: bool, shape: Vec<u64>, before: u64) -> io::Result<Self> {
        let kind: TypeStr = descr.parse().map_err(|why| refused(format!("{why}: save numbers, with np.savez")))?;
        let element_bytes = kind.num_bytes().ok_or_else(|| unsupported(&kind))? as u64;
        let product = |shape: &[u64]| shape.iter().try_fold(1_u64, |product, &n| product.checked_mul(n));
        let row_elements = product(shape.get(1..).unwrap_or_default());
        let count = row_elements.and_then(|row_elements| row_elements.checked_mul(shape.first().copied().unwrap_or(1)));
        let bytes = count.and_then(|count| count.checked_mul(element_bytes)?.checked_add(before));
        let too_large = || refused(format!("an array of at most 2^63 bytes; its shape is {shape:?}, so it is damaged"));
        let (Some(row_elements), Some(count), Some(bytes)) = (row_elements, count, bytes) else {
            return Err(too_large());
        };
        let to_usize = |n: u64| usize::try_from(n).map_err(|_| too_large());
        Ok(Self {
            // With one axis both orders are the same.
            fortran: fortran && shape.len() > 1,
            shape: shape.iter().map(|&n| to_usize(n)).collect::<io::Result<_>>()?,
            bytes,
            count: to_usize(count)?,
            row_elements: to_usize(row_elements)?,
            kind,
        })
    }

    /// The kind of the elements.
    pub fn element_kind(&self) -> io::Result<ElementKind> {
        match (self.kind.type_char(), self.kind.size_field()) {
            (TypeChar::Float, 2 | 4 | 8) => Ok(ElementKind::Floats),
            (TypeChar::Bool | TypeChar::Int, _) | (TypeChar::Uint, 1 | 2 | 4 | 8) => Ok(ElementKind::Integers),
            (TypeChar::UnicodeStr | TypeChar::ByteStr, _) => Ok(ElementKind::Texts),
            _ => Err(unsupported(&self.kind)),
        }
    }

    /// The bytes of an element.
    pub fn element_bytes(&self) -> u64 {
        self.kind.num_bytes().unwrap_or(0) as u64
    }

    /// Reads `count` numbers and maps each with `make`.
    pub fn numbers<T>(&self, source: &mut impl Read, count: usize, make: impl Fn(Number) -> T) -> io::Result<Vec<T>> {
        use Number::{Float, Integer, Unsigned};
        macro_rules! read_as {
            ($from:ty, $number:ident) => {
                self.elements(source, count, |element: $from| make($number(element.into())))
            };
        }
        match (self.kind.type_char(), self.kind.size_field()) {
            (TypeChar::Float, 2) => read_as!(f16, Float),
            (TypeChar::Float, 4) => read_as!(f32, Float),
            (TypeChar::Float, _) => read_as!(f64, Float),
            (TypeChar::Int, 1) => read_as!(i8, Integer),
            (TypeChar::Int, 2) => read_as!(i16, Integer),
            (TypeChar::Int, 4) => read_as!(i32, Integer),
            (TypeChar::Int, _) => read_as!(i64, Integer),
            (TypeChar::Uint, 1) => read_as!(u8, Integer),
            (TypeChar::Uint, 2) => read_as!(u16, Integer),
            (TypeChar::Uint, 4) => read_as!(u32, Integer),
            (TypeChar::Uint, _) => read_as!(u64, Unsigned),
            _ => read_as!(bool, Integer),
        }
    }

    /// Reads `count` texts.
    pub fn texts(&self, source: &mut impl Read, count: usize) -> io::Result<Vec<String>> {
        if self.kind.type_char() == TypeChar::ByteStr {
            return self.elements(source, count, |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned());
        }
        self.elements(source, count, |text: String| text)
    }

    fn elements<E: Deserialize, T>(
        &self,
        source: &mut impl Read,
        count: usize,
        make: impl Fn(E) -> T,
    ) -> io::Result<Vec<T>> {
        let reader = E::reader(&DType::new_scalar(self.kind.clone())).map_err(io::Error::other)?;
        let mut elements = Vec::new();
        elements.try_reserve_exact(count)?;
        for _ in 0..count {
            elements.push(make(reader.read_one(&mut *source)?));
        }
        Ok(elements)
    }
}

fn bytes<const N: usize>(source: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    source.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// The error for elements of a type that is not read.
fn unsupported(kind: &TypeStr) -> io::Error {
    let next = match kind.type_char() {
        TypeChar::Object => "rows of different lengths? pad or cut them to one length, then save x.astype(np.float32)",
        TypeChar::Complex => "save their absolute value, or their real part",
        _ => "convert them with x.astype(np.float32)",
    };
    refused(format!("numbers of at most 64 bits; these are {kind}: {next}"))
}

fn refused(why: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why.into())
}

/// The rest of a header.
struct Text<'t>(&'t [u8]);

impl<'t> Text<'t> {
    /// `{'descr': '<f4', 'fortran_order': False, 'shape': (4, 32), }`, in any order.
    fn dictionary(mut self) -> Option<(String, bool, Vec<u64>)> {
        let (mut descr, mut fortran, mut shape) = (None, None, None);
        self.expect(b"{")?;
        while self.expect(b"}").is_none() {
            let key = self.quoted()?;
            self.expect(b":")?;
            let new = match key {
                b"descr" => descr.replace(String::from_utf8(self.quoted()?.to_vec()).ok()?).is_none(),
                b"fortran_order" => fortran.replace(self.boolean()?).is_none(),
                b"shape" => shape.replace(self.shape()?).is_none(),
                _ => false,
            };
            // A comma separates two keys, and may follow the last one.
            if !new || self.expect(b",").is_none() && !self.skip_space().0.starts_with(b"}") {
                return None;
            }
        }
        self.skip_space().0.is_empty().then_some((descr?, fortran?, shape?))
    }

    fn boolean(&mut self) -> Option<bool> {
        self.expect(b"True").map(|()| true).or_else(|| self.expect(b"False").map(|()| false))
    }

    fn shape(&mut self) -> Option<Vec<u64>> {
        let mut shape = Vec::new();
        self.expect(b"(")?;
        while self.expect(b")").is_none() {
            shape.push(self.number()?);
            if shape.len() > MAX_AXES || self.expect(b",").is_none() && !self.skip_space().0.starts_with(b")") {
                return None;
            }
        }
        Some(shape)
    }

    fn number(&mut self) -> Option<u64> {
        let text = self.skip_space().0;
        let (digits, rest) = text.split_at(text.iter().take_while(|byte| byte.is_ascii_digit()).count());
        self.0 = rest;
        std::str::from_utf8(digits).ok()?.parse().ok()
    }

    /// A text in quotes of either kind, without escapes.
    fn quoted(&mut self) -> Option<&'t [u8]> {
        let (&quote, rest) = self.skip_space().0.split_first()?;
        let end = rest.iter().position(|byte| *byte == quote || *byte == b'\\')?;
        let (text, rest) = rest.split_at(end);
        self.0 = rest.split_first().filter(|(end, _)| matches!(quote, b'\'' | b'"') && **end == quote)?.1;
        Some(text)
    }

    fn expect(&mut self, word: &[u8]) -> Option<()> {
        self.0 = self.skip_space().0.strip_prefix(word)?;
        Some(())
    }

    /// Skips white space at the start.
    fn skip_space(&mut self) -> &Self {
        self.0 = self.0.trim_ascii_start();
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> Vec<u8> {
        let length = u16::try_from(text.len()).unwrap().to_le_bytes();
        [&b"\x93NUMPY\x01\x00"[..], &length, text.as_bytes()].concat()
    }

    fn header(text: &str) -> io::Result<Header> {
        Header::read(&mut &file(text)[..])
    }

    #[test]
    fn headers_are_read_as_numpy_and_npyz_write_them() {
        let read = header("{'descr': '<f4', 'fortran_order': False, 'shape': (4, 32), }          \n").unwrap();
        assert_eq!((&read.shape[..], read.fortran, read.count, read.row_elements), (&[4, 32][..], false, 128, 32));
        assert_eq!(read.bytes, 10 + 71 + 4 * 128);
        let read = header("{\"shape\":(7,),\"fortran_order\":True,\"descr\":\"|b1\"}").unwrap();
        assert_eq!((&read.shape[..], read.fortran), (&[7][..], false));
        let scalar = header("{'descr': '<i8', 'fortran_order': False, 'shape': ()}").unwrap();
        assert_eq!((scalar.count, scalar.row_elements), (1, 1));
        let texts = header("{'descr': '<U5', 'fortran_order': False, 'shape': (2,)}").unwrap();
        assert_eq!((texts.element_bytes(), texts.element_kind().unwrap()), (20, ElementKind::Texts));
        for version in [2, 3] {
            let text = "{'descr': '>f8', 'fortran_order': True, 'shape': (2, 3), }\n";
            let length = u32::try_from(text.len()).unwrap().to_le_bytes();
            let file = [&b"\x93NUMPY"[..], &[version, 0], &length, text.as_bytes()].concat();
            let read = Header::read(&mut &file[..]).unwrap();
            assert_eq!((read.fortran, read.bytes), (true, file.len() as u64 + 48));
        }
    }

    #[test]
    fn other_headers_are_refused_at_once() {
        let nested = |open: &str, close: &str| {
            let shape = format!("{}1{}", open.repeat(4000), close.repeat(4000));
            format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}}}")
        };
        let shape = |shape: &str| format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}");
        let descr = |descr: &str| format!("{{'descr': {descr}, 'fortran_order': False, 'shape': (2,), }}");
        let start = std::time::Instant::now();
        for text in [
            nested("[", "]"),
            nested("(", ")"),
            nested("{1:", "}"),
            "(".repeat(9000),
            shape("[4]"),
            shape("(4"),
            shape("(-4,)"),
            shape("(4.0,)"),
            shape("(4 4)"),
            shape("(18446744073709551616,)"),
            shape("(4294967296, 4294967296)"),
            // The product of all axes is 0, but that of a row overflows.
            shape("(0, 4294967296, 4294967296)"),
            shape("(4611686018427387904,)"),
            shape(&format!("({})", "1,".repeat(65))),
            descr("[('a', '<f4')]"),
            descr("'|O'"),
            descr("'<f3'"),
            descr("'<U99999999999999999999'"),
            descr("'<U9223372036854775807'"),
            descr("'<f4"),
            "{'descr': '<f4', 'fortran_order': False}".into(),
            "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2,)}".into(),
            "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'more': (2,)}".into(),
            "{'descr': '<f4', 'fortran_order': 0, 'shape': (2,)}".into(),
            "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} 1".into(),
            String::new(),
        ] {
            let error = header(&text).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidData, "{text:.200}: {error}");
        }
        assert!(start.elapsed().as_millis() < 100);
        assert!(header(&" ".repeat(10_001)).unwrap_err().to_string().contains("at most 10000 bytes"));
        assert!(Header::read(&mut &file("")[..9]).is_err());
    }
}
