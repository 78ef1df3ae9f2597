//! Writes model files.

use super::format::{CRC, FRONT, MAGIC, TRAILER, VERSION};
use super::records::{
    boundary_code, fields_bytes, histogram_bytes, kind_code, pair_bytes, provenance_bytes, step_bytes, term_bytes,
};
use super::{Arithmetic, Integers, Model, Moments, Provenance};
use crate::features::image::PeakCounts;
use crate::wavelet::lifting::Frame;
use crate::{Dwt, FormatError, Kind, Term};

/// The fields of a model, not yet validated. [`Draft::write`] writes its file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Draft<'d> {
    /// Rows of the window: 1 for a signal, more for an image.
    pub rows: u16,
    /// Columns of the window: the samples of a signal.
    pub columns: u16,
    /// Standard deviation of the training samples, in their unit, more than 0.
    pub deviation: f32,
    /// The arithmetic of boards.
    pub arithmetic: Arithmetic,
    /// The meaning of the outputs.
    pub kind: Kind,
    /// The logit above which class 1 of two is predicted; otherwise 0.
    pub threshold: f32,
    /// Wavelet, boundary and depth of each transform.
    pub wavelets: &'d [Dwt<f32>],
    /// The histograms of an image.
    pub histograms: &'d [PeakCounts],
    /// The selected features, which are inputs of the readout, in ascending order.
    pub terms: &'d [Term],
    /// Further inputs: products of two features, as their indices i ≤ j, in ascending order.
    pub products: &'d [[u8; 2]],
    /// One bias per output.
    pub bias: &'d [f32],
    /// The weights, for each feature and then for each product; those of all outputs for one input are adjacent.
    pub weights: &'d [f32],
    /// The fixed-point readout of a model in fixed point.
    pub integers: Integers<'d>,
    /// Training statistics: minimum and maximum of the samples, and mean and standard deviation of the log energy of
    /// each band of the first wavelet.
    pub reference: Option<([f32; 2], &'d [Moments])>,
    /// The provenance of the model.
    pub provenance: Option<Provenance>,
    /// The names of the classes, separated by line feeds, each at most [`MAX_CLASS_NAME`](super::MAX_CLASS_NAME) bytes;
    /// empty if they are the numbers 0, 1, 2, …
    pub class_names: &'d str,
}

impl Default for Draft<'_> {
    /// A draft to fill in: a signal of no samples, in `f32`.
    fn default() -> Self {
        Self {
            rows: 1,
            columns: 0,
            deviation: 1.0,
            arithmetic: Arithmetic::Float,
            kind: Kind::Linear,
            threshold: 0.0,
            wavelets: &[],
            histograms: &[],
            terms: &[],
            products: &[],
            bias: &[],
            weights: &[],
            integers: Integers::default(),
            reference: None,
            provenance: None,
            class_names: "",
        }
    }
}

