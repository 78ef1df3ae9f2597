//! The model that the environment variable AWD_MODEL names, as written by the build script.

/// The model file.
pub const FILE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/distilled.awd"));

// WINDOW and WORK: samples of its window, and of its work space.
include!(concat!(env!("OUT_DIR"), "/distilled.rs"));
