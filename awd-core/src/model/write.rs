//! A model that is being made, and its file.

use super::format::{CRC, FRONT, MAGIC, TRAILER, VERSION};
use super::records::{
    boundary_code, fields_bytes, histogram_bytes, kind_code, pair_bytes, provenance_bytes, step_bytes, term_bytes,
};
use super::{Arithmetic, Integers, Model, Moments, Provenance};
use crate::features::image::PeakCounts;
use crate::wavelet::lifting::Frame;
use crate::{Dwt, FormatError, Kind, Term};

/// The fields of a model, not yet validated. [`Draft::write`] makes its file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Draft<'d> {
    /// Rows of the window: 1 of a signal, more of an image.
    pub rows: u16,
    /// Columns of the window: the samples of a signal.
    pub columns: u16,
    /// Standard deviation of the training samples, in their unit, more than 0.
    pub deviation: f32,
    /// What boards compute with.
    pub arithmetic: Arithmetic,
    /// What the outputs mean.
    pub kind: Kind,
    /// Of two classes, the logit above which class 1 is decided; otherwise 0.
    pub threshold: f32,
    /// Wavelet, boundary and depth of each transform.
    pub wavelets: &'d [Dwt<f32>],
    /// What is counted in an image.
    pub histograms: &'d [PeakCounts],
    /// The inputs of the readout, in ascending order.
    pub terms: &'d [Term],
    /// More inputs after those: products of two of them, by their places i ≤ j, in ascending order.
    pub products: &'d [[u8; 2]],
    /// One for each output.
    pub bias: &'d [f32],
    /// Feature after feature and then product after product, the weights of all outputs for one together.
    pub weights: &'d [f32],
    /// The readout in fixed point, of a model in fixed point.
    pub integers: Integers<'d>,
    /// The least and the greatest sample of the training windows, and of each band of the first wavelet mean and deviation of its
    /// log energy over them.
    pub reference: Option<([f32; 2], &'d [Moments])>,
    /// Where the model came from.
    pub provenance: Option<Provenance>,
}

impl Default for Draft<'_> {
    /// A signal of no samples, to be filled; values in `f32`.
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
        }
    }
}

impl Draft<'_> {
    /// Writes the model's file into `buffer` and returns its bytes; [`MAX_BYTES`](super::MAX_BYTES) always suffice.
    ///
    /// # Errors
    /// The buffer is too short, or the first field that is outside its bounds.
    pub fn write<'b>(&self, buffer: &'b mut [u8]) -> Result<&'b [u8], FormatError> {
        let ([a, b, c, d], [major, minor]) = (MAGIC, VERSION);
        let front: &mut [u8; FRONT] = buffer.first_chunk_mut().ok_or(FormatError::NoSpace)?;
        *front = [a, b, c, d, major, minor];
        let mut file = File { buffer: &mut *buffer, len: FRONT };
        self.body(&mut file).ok_or(FormatError::NoSpace)?;
        let body = file.len;
        let (covered, rest) = buffer.split_at_mut_checked(body).ok_or(FormatError::NoSpace)?;
        let trailer: &mut [u8; TRAILER] = rest.first_chunk_mut().ok_or(FormatError::NoSpace)?;
        *trailer = CRC.checksum(covered).to_le_bytes();
        let file = buffer.get(..body + TRAILER).ok_or(FormatError::NoSpace)?;
        // What was written is valid if it can be read.
        Model::from_bytes(file).map(|model| model.file())
    }

    /// All fields in their order; nothing where there is no room.
    fn body(&self, file: &mut File<'_>) -> Option<()> {
        let (unit, limit) = match self.arithmetic {
            Arithmetic::Float => (0.0, 0),
            // A unit of 0 is none: it would be read as floating point.
            Arithmetic::Fixed { unit, limit } => (if unit == 0.0 { f32::NAN } else { unit }, limit),
        };
        let numbers = [self.deviation, unit, self.threshold];
        let (shape, kind) = ([self.rows, self.columns], kind_code(self.kind));
        file.records(core::iter::once(fields_bytes(shape, numbers, kind, (limit, self.integers.point))))?;
        let schemes = || self.wavelets.iter().flat_map(Dwt::schemes);
        // A count that does not fit its byte is none that any validation accepts, and stays one.
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
        file.records(self.provenance.iter().map(provenance_bytes))
    }
}

/// A file that is being written.
struct File<'b> {
    buffer: &'b mut [u8],
    len: usize,
}

impl File<'_> {
    /// A length in postcard: seven bits a byte, the lowest first; the highest bit says that more follow. None has more than two bytes.
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

    /// A byte string in postcard: its length, then its bytes.
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
