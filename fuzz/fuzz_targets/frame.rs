//! Any bytes are frames whose checksum is right, or named errors; and each frame that is found is one that encodes to what was
//! read.
#![no_main]

use awd_embedded::frame::{Decoder, encode, encoded_len};
use libfuzzer_sys::fuzz_target;

const N: usize = 300;

fuzz_target!(|bytes: &[u8]| {
    let mut decoder = Decoder::<N>::new();
    let mut start = 0;
    for (i, &byte) in bytes.iter().enumerate() {
        if let Some(Ok(frame)) = decoder.push(byte) {
            let mut buffer = [0; encoded_len(N)];
            let again = encode(frame.sequence, frame.payload, &mut buffer).expect("it has room");
            // COBS has one spelling, but for the runs of 254 bytes that may end or go on.
            let read = &bytes[start..=i];
            assert!(read.ends_with(again) || frame.payload.len() > 240, "{read:?} is not {again:?}");
        }
        if byte == 0 {
            start = i + 1;
        }
    }
});
