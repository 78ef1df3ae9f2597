//! The model's file. docs/model-format.md gives every byte.
//!
//! `AWDM`, major version, minor version, the [`Spec`] in postcard, CRC-32 of all before it (little-endian).

use crate::{FormatError, Model, Spec};

/// The first bytes of every model file.
pub const MAGIC: [u8; 4] = *b"AWDM";

/// Major version: a file of another one is refused.
pub const MAJOR: u8 = 1;

/// Minor version: a newer one may append fields, which are skipped here.
pub const MINOR: u8 = 0;

/// CRC-32 as Ethernet, zip and PNG use it; the frames to a board use the same.
pub static CRC: crc::Crc<u32> = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC);

const HEADER: usize = MAGIC.len() + 2;
const TRAILER: usize = 4;

/// Bytes of the largest model file.
pub const MAX_BYTES: usize = 4096;

impl Model {
    /// Reads a model file and validates it.
    ///
    /// # Errors
    /// A file that is too short, of another kind or major version, damaged, or whose model breaks a bound.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FormatError> {
        let truncated = FormatError::Truncated { found: bytes.len(), least: HEADER + TRAILER };
        let (header, rest) = bytes.split_first_chunk::<HEADER>().ok_or(truncated)?;
        let (body, trailer) = rest.split_last_chunk::<TRAILER>().ok_or(truncated)?;
        let [a, b, c, d, major, _minor] = *header;
        if [a, b, c, d] != MAGIC {
            return Err(FormatError::NotAModel);
        }
        // Before the checksum: a later major version may have another one.
        if major != MAJOR {
            return Err(FormatError::Version { found: major, reads: MAJOR });
        }
        let mut digest = CRC.digest();
        digest.update(header);
        digest.update(body);
        if digest.finalize() != u32::from_le_bytes(*trailer) {
            return Err(FormatError::Checksum);
        }
        let (spec, _newer) = postcard::take_from_bytes::<Spec>(body).map_err(|_| FormatError::Malformed)?;
        Ok(Self::new(spec)?)
    }

    /// Writes the model file into `buffer` and returns the bytes written; [`MAX_BYTES`] always suffice.
    ///
    /// # Errors
    /// The buffer is too short.
    pub fn to_bytes<'a>(&self, buffer: &'a mut [u8]) -> Result<&'a [u8], FormatError> {
        let (header, rest) = buffer.split_first_chunk_mut::<HEADER>().ok_or(FormatError::NoSpace)?;
        let [a, b, c, d] = MAGIC;
        *header = [a, b, c, d, MAJOR, MINOR];
        let body = postcard::to_slice(self.spec(), rest).map_err(|_| FormatError::NoSpace)?.len();
        let (covered, rest) = buffer.split_at_mut_checked(HEADER + body).ok_or(FormatError::NoSpace)?;
        let trailer = rest.first_chunk_mut::<TRAILER>().ok_or(FormatError::NoSpace)?;
        *trailer = CRC.checksum(covered).to_le_bytes();
        buffer.get(..HEADER + body + TRAILER).ok_or(FormatError::NoSpace)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::tests::spec;

    fn file(buffer: &mut [u8; 256]) -> &mut [u8] {
        let len = Model::new(spec()).unwrap().to_bytes(buffer).unwrap().len();
        &mut buffer[..len]
    }

    fn resum(bytes: &mut [u8]) {
        let (covered, trailer) = bytes.split_last_chunk_mut::<4>().unwrap();
        *trailer = CRC.checksum(covered).to_le_bytes();
    }

    #[test]
    fn a_file_comes_back() {
        let mut buffer = [0; 256];
        assert_eq!(Model::from_bytes(file(&mut buffer)).unwrap().spec(), &spec());
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_refused() {
        let mut buffer = [0; 256];
        let bytes = file(&mut buffer);
        for bit in 0..8 * bytes.len() {
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(Model::from_bytes(bytes).is_err(), "bit {bit}");
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
        for len in 0..bytes.len() {
            assert!(Model::from_bytes(&bytes[..len]).is_err(), "length {len}");
        }
    }

    #[test]
    fn a_newer_major_version_is_refused_by_name_and_a_minor_one_read() {
        let mut buffer = [0; 256];
        let len = file(&mut buffer).len();
        buffer[5] = MINOR + 1;
        // A field that this code does not know, before the checksum.
        resum(&mut buffer[..len + 3]);
        assert_eq!(Model::from_bytes(&buffer[..len + 3]).unwrap().spec(), &spec());
        buffer[4] = MAJOR + 1;
        resum(&mut buffer[..len]);
        assert_eq!(Model::from_bytes(&buffer[..len]), Err(FormatError::Version { found: 2, reads: 1 }));
    }

    #[test]
    fn a_right_checksum_does_not_excuse_a_wrong_model() {
        let mut buffer = [0; 256];
        let bytes = file(&mut buffer);
        bytes[6] = 1; // the window
        resum(bytes);
        assert!(matches!(Model::from_bytes(bytes), Err(FormatError::Invalid(invalid)) if invalid.field == "window"));
        bytes[6..].fill(0xff);
        resum(bytes);
        assert_eq!(Model::from_bytes(bytes), Err(FormatError::Malformed));
    }

    #[test]
    fn a_short_buffer_is_an_error() {
        let mut buffer = [0; 256];
        let len = file(&mut buffer).len();
        let model = Model::new(spec()).unwrap();
        for short in 0..len {
            assert_eq!(model.to_bytes(&mut [0; 256][..short]), Err(FormatError::NoSpace));
        }
    }
}
