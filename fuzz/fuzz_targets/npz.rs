//! Any arrays in an archive, and any archive, are a data set or a named error.
#![no_main]

use awd_train::data::{Dataset, read_windows};
use libfuzzer_sys::fuzz_target;
use std::io::{Cursor, Write};
use zip::write::{SimpleFileOptions, ZipWriter};

/// How an array begins.
const MAGIC: &[u8] = b"\x93NUMPY";

const NAMES: [&str; 6] = ["x_train", "y_train", "x_test", "y_test", "group_train", "gradient_train"];

fuzz_target!(|bytes: &[u8]| {
    let mut file = tempfile::NamedTempFile::with_suffix(".npz").expect("a temporary file");
    if bytes.starts_with(b"PK") {
        file.write_all(bytes).expect("it has room");
    } else {
        // Arrays one behind the other, in an archive whose checksums are right.
        let starts = (0..bytes.len()).filter(|&at| at == 0 || bytes[at..].starts_with(MAGIC));
        let starts: Vec<usize> = starts.chain([bytes.len()]).collect();
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, part) in NAMES.iter().zip(starts.windows(2)) {
            zip.start_file(format!("{name}.npy"), SimpleFileOptions::default()).expect("a new name");
            zip.write_all(&bytes[part[0]..part[1]]).expect("it has room");
        }
        file.write_all(zip.finish().expect("it has room").get_ref()).expect("it has room");
    }
    let _ = read_windows(file.path(), 3);
    if let Ok(data) = Dataset::read(file.path(), None) {
        assert_eq!(data.train.x.nrows(), data.train.y.len());
    }
});
