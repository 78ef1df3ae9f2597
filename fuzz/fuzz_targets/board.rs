//! Requests in good frames over a bad line, models with right checksums, a flash that fails and tears, and restarts: the board
//! keeps a good model, and each answer is right or a refusal. What must hold is what the test `soak` of awd-embedded checks.
#![no_main]

#[path = "../../awd-embedded/tests/common/mod.rs"]
mod common;

use common::choices::Bytes;
use common::soak::Soak;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|choices: &[u8]| Soak::new(Bytes(choices)).run());
