//! The model's file. docs/model-format.md gives every byte.
//!
//! `AWDM`, major version, minor version, the body in postcard, CRC-32 of all before it (little-endian). The writer
//! writes the lowest version that can hold the model, so that whatever firmware can read it does:
//!
//! | version | what it can hold |
//! |---|---|
//! | 1.0 | wavelet, terms and readout; zero or periodization |
//! | 1.1 | also threshold, reference of health, scalar, and provenance, each left out or not |
//! | 2.0 | also the symmetric boundary, the features position and coefficient, terms of the window, a ladder a level, and images, without which scores would be wrong |
//! | 3.0 | also the standard deviation of the training samples, which floors of logarithms are relative to; 1 in older ones |

use crate::{Arithmetic, Boundary, Dwt, Feature, FormatError, Invalid, Model, Readout, Spec};
use heapless::Vec;
use serde::{Deserialize, Serialize};

/// The first bytes of every model file.
pub const MAGIC: [u8; 4] = *b"AWDM";

/// The newest major version that is read; all before it are read too. Any other is refused.
pub const MAJOR: u8 = SCALED[0];

/// Versions in the order in which they came, major and minor. A reader of version m.n skips what m.(n + 1) appends.
const FIRST: [u8; 2] = [1, 0];
const APPENDED: [u8; 2] = [1, 1];
const CHANGED: [u8; 2] = [2, 0];
const SCALED: [u8; 2] = [3, 0];

/// CRC-32 as Ethernet, zip and PNG use it; the frames to a board use the same.
pub static CRC: crc::Crc<u32, Lookup> = crc::Crc::<u32, Lookup>::new(&crc::CRC_32_ISO_HDLC);

/// What [`CRC`] looks up: of every byte, or nothing.
pub type Lookup = crc::Table<{ if cfg!(feature = "small") { 0 } else { 1 } }>;

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
        let (body, version) = check(bytes)?;
        read(body, version)
    }

    /// Writes the model file into `buffer` and returns the bytes written; [`MAX_BYTES`] always suffice.
    ///
    /// # Errors
    /// The buffer is too short.
    pub fn to_bytes<'a>(&self, buffer: &'a mut [u8]) -> Result<&'a [u8], FormatError> {
        let version = version(self.spec());
        let (header, rest) = buffer.split_first_chunk_mut::<HEADER>().ok_or(FormatError::NoSpace)?;
        let ([a, b, c, d], [major, minor]) = (MAGIC, version);
        *header = [a, b, c, d, major, minor];
        let body = write(self.spec(), version, rest).map_err(|_| FormatError::NoSpace)?;
        let (covered, rest) = buffer.split_at_mut_checked(HEADER + body).ok_or(FormatError::NoSpace)?;
        let trailer = rest.first_chunk_mut::<TRAILER>().ok_or(FormatError::NoSpace)?;
        *trailer = CRC.checksum(covered).to_le_bytes();
        buffer.get(..HEADER + body + TRAILER).ok_or(FormatError::NoSpace)
    }
}

/// Reads a file where the model is to stay, which is blank; on an error it is as good as blank.
pub(crate) fn read_into(model: &mut Model, bytes: &[u8]) -> Result<(), FormatError> {
    let (body, version) = check(bytes)?;
    fill(&mut model.spec, body, version)
}

/// The body of a file and its version, after all that can be checked without decoding it.
fn check(bytes: &[u8]) -> Result<(Body<'_>, [u8; 2]), FormatError> {
    let truncated = FormatError::Truncated { found: bytes.len(), least: HEADER + TRAILER };
    let (header, rest) = bytes.split_first_chunk::<HEADER>().ok_or(truncated)?;
    let (body, trailer) = rest.split_last_chunk::<TRAILER>().ok_or(truncated)?;
    let [a, b, c, d, version @ ..] = *header;
    if [a, b, c, d] != MAGIC {
        return Err(FormatError::NotAModel);
    }
    // Before the checksum: a later major version may have another one.
    let [major, _] = version;
    if !(FIRST[0]..=MAJOR).contains(&major) {
        return Err(FormatError::Version { found: major, reads: MAJOR });
    }
    let mut digest = CRC.digest();
    digest.update(header);
    digest.update(body);
    if digest.finalize() != u32::from_le_bytes(*trailer) {
        return Err(FormatError::Checksum);
    }
    Ok((Body(body), version))
}

