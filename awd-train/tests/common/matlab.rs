//! MATLAB files of version 5, with structures.

use std::io::Write;

/// Codes of data types.
const INT8: u32 = 1;
const UINT8: u32 = 2;
const INT32: u32 = 5;
const UINT32: u32 = 6;
const DOUBLE: u32 = 9;
const MATRIX: u32 = 14;
const COMPRESSED: u32 = 15;

/// Codes of classes of arrays.
const STRUCTURE: u32 = 2;
const DOUBLE_ARRAY: u32 = 6;
const UINT8_ARRAY: u32 = 9;

/// A data element: its type, its length and its bytes, padded to a multiple of eight.
fn element(kind: u32, bytes: &[u8]) -> Vec<u8> {
    let mut element = [&kind.to_le_bytes(), &(bytes.len() as u32).to_le_bytes(), bytes].concat();
    element.resize(element.len().next_multiple_of(8), 0);
    element
}

/// The flags, the dimensions and the name of an array. A name of one letter, or none (0), is a small element: length,
/// type and bytes in eight bytes.
fn head(class: u32, dimensions: [u32; 2], name: u8) -> Vec<u8> {
    let words = |kind, words: [u32; 2]| element(kind, &words.map(u32::to_le_bytes).concat());
    [words(UINT32, [class, 0]), words(INT32, dimensions), vec![1, 0, 1, 0, name, 0, 0, 0]].concat()
}

/// The structure `t`, whose one field is named by a letter. The field has `numbers` zeros of one byte each, but claims
/// to have `dimensions` rows and columns of them.
pub fn structure(field: u8, dimensions: [u32; 2], numbers: usize) -> Vec<u8> {
    let array = [head(UINT8_ARRAY, dimensions, 0), element(UINT8, &vec![0; numbers])].concat();
    // The length of field names, two bytes, and the name.
    let names = [5, 0, 4, 0, 2, 0, 0, 0, 1, 0, 2, 0, field, 0, 0, 0];
    element(MATRIX, &[head(STRUCTURE, [1, 1], b't'), names.into(), element(MATRIX, &array)].concat())
}

/// An array of numbers, column by column.
pub fn numbers(dimensions: [usize; 2], values: &[f64]) -> Vec<u8> {
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    let head = head(DOUBLE_ARRAY, dimensions.map(|n| u32::try_from(n).unwrap()), 0);
    element(MATRIX, &[head, element(DOUBLE, &bytes)].concat())
}

/// Structures with these fields, from the arrays of the first structure, of the second, … The variable's name is a
/// letter, or none (0).
pub fn structures(name: u8, fields: &[&str], arrays: &[Vec<u8>]) -> Vec<u8> {
    const LENGTH: usize = 32;
    let mut names = vec![0; LENGTH * fields.len()];
    for (name, field) in names.chunks_mut(LENGTH).zip(fields) {
        name[..field.len()].copy_from_slice(field.as_bytes());
    }
    let count = u32::try_from(arrays.len() / fields.len()).unwrap();
    let length = [5, 0, 4, 0, LENGTH as u8, 0, 0, 0];
    let parts = [head(STRUCTURE, [1, count], name), length.into(), element(INT8, &names), arrays.concat()];
    element(MATRIX, &parts.concat())
}

/// A compressed variable. Its element is not padded.
pub fn compressed(variable: &[u8]) -> Vec<u8> {
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    zlib.write_all(variable).unwrap();
    let bytes = zlib.finish().unwrap();
    [&COMPRESSED.to_le_bytes(), &(bytes.len() as u32).to_le_bytes(), &bytes[..]].concat()
}

/// A file of these variables.
pub fn file(variables: &[u8]) -> Vec<u8> {
    let mut file = b"MATLAB 5.0 MAT-file".to_vec();
    file.resize(124, b' ');
    [&file, &[0, 1, b'I', b'M'][..], variables].concat()
}
