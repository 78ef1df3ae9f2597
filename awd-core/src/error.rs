//! Errors as one-byte codes. The strings that name field and bound take flash only if the firmware uses them.

use core::fmt;

/// Declares the codes, each with its number, field and bound.
macro_rules! codes {
    ($($(#[$doc:meta])* $code:ident = $number:literal, $field:literal, $bound:literal;)+) => {
        /// A field of a model or a buffer that is outside its bounds.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        #[non_exhaustive]
        #[repr(u8)]
        pub enum Invalid {
            $(#[doc = concat!("`", $field, "`: ", $bound, ".")] $(#[$doc])* $code = $number,)+
        }

        impl Invalid {
            /// The invalid field, named as in docs/model-format.md, or the invalid buffer.
            #[must_use]
            pub const fn field(self) -> &'static str {
                match self {
                    $(Self::$code => $field,)+
                }
            }

            /// The bound that is violated, as text.
            #[must_use]
            pub const fn bound(self) -> &'static str {
                match self {
                    $(Self::$code => $bound,)+
                }
            }

            /// The error with this code, for example one that another device sent; `None` if the code is unknown.
            #[must_use]
            pub const fn from_code(code: u8) -> Option<Self> {
                match code {
                    $($number => Some(Self::$code),)+
                    _ => None,
                }
            }
        }
    };
}

codes! {
    Window = 1, "window", "rows and columns of 2 to 4096 samples in all; one row of a signal, two or more of an image";
    Deviation = 2, "deviation", "1e-15..=1e15";
    Unit = 3, "arithmetic.unit", "0 of floating point, otherwise finite and more than 0";
    FixedImage = 4, "arithmetic", "float of an image";
    Threshold = 5, "threshold", "finite, and 0 unless there are two classes";
    Wavelets = 6, "wavelets", "1 to 3 whole records, 1 of an image";
    Boundary = 7, "wavelets.boundary", "0 periodization, 1 zero, 2 symmetric";
    Levels = 8, "wavelets.levels", "1..=12, of an image 1..=4, and 2^levels at most the window or the shorter side of the image";
    Schemes = 9, "lifting", "whole records: of each wavelet one for all levels, or at most one a level";
    Steps = 10, "lifting.steps", "2..=21 a scheme, at most 42 a wavelet, in whole records";
    FilterLen = 11, "lifting.filter_len", "even, 2..=40";
    Origin = 12, "lifting.origin", "one even, one odd, -40..=40";
    Offset = 13, "lifting.offset", "-40..=40";
    Taps = 14, "lifting.taps", "of modulus at most 2";
    Histograms = 15, "histograms", "at most 4 whole records, none of a signal";
    Kernel = 16, "histograms.kernel", "0, or one more than a kernel of one of the levels, of at most 64 taps";
    Bins = 17, "histograms.bins", "1..=32, the first finite, finite and wider than 0";
    Features = 18, "features", "at most 128 whole records in ascending order, none twice";
    Band = 19, "features.band", "one of the bands, the window itself, or a histogram";
    Code = 20, "features.code", "0..=27, 32..=99 or 128..=159";
    Rank = 21, "features.rank", "less than the coefficients of its band";
    Place = 22, "features.place", "less than the coefficients of its band";
    Lag = 23, "features.lag", "less than the coefficients of its band";
    Segment = 31, "features.segment", "one of at most as many as its band has coefficients";
    Products = 32, "products", "whole records of two features, the first at most the second, in ascending order, none twice, at most 128 with the features";
    WithoutSigns = 33, "features.code", "none of the features of signs, which this device leaves out: awd-core has them with its feature `signs`";
    WithoutIncrements = 34, "features.code", "none of increments, which this device leaves out: awd-core has them with its feature `increments`";
    WithoutSegments = 35, "features.code", "none of segments, which this device leaves out: awd-core has them with its feature `segments`";
    WithoutProducts = 36, "products", "none here, which this device leaves out: awd-core has them with its feature `products`";
    Outputs = 24, "readout.bias", "1..=8 outputs";
    Weights = 25, "readout.weights", "as many as features and products together, times outputs, at most 512";
    NotFinite = 26, "readout", "finite numbers";
    Range = 27, "reference.range", "finite, the least first";
    Moments = 28, "reference.moments", "as many as bands of the first wavelet, finite, deviations more than 0";
    Task = 30, "kind", "0 linear, 1 softmax";
    Oversampled = 40, "wavelets.phases", "1 or 2, of an image 1";
    Limit = 37, "arithmetic.limit", "1..=32767 in fixed point";
    Shifts = 39, "integers.shifts", "-14..=30";
    Integers = 41, "integers", "in fixed point a shift for each feature and product, a bias for each output, and as many weights as in f32; otherwise nothing";
    Provenance = 29, "provenance", "whole, weights finite and not negative";
    /// Codes of 64 and above report an argument of a call, not a field of a model.
    WindowLen = 64, "window", "as many samples as the model's or the layout's window";
    WorkLen = 65, "work", "as long as the work_len of what is called says";
    StateLen = 66, "state", "as long as the state_len of what is called says";
    CoefficientsLen = 67, "coefficients", "as many as all bands of the window have";
    BufferLen = 68, "buffer", "of the size that Dwt::buffer says";
    Windows = 69, "windows", "whole windows of at least one sample";
    Size = 70, "size", "at least one sample";
    Signal = 71, "image", "none here: images are scored by Model::images";
    Image = 72, "image", "that of a model of images";
    Fixed = 73, "arithmetic", "fixed";
    Layout = 74, "layout", "that of the model: levels, boundary, filter length, origin, steps, one scheme for all levels";
    Hop = 75, "hop", "at least 1";
    Phases = 77, "wavelets.phases", "one phase: an inverse, images, packets and code for a layout have no oversampled details";
    Tracks = 76, "tracks", "at most as many signals as there is room for";
}

impl Invalid {
    /// Returns `Err(self)` unless `holds` is true.
    ///
    /// # Errors
    /// `holds` is false.
    #[inline(always)]
    pub const fn unless(self, holds: bool) -> Result<(), Self> {
        if holds { Ok(()) } else { Err(self) }
    }

    /// The numeric code, the inverse of [`Invalid::from_code`].
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field(), self.bound())
    }
}