/// The lowest version that can hold all of a model.
fn version(spec: &Spec) -> [u8; 2] {
    let appended = spec.readout.threshold.is_some()
        || spec.health.is_some()
        || spec.scalar != Arithmetic::Float
        || spec.provenance.is_some();
    if spec.deviation.to_bits() != 1.0_f32.to_bits() {
        SCALED
    } else if changed(spec).contains(&true) || spec.dwt.ladders().len() > 1 || spec.image.is_some() {
        CHANGED
    } else if appended {
        APPENDED
    } else {
        FIRST
    }
}

/// Does a model need version 2: for its boundary, for a feature, for terms of the window?
fn changed(spec: &Spec) -> [bool; 3] {
    let boundary = spec.dwt.boundary() == Boundary::Symmetric;
    let feature = spec.terms.iter().any(|term| matches!(term.feature, Feature::Position | Feature::Coefficient(_)));
    [boundary, feature, spec.terms.iter().any(|term| term.band > spec.dwt.levels())]
}

/// Writes the body of a version; its length.
fn write(spec: &Spec, version: [u8; 2], buffer: &mut [u8]) -> postcard::Result<usize> {
    let Spec { window, dwt, terms, readout, health, scalar, provenance, image, deviation } = spec;
    let Readout { kind, bias, weights, threshold } = readout;
    let transform = (dwt.ladder(0), dwt.boundary(), dwt.levels());
    let mut body = Blank { buffer, len: 0 };
    body.put(&(window, transform, terms, kind, bias, weights))?;
    if version >= APPENDED {
        body.put(&(threshold, health, scalar, provenance))?;
    }
    if version >= CHANGED {
        let mut deeper = dwt.ladders().skip(1);
        body.put(&deeper.len())?;
        deeper.try_for_each(|ladder| body.put(&ladder))?;
        body.put(image)?;
    }
    if version >= SCALED {
        body.put(deviation)?;
    }
    Ok(body.len)
}

/// A body that is being written.
struct Blank<'b> {
    buffer: &'b mut [u8],
    len: usize,
}

impl Blank<'_> {
    fn put(&mut self, value: &impl Serialize) -> postcard::Result<()> {
        self.len += postcard::to_slice(value, self.buffer.get_mut(self.len..).unwrap_or_default())?.len();
        Ok(())
    }
}

/// Reads and validates the body of a version; what a newer one appended is left.
///
/// The result is made where it stays, as are its long lists: each time that they are moved takes a board three kilobytes
/// of stack. That is why no `?` is in here.
#[inline(never)]
fn read(body: Body<'_>, version: [u8; 2]) -> Result<Model, FormatError> {
    let mut model = Ok(Model { spec: Spec::blank() });
    if let Ok(Model { spec }) = &mut model
        && let Err(error) = fill(spec, body, version)
    {
        model = Err(error);
    }
    model
}

/// Reads every field into its place.
#[inline(never)]
fn fill(spec: &mut Spec, mut body: Body<'_>, version: [u8; 2]) -> Result<(), FormatError> {
    spec.window = body.next()?;
    push(&mut spec.dwt, &mut body)?;
    spec.dwt.set(body.next()?, body.next()?);
    body.list(&mut spec.terms, "terms")?;
    spec.readout.kind = body.next()?;
    body.list(&mut spec.readout.bias, "readout.bias")?;
    body.list(&mut spec.readout.weights, "readout.weights")?;
    if version >= APPENDED {
        spec.readout.threshold = body.next()?;
        spec.health = body.next()?;
        spec.scalar = body.next()?;
        spec.provenance = body.next()?;
    }
    if version >= CHANGED {
        for _ in 0..body.next::<usize>()? {
            push(&mut spec.dwt, &mut body)?;
        }
        spec.image = body.next()?;
    }
    if version >= SCALED {
        spec.deviation = body.next()?;
    }
    spec.validate()?;
    let [boundary, feature, window] = changed(spec).map(|changed| changed && version < CHANGED);
    Invalid::unless(!boundary, "boundary", "zero or periodization before version 2")?;
    Invalid::unless(!feature, "terms.feature", "not the position before version 2")?;
    Ok(Invalid::unless(!window, "terms.band", "not the window before version 2")?)
}

/// Reads one ladder more, step by step into its place.
fn push(dwt: &mut Dwt<f32>, body: &mut Body<'_>) -> Result<(), FormatError> {
    dwt.begin(body.next()?)?;
    for _ in 0..body.next::<usize>()? {
        dwt.step(body.next()?)?;
    }
    Ok(())
}

/// What of a body is still to be read.
struct Body<'b>(&'b [u8]);

