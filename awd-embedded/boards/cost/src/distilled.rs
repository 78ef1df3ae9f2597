//! The model that the variable AWD_MODEL names, as the build script wrote it.

/// Its file.
pub const FILE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/distilled.awd"));

// WINDOW and WORK: its samples, and those of its work space.
include!(concat!(env!("OUT_DIR"), "/distilled.rs"));
