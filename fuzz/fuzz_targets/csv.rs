//! Any text is a table of windows, or a named error.
#![no_main]

use awd_train::data::{Dataset, read_windows};
use libfuzzer_sys::fuzz_target;
use std::io::Write;

fuzz_target!(|bytes: &[u8]| {
    let mut file = tempfile::NamedTempFile::with_suffix(".csv").expect("a temporary file");
    file.write_all(bytes).expect("it has room");
    let _ = read_windows(file.path(), 3);
    if let Ok(data) = Dataset::read(file.path(), None) {
        assert_eq!(data.train.x.nrows(), data.train.y.len());
    }
});