impl<'b> Body<'b> {
    fn next<T: Deserialize<'b>>(&mut self) -> Result<T, FormatError> {
        let (value, rest) = postcard::take_from_bytes(self.0).map_err(|_| FormatError::Malformed)?;
        self.0 = rest;
        Ok(value)
    }

    /// A list: its count, then its elements.
    fn list<T: Deserialize<'b>, const N: usize>(
        &mut self,
        list: &mut Vec<T, N>,
        field: &'static str,
    ) -> Result<(), FormatError> {
        for _ in 0..self.next::<usize>()? {
            list.push(self.next()?).map_err(|_| Invalid { field, bound: "as many as this build has room for" })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dwt::MAX_LEVELS;
    use crate::health::{MAX_BANDS, Moments, Reference};
    use crate::image::tests::image_spec;
    use crate::lifting::MAX_STEPS;
    use crate::model::tests::{full_spec, provenance, reference, spec};
    use crate::model::{MAX_TERMS, MAX_WINDOW};
    use crate::readout::{MAX_OUTPUTS, MAX_WEIGHTS};
    use crate::{Kind, Lifting, Step, Term, named};

    fn file(buffer: &mut [u8; 256]) -> &mut [u8] {
        let len = Model::new(spec()).unwrap().to_bytes(buffer).unwrap().len();
        &mut buffer[..len]
    }

    fn resum(bytes: &mut [u8]) {
        let (covered, trailer) = bytes.split_last_chunk_mut::<4>().unwrap();
        *trailer = CRC.checksum(covered).to_le_bytes();
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

    /// Each kind of model and the version that holds it.
    fn versions() -> [(Spec, [u8; 2]); 17] {
        let haar = || named::HAAR.lifting().unwrap();
        let symmetric = Dwt::new(haar(), Boundary::Symmetric, 2);
        let several = Dwt::new(haar(), Boundary::Zero, 2).and(&named::DB2.lifting().unwrap()).unwrap();
        let mut threshold = Spec { health: None, scalar: Arithmetic::Float, provenance: None, ..full_spec() };
        threshold.readout.threshold = Some(0.0);
        let position = |mut spec: Spec| {
            spec.terms[1].feature = Feature::Position;
            spec
        };
        let mut coefficient = spec();
        coefficient.terms[1].feature = Feature::Coefficient(1);
        let window = |mut spec: Spec| {
            spec.terms[2].band = 3;
            spec
        };
        [
            (spec(), [1, 0]),
            (threshold, [1, 1]),
            (Spec { health: Some(reference()), ..spec() }, [1, 1]),
            (Spec { scalar: Arithmetic::Fixed { unit: 0.25 }, ..spec() }, [1, 1]),
            (Spec { provenance: Some(provenance()), ..spec() }, [1, 1]),
            (Spec { dwt: symmetric.clone(), ..spec() }, [2, 0]),
            (Spec { dwt: symmetric, ..full_spec() }, [2, 0]),
            (position(spec()), [2, 0]),
            (position(full_spec()), [2, 0]),
            (coefficient, [2, 0]),
            (image_spec(), [2, 0]),
            (window(spec()), [2, 0]),
            (window(full_spec()), [2, 0]),
            (Spec { dwt: several.clone(), ..spec() }, [2, 0]),
            (Spec { dwt: several, ..full_spec() }, [2, 0]),
            (Spec { deviation: 0.5, ..spec() }, [3, 0]),
            (Spec { deviation: 1e9, ..full_spec() }, [3, 0]),
        ]
    }

    #[test]
    fn every_model_comes_back_from_the_lowest_version_that_holds_it() {
        for (spec, version) in versions() {
            let mut buffer = [0; 256];
            let bytes = Model::new(spec.clone()).unwrap().to_bytes(&mut buffer).unwrap();
            assert_eq!(bytes[4..6], version);
            assert_eq!(Model::from_bytes(bytes).unwrap().spec(), &spec);
        }
    }

    #[test]
    fn what_version_1_1_holds_is_appended_to_version_1_0() {
        let (mut old, mut new) = ([0; 256], [0; 256]);
        let old = Model::new(spec()).unwrap().to_bytes(&mut old).unwrap();
        let appended = Spec { scalar: Arithmetic::Fixed { unit: 1.0 }, ..spec() };
        let new = Model::new(appended).unwrap().to_bytes(&mut new).unwrap();
        let (old, new) = (&old[6..old.len() - 4], &new[6..new.len() - 4]);
        // No threshold, no reference, fixed point and its unit, no provenance.
        let [a, b, c, d] = 1.0_f32.to_le_bytes();
        assert_eq!(new.strip_prefix(old).unwrap(), [0, 0, 1, a, b, c, d, 0]);
    }

    #[test]
    fn fields_that_are_appended_later_are_skipped() {
        for (spec, [major, minor]) in versions() {
            let mut buffer = [0; 256];
            let len = Model::new(spec.clone()).unwrap().to_bytes(&mut buffer).unwrap().len();
            // To a 1.0 file nothing but what 1.1 holds was ever appended, and a reader of 1.0 skips that.
            buffer[5] = if [major, minor] == FIRST { 0 } else { minor + 1 };
            resum(&mut buffer[..len + 3]);
            assert_eq!(Model::from_bytes(&buffer[..len + 3]).unwrap().spec(), &spec);
        }
    }

    #[test]
    fn a_body_that_ends_within_the_fields_of_its_version_is_refused() {
        for (spec, _) in versions() {
            let mut buffer = [0; 256];
            let len = Model::new(spec).unwrap().to_bytes(&mut buffer).unwrap().len();
            for len in 10..len {
                resum(&mut buffer[..len]);
                assert_eq!(Model::from_bytes(&buffer[..len]), Err(FormatError::Malformed), "length {len}");
            }
        }
        let mut buffer = [0; 256];
        let bytes = file(&mut buffer);
        bytes[5] = 1;
        resum(bytes);
        assert_eq!(Model::from_bytes(bytes), Err(FormatError::Malformed));
    }

    #[test]
    fn other_major_versions_are_refused_by_their_number() {
        let mut buffer = [0; 256];
        let bytes = file(&mut buffer);
        for found in [0, MAJOR + 1, 255] {
            bytes[4] = found;
            assert_eq!(Model::from_bytes(bytes), Err(FormatError::Version { found, reads: MAJOR }));
        }
    }

    #[test]
    fn what_came_with_version_2_is_refused_in_version_1() {
        // A ladder more and an image stand at the end, where version 1 has nothing to refuse; without it an image's terms are
        // of bands that a signal has not.
        let changed = |spec: &Spec, version| version == [2, 0] && spec.dwt.ladders().len() == 1 && spec.image.is_none();
        for (spec, version) in versions().into_iter().filter(|(spec, version)| changed(spec, *version)) {
            let mut buffer = [0; 256];
            let expected = match super::changed(&spec) {
                [true, ..] => "boundary",
                [_, true, _] => "terms.feature",
                _ => "terms.band",
            };
            let len = Model::new(spec).unwrap().to_bytes(&mut buffer).unwrap().len();
            assert_eq!(buffer[4..6], version);
            buffer[4..6].copy_from_slice(&[1, 1]);
            resum(&mut buffer[..len]);
            let refused = Model::from_bytes(&buffer[..len]);
            assert!(matches!(&refused, Err(FormatError::Invalid(why)) if why.field == expected), "{refused:?}");
        }
    }

    #[test]
    fn the_features_of_version_2_have_the_numbers_8_and_9() {
        let mut buffer = [0; 8];
        let mut bytes = |feature| postcard::to_slice(&Term { band: 3, feature }, &mut buffer).unwrap().to_vec();
        assert_eq!(bytes(Feature::Position), [3, 8]);
        assert_eq!(bytes(Feature::Coefficient(5)), [3, 9, 5]);
    }

    #[test]
    fn the_longest_file_fits() {
        let steps = [Step::new(-40, [1.5; 2]); MAX_STEPS];
        let term =
            |i| Term { band: i / 16, feature: [Feature::Largest, Feature::Smallest][usize::from(i / 8 % 2)](i % 8) };
        let bands = core::iter::repeat_n(Moments { mean: 1.0, deviation: 1.0 }, MAX_BANDS).collect();
        let spec = Spec {
            window: MAX_WINDOW,
            dwt: Dwt::new(Lifting::new(40, [0, 1], &steps).unwrap(), Boundary::Symmetric, MAX_LEVELS),
            terms: (0..MAX_TERMS as u8).map(term).collect(),
            readout: Readout {
                kind: Kind::Softmax,
                bias: Vec::from_slice(&[1.0; 4]).unwrap(),
                weights: Vec::from_slice(&[1.0; MAX_WEIGHTS]).unwrap(),
                threshold: None,
            },
            health: Some(Reference { range: [0.0; 2], bands }),
            scalar: Arithmetic::Fixed { unit: 1.0 },
            provenance: Some(provenance()),
            image: None,
            deviation: 0.5,
        };
        let longest = Model::new(spec).unwrap().to_bytes(&mut [0; MAX_BYTES]).unwrap().len();
        // What no model has at once, 8 outputs, 512 weights, a threshold and histograms, is a few bytes more.
        assert!(longest > 2700 && longest + 4 * MAX_OUTPUTS + 4 + 64 <= MAX_BYTES, "{longest}");
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
