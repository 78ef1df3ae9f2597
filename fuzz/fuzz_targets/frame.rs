//! Any bytes decode to valid frames or errors, and encoding a decoded frame gives the bytes that were read.
#![no_main]

use awd_embedded::frame::{Decoder, encode, encoded_len};
use libfuzzer_sys::fuzz_target;

const N: usize = 300;

fuzz_target!(|bytes: &[u8]| {
    let mut decoder = Decoder::new([0; N]);
    let mut start = 0;
    for (i, &byte) in bytes.iter().enumerate() {
        if let Some(Ok(frame)) = decoder.push(byte) {
            let mut buffer = [0; encoded_len(N)];
            let again = encode(frame.sequence, frame.payload, &mut buffer).expect("the buffer is long enough");
            // The COBS encoding is unique, except that a run of 254 bytes may end a block or not.
            let read = &bytes[start..=i];
            assert!(read.ends_with(again) || frame.payload.len() > 240, "read {read:?}, encoded {again:?}");
        }
        if byte == 0 {
            start = i + 1;
        }
    }
});
