//! Errors: small, without allocation, each naming the field and its bound.

use core::fmt;

/// A part of a model, or a window, that is outside its bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Invalid {
    /// The field at fault, by its name in [`crate::Spec`].
    pub field: &'static str,
    /// The bound that it breaks, in words.
    pub bound: &'static str,
}

impl Invalid {
    /// `Err` of this field and bound unless `holds`.
    ///
    /// # Errors
    /// It does not hold.
    pub fn unless(holds: bool, field: &'static str, bound: &'static str) -> Result<(), Self> {
        if holds { Ok(()) } else { Err(Self { field, bound }) }
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.bound)
    }
}

impl core::error::Error for Invalid {}

/// Why bytes were refused as a model file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum FormatError {
    /// Fewer bytes than header and checksum take.
    Truncated {
        /// Bytes found.
        found: usize,
        /// Bytes needed at the least.
        least: usize,
    },
    /// The first four bytes are not `AWDM`: some other file.
    NotAModel,
    /// Of a major version that is not read here, most likely a newer one.
    Version {
        /// Major version of the file.
        found: u8,
        /// The newest major version that is read here; all before it are read too.
        reads: u8,
    },
    /// The CRC-32 at the end does not match the bytes before it.
    Checksum,
    /// The checksum is right but the body does not decode; written by something else.
    Malformed,
    /// The body decodes to a model that breaks a bound.
    Invalid(Invalid),
    /// The buffer to write to is shorter than the file.
    NoSpace,
}

impl From<Invalid> for FormatError {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid)
    }
}

impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated { found, least } => {
                write!(f, "length: {found} bytes, a model has at least {least}")
            }
            Self::NotAModel => write!(f, "magic: the first bytes are not a model's"),
            Self::Version { found, reads } => {
                write!(f, "version: {found} is not one of 1 to {reads}, which are read here; update this software")
            }
            Self::Checksum => write!(f, "crc32: does not match the bytes; the file is damaged"),
            Self::Malformed => write!(f, "body: the checksum is right but it does not decode"),
            Self::Invalid(invalid) => invalid.fmt(f),
            Self::NoSpace => write!(f, "buffer: shorter than the file"),
        }
    }
}

impl core::error::Error for FormatError {}
