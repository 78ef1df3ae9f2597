//! The byte layout of the records in a file's lists. All numbers are little-endian.

use super::Moments;
use crate::features::image::PeakCounts;
use crate::features::image::peaks::Bins;
use crate::transform::levels::Levels;
use crate::wavelet::lifting::{Frame, Scheme, Source};
pub use crate::wavelet::stored::{StoredStep, step_bytes, step_of};
use crate::{Boundary, Feature, Kind, Provenance, Tap, Term};

/// Rows and columns of the window as `u16`; deviation, unit and threshold as `f32`; kind; the limit of fixed-point
/// samples as `i16`; the binary point of fixed-point outputs.
pub type Fields = [u8; 20];
/// Boundary, levels, phases of details, lifting schemes.
pub type Wavelet = [u8; 4];
/// Filter length, origin of the approximation, origin of the detail, number of steps.
pub type StoredScheme = [u8; 4];
/// Kernel, number of bins, first edge and width of the bins as `f32`.
pub type Histogram = [u8; 10];
/// Band, code.
pub type Selected = [u8; 2];
/// The indices of two features in the list.
pub type Product = [u8; 2];
/// An `f32`.
pub type Number = [u8; 4];
/// An `i16`.
pub type Short = [u8; 2];
/// A shift: an `i8`.
pub type Shift = [u8; 1];
/// Two `f32`.
pub type Pair = [u8; 8];
/// All fields of a [`Provenance`], in their order; an optional field is a flag followed by its value or 0.
pub type StoredProvenance = [u8; 41];

/// A wavelet as stored in a file.
#[derive(Debug, Clone, Copy)]
pub struct StoredWavelet<'a> {
    pub boundary: Boundary,
    pub levels: u8,
    pub phases: u8,
    pub schemes: &'a [StoredScheme],
    /// The steps of all schemes, one scheme after the other.
    pub steps: &'a [StoredStep],
}

impl StoredWavelet<'_> {
    /// Taps of the filters of a level, the finest level 0; the last scheme serves all deeper levels.
    pub fn filter_len(&self, level: usize) -> usize {
        let scheme = self.schemes.get(level).or(self.schemes.last());
        scheme.map_or(2, |[filter_len, ..]| usize::from(*filter_len))
    }

    /// Samples of one half at a level, the finest level 0. A level beyond the last has the length of the last.
    // Not inlined, to save flash.
    #[inline(never)]
    pub fn half_len(&self, n: usize, level: usize) -> usize {
        let levels = usize::from(self.levels).min(level + 1);
        (0..levels).fold(n, |n, level| self.boundary.half_len(n, self.filter_len(level)))
    }
}

impl<C: Tap> Levels<C> for StoredWavelet<'_> {
    fn boundary(&self) -> Boundary {
        self.boundary
    }

    fn levels(&self) -> usize {
        self.levels.into()
    }

    fn is_oversampled(&self) -> bool {
        self.phases > 1
    }

    fn schemes(&self) -> usize {
        self.schemes.len()
    }

    fn scheme(&self, level: usize) -> Scheme<'_, C> {
        let level = level.min(self.schemes.len().saturating_sub(1));
        let before = self.schemes.iter().take(level).map(|[.., count]| usize::from(*count)).sum();
        let [filter_len, approximation, detail, count] = self.schemes.get(level).copied().unwrap_or([2, 0, 1, 0]);
        let frame = Frame { filter_len, origin: [approximation, detail].map(u8::cast_signed) };
        let (_, steps) = self.steps.split_at_checked(before).unwrap_or_default();
        Scheme { frame, source: Source::Stored(steps.get(..usize::from(count)).unwrap_or_default()) }
    }
}

/// Rows and columns.
pub const fn shape_of([a, b, c, d, ..]: Fields) -> [u16; 2] {
    [u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d])]
}

/// Deviation, unit and threshold.
pub const fn numbers_of([_, _, _, _, a, b, c, d, e, f, g, h, i, j, k, l, ..]: Fields) -> [f32; 3] {
    [f32::from_le_bytes([a, b, c, d]), f32::from_le_bytes([e, f, g, h]), f32::from_le_bytes([i, j, k, l])]
}

/// The limit of fixed-point samples and the binary point of outputs.
pub const fn limit_and_point([.., a, b, point]: Fields) -> (i16, i8) {
    (i16::from_le_bytes([a, b]), point.cast_signed())
}

pub fn fields_bytes([rows, columns]: [u16; 2], numbers: [f32; 3], kind: u8, (limit, point): (i16, i8)) -> Fields {
    let [a, b] = limit.to_le_bytes();
    let mut record = [0; size_of::<Fields>()];
    if let Some(end) = record.last_chunk_mut() {
        *end = [kind, a, b, point.cast_unsigned()];
    }
    let shape = [rows, columns].into_iter().flat_map(u16::to_le_bytes);
    let bytes = shape.chain(numbers.into_iter().flat_map(f32::to_le_bytes));
    record.iter_mut().zip(bytes).for_each(|(place, byte)| *place = byte);
    record
}

