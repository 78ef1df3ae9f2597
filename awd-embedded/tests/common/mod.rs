//! What several tests, and the fuzz targets, share.

#![allow(dead_code, reason = "each test uses a part of it")]

pub mod choices;
pub mod flash;
pub mod models;
pub mod service;
pub mod soak;
