//! Any bytes parse as the variables of a MATLAB file or return an error; tracks are made from the variables.
#![no_main]

use awd_train::import::matlab::{self, MAX_CHANNELS};
use awd_train::import::{FIELDS, tracks};
use libfuzzer_sys::fuzz_target;
use std::io::Cursor;

fuzz_target!(|bytes: &[u8]| {
    let Ok(variables) = matlab::read(Cursor::new(bytes.to_vec()), bytes.len() as u64, &FIELDS) else { return };
    if let Some(tracks) = tracks(&variables, 3) {
        assert!(tracks.iter().all(|track| track.channels.len() <= MAX_CHANNELS));
    }
});
