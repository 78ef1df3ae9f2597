//! Reads structures of numbers from MATLAB's files: level 5, which `save -v7` writes (`level5`), and HDF5, which
//! `save -v7.3` writes (`hdf5`).
//!
//! The input is untrusted: a damaged file is an error, never a panic, and the memory is bounded in proportion to the
//! file. Only the requested fields are kept.

mod array;
#[cfg(feature = "hdf5")]
mod hdf5;
mod level5;

use std::io::{BufReader, Read, Seek};

pub use array::{Array, MAX_CHANNELS, Structures, Unread};

/// The start of HDF5. MATLAB puts a text before it, other programs may leave that empty or out.
const HDF5: &[u8] = b"\x89HDF\r\n\x1a\n";
const HDF5_AT: [usize; 2] = [0, 512];

/// Reads all variables of a file of `bytes` bytes, with their names. Of structures only these fields are kept, at any
/// depth; of other variables only the name.
///
/// # Errors
/// It is of another format, damaged, or decompresses to more than its size allows.
pub fn read<S>(mut source: S, bytes: u64, fields: &[&str]) -> Result<Vec<(String, Array)>, Unread>
where
    S: Read + Seek + Send + 'static,
{
    let mut start = Vec::new();
    (&mut source).take((HDF5_AT[1] + HDF5.len()) as u64).read_to_end(&mut start).map_err(|_| Unread::Foreign)?;
    source.rewind().map_err(|_| Unread::Foreign)?;
    let is_hdf5 = HDF5_AT.iter().any(|&at| start.get(at..).is_some_and(|start| start.starts_with(HDF5)));
    if is_hdf5 || start.starts_with(b"MATLAB 7.3") {
        #[cfg(feature = "hdf5")]
        return hdf5::read(source, bytes, fields);
        #[cfg(not(feature = "hdf5"))]
        return Err(Unread::WithoutHdf5);
    }
    level5::read(&mut BufReader::new(source), bytes, fields)
}
