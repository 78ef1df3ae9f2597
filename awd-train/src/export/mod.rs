//! A model for firmware that is built with it: as the source of a scorer of this model alone ([`code`]), or as a constant of its file's
//! bytes, for awd-core or the C library ([`bytes`]).

pub mod bytes;
pub mod code;
