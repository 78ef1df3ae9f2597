//! Any archive, and an archive of any arrays, parses as a data set or returns an error.
#![no_main]

use awd_train::data::{Dataset, ReadOptions, read_windows};
use libfuzzer_sys::fuzz_target;
use std::io::{Cursor, Write};
use zip::write::{SimpleFileOptions, ZipWriter};

/// The first bytes of an array.
const MAGIC: &[u8] = b"\x93NUMPY";

const NAMES: [&str; 6] = ["x_train", "y_train", "x_test", "y_test", "group_train", "gradient_train"];

fuzz_target!(|bytes: &[u8]| {
    let mut file = tempfile::NamedTempFile::with_suffix(".npz").expect("a temporary file");
    if bytes.starts_with(b"PK") {
        file.write_all(bytes).expect("writing to a temporary file");
    } else {
        // Split the input at each magic into arrays, and put them into an archive with valid checksums.
        let starts = (0..bytes.len()).filter(|&at| at == 0 || bytes[at..].starts_with(MAGIC));
        let starts: Vec<usize> = starts.chain([bytes.len()]).collect();
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, part) in NAMES.iter().zip(starts.windows(2)) {
            zip.start_file(format!("{name}.npy"), SimpleFileOptions::default()).expect("a new name");
            zip.write_all(&bytes[part[0]..part[1]]).expect("writing to memory");
        }
        file.write_all(zip.finish().expect("writing to memory").get_ref()).expect("writing to a temporary file");
    }
    let _ = read_windows(file.path(), 3, None, &ReadOptions::default());
    if let Ok(data) = Dataset::read(file.path(), &ReadOptions::default()) {
        assert_eq!(data.train().x.nrows(), data.train().y.len());
    }
});
