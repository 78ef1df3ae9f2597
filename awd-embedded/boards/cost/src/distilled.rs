//! The model that the variable AWD_MODEL names, and its layout, as the build script wrote them.

/// Its file.
pub const FILE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/distilled.awd"));

/// Its layout.
pub struct Distilled;

include!(concat!(env!("OUT_DIR"), "/distilled.rs"));
