//! Hashes that identify data. docs/model-format.md lists the bytes and their order.

use super::{Attributions, Samples, Target};
use crc::{CRC_64_XZ, Crc, Digest};
use ndarray::{ArrayView, Axis, Dimension};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Fast enough for large sets, and unlikely to be equal for two of them.
static CRC: Crc<u64> = Crc::<u64>::new(&CRC_64_XZ);

/// CRC-64 of bytes.
#[must_use]
pub fn checksum(bytes: &[u8]) -> u64 {
    CRC.checksum(bytes)
}

/// The hash of some bytes and their number. Both are needed to combine it with the hash of further bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hashed {
    hash: u64,
    bytes: u64,
}

impl Hashed {
    /// The hash of no bytes.
    pub const NONE: Self = Self { hash: 0, bytes: 0 };

    fn of(hash: impl FnOnce(&mut Digest<'_, u64>) -> usize) -> Self {
        let mut digest = CRC.digest();
        let bytes = hash(&mut digest) as u64;
        Self { hash: digest.finalize(), bytes }
    }

    /// The hash of these numbers.
    #[must_use]
    pub fn floats(values: &[f32]) -> Self {
        let part = |values: &[f32]| {
            Self::of(|digest| {
                values.iter().for_each(|value| digest.update(&value.to_le_bytes()));
                size_of_val(values)
            })
        };
        values.par_chunks(PART).map(part).reduce(|| Self::NONE, Self::then)
    }

    /// The hash of these numbers, each as eight bytes.
    #[must_use]
    pub fn integers(values: &[usize]) -> Self {
        Self::of(|digest| {
            values.iter().for_each(|&value| digest.update(&(value as u64).to_le_bytes()));
            size_of::<u64>() * values.len()
        })
    }

    /// The hash of these bytes followed by those of `next`. The remainder of the former is shifted by the length of the
    /// latter, as in zlib.
    #[must_use]
    pub fn then(self, next: Self) -> Self {
        Self { hash: times(self.hash, power(next.bytes)) ^ next.hash, bytes: self.bytes + next.bytes }
    }

    /// CRC-64 of the parts, in their order.
    #[must_use]
    pub fn all(parts: impl IntoIterator<Item = Self>) -> u64 {
        parts.into_iter().fold(Self::NONE, Self::then).hash
    }
}

/// Numbers that a thread hashes at a time.
const PART: usize = 1 << 18;

/// The polynomial, with its lowest power in the highest bit.
const POLYNOMIAL: u64 = CRC_64_XZ.poly.reverse_bits();

/// The product of two remainders.
fn times(a: u64, mut b: u64) -> u64 {
    let mut product = 0;
    for power in (0..64).rev() {
        product ^= if a >> power & 1 == 1 { b } else { 0 };
        b = b >> 1 ^ if b & 1 == 1 { POLYNOMIAL } else { 0 };
    }
    product
}

/// The factor that shifts a remainder by this many bytes.
fn power(mut bytes: u64) -> u64 {
    // `square` begins with x⁸, a shift by one byte.
    let (mut power, mut square) = (1 << 63, 1 << (63 - 8));
    while bytes > 0 {
        power = if bytes & 1 == 1 { times(power, square) } else { power };
        square = times(square, square);
        bytes >>= 1;
    }
    power
}

impl Samples {
    /// CRC-64 of the windows and their targets.
    #[must_use]
    pub fn hash(&self) -> u64 {
        Hashed::all(self.hashed())
    }

    /// The hash of the windows, and that of their targets.
    #[must_use]
    pub fn hashed(&self) -> [Hashed; 2] {
        self.hashed_rows(0..self.y.len())
    }

    /// The same for these rows.
    pub(super) fn hashed_rows(&self, rows: Range<usize>) -> [Hashed; 2] {
        let range = rows.clone();
        let y = match &self.y {
            Target::Values(values) => Hashed::of(|digest| {
                values[range].iter().for_each(|value| digest.update(&value.to_le_bytes()));
                size_of::<f64>() * rows.len()
            }),
            Target::Classes { labels, .. } => Hashed::integers(&labels[range]),
        };
        [floats(self.x.slice_axis(Axis(0), rows.into())), y]
    }
}

impl Attributions {
    /// CRC-64 of the gradients, and of the displacements if there are any.
    #[must_use]
    pub fn hash(&self) -> u64 {
        Hashed::all(self.hashed())
    }

    /// The hash of the gradients, and that of the displacements.
    #[must_use]
    pub fn hashed(&self) -> [Hashed; 2] {
        let displacements = self.displacements.as_ref().map(|all| floats(all.view()));
        [floats(self.gradients.view()), displacements.unwrap_or(Hashed::NONE)]
    }
}

fn floats<D: Dimension>(values: ArrayView<'_, f32, D>) -> Hashed {
    match values.as_slice() {
        Some(values) => Hashed::floats(values),
        None => Hashed::floats(&values.iter().copied().collect::<Vec<f32>>()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, Array3, array};

    #[test]
    fn hashes_are_those_that_the_format_states() {
        // The values are from a bitwise CRC in Python, of struct.pack("<4f2d", 1, 2, 3, 4, 0.5, -1) and ("<4f2Q", 1, 2,
        // 3, 4, 0, 1).
        let x: Array2<f32> = array![[1.0, 2.0], [3.0, 4.0]];
        let hash = |y| Samples { x: x.clone(), y }.hash();
        assert_eq!(hash(Target::Values(vec![0.5, -1.0])), 0x94be_aec6_cfcc_fcf3);
        assert_eq!(hash(Target::Classes { labels: vec![0, 1], classes: 2 }), 0x47dd_ff62_e58d_a3b3);
    }

    #[test]
    fn hashes_of_parts_combine_to_the_hash_of_the_whole() {
        let values: Vec<f32> = (0..2 * PART + 77).map(|i| (i as f32).sqrt()).collect();
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        assert_eq!(Hashed::floats(&values).hash, checksum(&bytes));
        for at in [0, 1, 1000, values.len()] {
            let (before, after) = values.split_at(at);
            assert_eq!(Hashed::all([before, after].map(Hashed::floats)), checksum(&bytes));
        }
    }

    #[test]
    fn every_number_counts() {
        let gradients = Array3::from_shape_fn((2, 1, 2), |(i, _, k)| (i + k) as f32);
        let saliency = Attributions::saliency(gradients.clone());
        let mut other = saliency.clone();
        other.gradients[[1, 0, 1]] = 2.5;
        let product = Attributions { gradients, displacements: Some(Array2::ones((2, 2))) };
        let hashes = [saliency, other, product].map(|attributions| attributions.hash());
        assert!(hashes[0] != hashes[1] && hashes[0] != hashes[2] && hashes[1] != hashes[2]);
    }
}
