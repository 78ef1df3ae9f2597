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
    Window = 1, "window", "2 to 4096 samples (rows × columns); a signal has 1 row, an image at least 2 rows and 2 columns";
    Deviation = 2, "deviation", "1e-15 to 1e15";
    Unit = 3, "arithmetic.unit", "0 for floating point; otherwise finite and greater than 0";
    FixedImage = 4, "arithmetic", "floating point for images; fixed point is only for signals";
    Threshold = 5, "threshold", "finite; 0 unless there are two classes";
    Wavelets = 6, "wavelets", "1 to 3 complete records; 1 for images";
    Boundary = 7, "wavelets.boundary", "0 periodization, 1 zero, 2 symmetric";
    Levels = 8, "wavelets.levels", "1 to 12, and 2^levels at most the window; for images 1 to 4, and 2^levels at most the shorter side";
    Schemes = 9, "lifting", "complete records; at least one per wavelet, and at most one per level of the wavelet";
    Steps = 10, "lifting.steps", "complete records; 2 to 21 per scheme, and at most 42 per wavelet";
    FilterLen = 11, "lifting.filter_len", "even, 2 to 40";
    Origin = 12, "lifting.origin", "one even and one odd number, each -40 to 40";
    Offset = 13, "lifting.offset", "-40 to 40";
    Taps = 14, "lifting.taps", "absolute value at most 2";
    Histograms = 15, "histograms", "at most 4 complete records; none for signals";
    Kernel = 16, "histograms.kernel", "0 to 4 × levels, and the filters of the kernel have at most 64 taps";
    Bins = 17, "histograms.bins", "1 to 32 bins; the first bin is finite, the width is finite and greater than 0";
    Features = 18, "features", "at most 128 complete records, in ascending order without duplicates";
    Band = 19, "features.band", "a band, the window itself or a histogram of this model";
    Code = 20, "features.code", "0 to 27, 32 to 99 or 128 to 159";
    Rank = 21, "features.rank", "less than the number of coefficients of the band";
    Place = 22, "features.place", "less than the number of coefficients of the band";
    Lag = 23, "features.lag", "less than the number of coefficients of the band";
    Segment = 31, "features.segment", "the band must have at least as many coefficients as segments, 4 or 8";
    Products = 32, "products", "complete records of two feature indices, the first at most the second, in ascending order without duplicates; at most 128 features and products in all";
    WithoutSigns = 33, "features.code", "this device does not support features of signs: build awd-core with its cargo feature `signs`";
    WithoutIncrements = 34, "features.code", "this device does not support features of increments: build awd-core with its cargo feature `increments`";
    WithoutSegments = 35, "features.code", "this device does not support features of segments: build awd-core with its cargo feature `segments`";
    WithoutProducts = 36, "products", "this device does not support products of features: build awd-core with its cargo feature `products`";
    Outputs = 24, "readout.bias", "1 to 8 outputs";
    Weights = 25, "readout.weights", "(features + products) × outputs, at most 512";
    NotFinite = 26, "readout", "finite biases and weights";
    Range = 27, "reference.range", "finite, the minimum first";
    Moments = 28, "reference.moments", "a mean and a deviation for each band of the first wavelet, finite, deviations greater than 0";
    Task = 30, "kind", "0 linear, 1 softmax";
    Oversampled = 40, "wavelets.phases", "1 or 2; 1 for images";
    Limit = 37, "arithmetic.limit", "1 to 32767 in fixed point";
    Shifts = 39, "integers.shifts", "-14 to 30";
    Integers = 41, "integers", "in fixed point a shift for each feature and product, a bias for each output, and as many weights as in f32; otherwise empty";
    Provenance = 29, "provenance", "at most one complete record; its weights are finite and not negative";
    ClassNames = 42, "class names", "for classes only: one name of 1 to 64 bytes for each";
    /// Codes of 64 and above report an argument of a call, not a field of a model.
    WindowLen = 64, "window", "exactly as long as the window of the model or the layout";
    WorkLen = 65, "work", "at least as long as the work_len method of the model or transform returns";
    StateLen = 66, "state", "at least as long as Model::state_len returns, for each signal";
    CoefficientsLen = 67, "coefficients", "the number of coefficients of all bands together";
    BufferLen = 68, "buffer", "exactly the size that Dwt::buffer returns";
    Windows = 69, "windows", "complete windows of at least one sample";
    Size = 70, "size", "at least one sample";
    Signal = 71, "image", "only signals here; score images with Model::images";
    Image = 72, "image", "only for models of images; this model is for signals";
    Fixed = 73, "arithmetic", "fixed point; distil the model with --arithmetic fixed";
    Layout = 74, "layout", "levels, boundary, filter length, origin and steps equal to the model's, which has one wavelet with one scheme for all levels";
    Hop = 75, "hop", "at least 1";
    Phases = 77, "wavelets.phases", "1; inverse transforms, images, packets and code for a layout do not support details of both phases";
    Tracks = 76, "tracks", "at most one signal per track, and all tracks are in use: end a signal first";
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
            Self::Length { found } => write!(f, "length: 10 to 4096 bytes; the file has {found}"),
            Self::NotAModel => write!(f, "magic: AWDM in the first four bytes; this is not a model file"),
            Self::Version { found: [major, minor] } => {
                write!(f, "version: 1.x; the file has {major}.{minor}: distil the model again, or update this software")
            }
            Self::Checksum => write!(f, "crc32: the checksum does not match, so the file is damaged: copy it again"),
            Self::Malformed => {
                write!(f, "body: the checksum matches but the body does not decode: distil the model again")
            }
            Self::Invalid(invalid) => invalid.fmt(f),
            Self::NoSpace => write!(f, "buffer: at least as long as the file"),
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
        assert_eq!(known.count(), 41 + 14);
    }
}
