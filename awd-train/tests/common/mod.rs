//! Helpers that several test crates use.
#![allow(dead_code, reason = "each test crate uses only some of them")]

#[cfg(feature = "hdf5")]
pub mod made_up;
pub mod matlab;
pub mod npz;
pub mod paths;
pub mod process;
#[cfg(feature = "cli")]
pub mod program;
#[cfg(feature = "cli")]
pub mod refusal;
pub mod set;
pub mod skip;