impl Draft<'_> {
    /// Writes the model's file into `buffer` and returns its bytes. A buffer of [`MAX_BYTES`](super::MAX_BYTES) always
    /// suffices.
    ///
    /// # Errors
    /// The buffer is too short, or a field is outside its bounds; then the first such field.
    pub fn write<'b>(&self, buffer: &'b mut [u8]) -> Result<&'b [u8], FormatError> {
        let ([a, b, c, d], [major, _]) = (MAGIC, VERSION);
        let minor = u8::from(!self.class_names.is_empty());
        let front: &mut [u8; FRONT] = buffer.first_chunk_mut().ok_or(FormatError::NoSpace)?;
        *front = [a, b, c, d, major, minor];
        let mut file = File { buffer: &mut *buffer, len: FRONT };
        self.body(&mut file).ok_or(FormatError::NoSpace)?;
        let body = file.len;
        let (covered, rest) = buffer.split_at_mut_checked(body).ok_or(FormatError::NoSpace)?;
        let trailer: &mut [u8; TRAILER] = rest.first_chunk_mut().ok_or(FormatError::NoSpace)?;
        *trailer = CRC.checksum(covered).to_le_bytes();
        let file = buffer.get(..body + TRAILER).ok_or(FormatError::NoSpace)?;
        // Reading the file validates it.
        Model::from_bytes(file).map(|model| model.file())
    }

    /// Writes all fields in their order; `None` if the buffer is too short.
    fn body(&self, file: &mut File<'_>) -> Option<()> {
        let (unit, limit) = match self.arithmetic {
            Arithmetic::Float => (0.0, 0),
            // A unit of 0 would be read as floating point, so it is written as NaN, which is refused.
            Arithmetic::Fixed { unit, limit } => (if unit == 0.0 { f32::NAN } else { unit }, limit),
        };
        let numbers = [self.deviation, unit, self.threshold];
        let (shape, kind) = ([self.rows, self.columns], kind_code(self.kind));
        file.records(core::iter::once(fields_bytes(shape, numbers, kind, (limit, self.integers.point))))?;
        let schemes = || self.wavelets.iter().flat_map(Dwt::schemes);
        // A count that does not fit a byte saturates to a value that validation refuses.
        let count = |count: usize| u8::try_from(count).unwrap_or(u8::MAX);
        let wavelet = |dwt: &Dwt<f32>| {
            let phases = if dwt.is_oversampled() { 2 } else { 1 };
            [boundary_code(dwt.boundary()), dwt.levels(), phases, count(dwt.schemes().len())]
        };
        file.records(self.wavelets.iter().map(wavelet))?;
        file.records(schemes().map(|scheme| {
            let Frame { filter_len, origin: [approximation, detail] } = scheme.frame;
            [filter_len, approximation.cast_unsigned(), detail.cast_unsigned(), count(scheme.len())]
        }))?;
        file.records(schemes().flat_map(|scheme| scheme.steps().map(step_bytes)))?;
        file.records(self.histograms.iter().map(|histogram| histogram_bytes(*histogram)))?;
        file.records(self.terms.iter().map(|term| term_bytes(*term)))?;
        file.records(self.products.iter().copied())?;
        file.records(self.bias.iter().map(|number| number.to_le_bytes()))?;
        file.records(self.weights.iter().map(|number| number.to_le_bytes()))?;
        let Integers { shifts, bias, weights, .. } = self.integers;
        let bias = bias.iter().flat_map(|number| number.to_le_bytes());
        let weights = weights.iter().flat_map(|number| number.to_le_bytes());
        file.records(shifts.iter().map(|shift| shift.cast_unsigned()).chain(bias).chain(weights).map(|byte| [byte]))?;
        let range = self.reference.iter().map(|(range, _)| pair_bytes(*range));
        let moments = self.reference.iter().flat_map(|(_, moments)| *moments);
        file.records(range.chain(moments.map(|moments| pair_bytes([moments.mean, moments.deviation]))))?;
        file.records(self.provenance.iter().map(provenance_bytes))?;
        if self.class_names.is_empty() {
            return Some(());
        }
        file.records(self.class_names.bytes().map(|byte| [byte]))
    }
}

/// A file that is being written.
struct File<'b> {
    buffer: &'b mut [u8],
    len: usize,
}

impl File<'_> {
    /// Writes a length in postcard: seven bits per byte, the lowest first; the highest bit is set if more bytes follow.
    /// No length takes more than two bytes.
    fn length(&mut self, len: usize) -> Option<()> {
        let [low, high] = u16::try_from(len).ok().filter(|len| *len < 1 << 14)?.to_le_bytes();
        let bytes = [low | 0x80, high << 1 | low >> 7];
        let bytes = if len < 0x80 { &[low][..] } else { &bytes[..] };
        for byte in bytes {
            *self.buffer.get_mut(self.len)? = *byte;
            self.len += 1;
        }
        Some(())
    }

    /// Writes a byte string in postcard: its length, then its bytes.
    fn records<const N: usize>(&mut self, records: impl Iterator<Item = [u8; N]> + Clone) -> Option<()> {
        self.length(N * records.clone().count())?;
        for record in records {
            let place: &mut [u8; N] = self.buffer.get_mut(self.len..)?.first_chunk_mut()?;
            *place = record;
            self.len += N;
        }
        Some(())
    }
}
