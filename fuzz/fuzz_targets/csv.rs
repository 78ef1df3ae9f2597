//! Any text parses as a table of windows or returns an error; nothing panics.
#![no_main]

use awd_train::data::{Dataset, ReadOptions, read_windows};
use libfuzzer_sys::fuzz_target;
use std::io::Write;

fuzz_target!(|bytes: &[u8]| {
    let mut file = tempfile::NamedTempFile::with_suffix(".csv").expect("a temporary file");
    file.write_all(bytes).expect("writing to a temporary file");
    let _ = read_windows(file.path(), 3, None, &ReadOptions::default());
    if let Ok(data) = Dataset::read(file.path(), &ReadOptions::default()) {
        assert_eq!(data.train().x.nrows(), data.train().y.len());
    }
});