impl core::error::Error for Invalid {}

/// Why bytes were refused as a model file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum FormatError {
    /// The file has fewer bytes than header and checksum take, or more than [`MAX_BYTES`](crate::model::MAX_BYTES).
    Length {
        /// Length of the file in bytes.
        found: usize,
    },
    /// The first four bytes are not `AWDM`: this is not a model file.
    NotAModel,
    /// The major version is not supported.
    Version {
        /// Major and minor version of the file.
        found: [u8; 2],
    },
    /// The CRC-32 at the end does not match the bytes before it.
    Checksum,
    /// The checksum is correct but the body does not decode.
    Malformed,
    /// The body decodes, but a field is outside its bounds.
    Invalid(Invalid),
    /// The output buffer is shorter than the file.
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
            Self::Length { found } => write!(f, "length: {found} bytes, a model has 10 to 4096"),
            Self::NotAModel => write!(f, "magic: the first bytes are not a model's"),
            Self::Version { found: [major, minor] } => {
                write!(
                    f,
                    "version: {major}.{minor}, and this software reads 1.x; distil the model anew, or update this software"
                )
            }
            Self::Checksum => write!(f, "crc32: does not match the bytes; the file is damaged"),
            Self::Malformed => write!(f, "body: the checksum is right but it does not decode"),
            Self::Invalid(invalid) => invalid.fmt(f),
            Self::NoSpace => write!(f, "buffer: shorter than the file"),
        }
    }
}

impl core::error::Error for FormatError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn from_code_inverts_code() {
        let known = (0..=u8::MAX).filter_map(Invalid::from_code);
        assert!(known.clone().all(|code| Invalid::from_code(code.code()) == Some(code)));
        assert_eq!(known.count(), 40 + 14);
    }
}
