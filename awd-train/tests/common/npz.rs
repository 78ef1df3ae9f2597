//! Arrays of numpy.

use npyz::{Deserialize, NpyFile};
use std::fs::File;
use std::path::Path;

/// The elements of one array of an `.npz`, row by row.
pub fn array<T: Deserialize>(path: &Path, name: &str) -> Vec<T> {
    let mut archive = zip::ZipArchive::new(File::open(path).unwrap()).unwrap();
    NpyFile::new(archive.by_name(&format!("{name}.npy")).unwrap()).unwrap().into_vec().unwrap()
}

/// The header of an `.npy` file of version 1.0. `descr` is the type and `shape` the shape as numpy writes them, for
/// example `'<f4'` with its quotes and `(3, 4)`; they may also be invalid.
pub fn header(descr: &str, fortran: bool, shape: &str) -> Vec<u8> {
    let order = if fortran { "True" } else { "False" };
    let text = format!("{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}\n");
    [&b"\x93NUMPY\x01\x00"[..], &u16::try_from(text.len()).unwrap().to_le_bytes(), text.as_bytes()].concat()
}