/// The code of a kind.
pub const fn kind_code(kind: Kind) -> u8 {
    match kind {
        Kind::Linear => 0,
        Kind::Softmax => 1,
    }
}

/// The boundary with this code.
pub const fn boundary_of(code: u8) -> Option<Boundary> {
    match code {
        0 => Some(Boundary::Periodization),
        1 => Some(Boundary::Zero),
        2 => Some(Boundary::Symmetric),
        _ => None,
    }
}

/// The code of a boundary.
pub const fn boundary_code(boundary: Boundary) -> u8 {
    match boundary {
        Boundary::Periodization => 0,
        Boundary::Zero => 1,
        Boundary::Symmetric => 2,
    }
}

pub const fn histogram_of([kernel, count, a, b, c, d, e, f, g, h]: Histogram) -> PeakCounts {
    let (first, step) = (f32::from_le_bytes([a, b, c, d]), f32::from_le_bytes([e, f, g, h]));
    PeakCounts { kernel, bins: Bins { first, step, count } }
}

pub const fn histogram_bytes(PeakCounts { kernel, bins: Bins { first, step, count } }: PeakCounts) -> Histogram {
    let ([a, b, c, d], [e, f, g, h]) = (first.to_le_bytes(), step.to_le_bytes());
    [kernel, count, a, b, c, d, e, f, g, h]
}

pub const fn term_of([band, code]: Selected) -> Option<Term> {
    match Feature::of_code(code) {
        Some(feature) => Some(Term { band, feature }),
        None => None,
    }
}

pub const fn term_bytes(Term { band, feature }: Term) -> Selected {
    [band, feature.code()]
}

pub const fn moments_of([a, b, c, d, e, f, g, h]: Pair) -> Moments {
    Moments { mean: f32::from_le_bytes([a, b, c, d]), deviation: f32::from_le_bytes([e, f, g, h]) }
}

pub const fn pair_bytes([first, second]: [f32; 2]) -> Pair {
    let ([a, b, c, d], [e, f, g, h]) = (first.to_le_bytes(), second.to_le_bytes());
    [a, b, c, d, e, f, g, h]
}

/// Whether the weights of a provenance are finite and not negative, and its flags 0 or 1.
pub fn valid_provenance(record: &StoredProvenance) -> bool {
    let weights = record[18..30].as_chunks().0;
    let flags = record[8] < 2 && record[17] < 2;
    flags && all_finite(weights) && weights.iter().all(|weight| i32::from_le_bytes(*weight) >= 0)
}

/// Decodes a provenance.
pub fn provenance_of(record: &StoredProvenance) -> Option<Provenance> {
    let mut rest = record.as_slice();
    let data = u64::from_le_bytes(take(&mut rest)?);
    let [has_attributions] = take(&mut rest)?;
    let attributions = u64::from_le_bytes(take(&mut rest)?);
    let [products] = take(&mut rest)?;
    let mut number = || take(&mut rest).map(f32::from_le_bytes);
    let (lambda, gamma, supervised) = (number()?, number()?, number()?);
    let seed = u64::from_le_bytes(take(&mut rest)?);
    let version = take(&mut rest)?;
    let (attributions, products) = ((has_attributions != 0).then_some(attributions), products != 0);
    Some(Provenance { data, attributions, products, lambda, gamma, supervised, seed, version })
}

/// Encodes a provenance.
pub fn provenance_bytes(provenance: &Provenance) -> StoredProvenance {
    let Provenance { data, attributions, products, lambda, gamma, supervised, seed, version } = provenance;
    let mut record = [0; size_of::<StoredProvenance>()];
    let mut places = record.iter_mut();
    let mut put = |bytes: &[u8]| bytes.iter().zip(&mut places).for_each(|(byte, place)| *place = *byte);
    put(&data.to_le_bytes());
    put(&[u8::from(attributions.is_some())]);
    put(&attributions.unwrap_or(0).to_le_bytes());
    put(&[u8::from(*products)]);
    // Adding 0 turns −0 into 0.
    [lambda, gamma, supervised].into_iter().for_each(|number| put(&(number + 0.0).to_le_bytes()));
    put(&seed.to_le_bytes());
    put(version);
    record
}

/// Whether all numbers are finite. Their bits are tested, which takes less code than a comparison.
// Not inlined, to save flash.
#[inline(never)]
pub fn all_finite(numbers: &[Number]) -> bool {
    const EXPONENT: u32 = f32::INFINITY.to_bits();
    numbers.iter().all(|number| u32::from_le_bytes(*number) & EXPONENT != EXPONENT)
}

/// Takes the next N bytes.
fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (bytes, later) = rest.split_first_chunk()?;
    *rest = later;
    Some(*bytes)
}
