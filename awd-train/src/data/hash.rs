//! What data are told apart by. docs/model-format.md says of which bytes, in which order.

use super::{Attributions, Samples, Target};
use crc::{CRC_64_XZ, Crc, Digest};

/// Fast enough for a cluster's sets, and unlikely to be the same for two of them.
static CRC: Crc<u64> = Crc::<u64>::new(&CRC_64_XZ);

/// CRC-64 of bytes.
#[must_use]
pub fn checksum(bytes: &[u8]) -> u64 {
    CRC.checksum(bytes)
}

impl Samples {
    /// CRC-64 of the windows and their targets.
    #[must_use]
    pub fn hash(&self) -> u64 {
        let mut digest = CRC.digest();
        floats(&mut digest, self.x.iter());
        match &self.y {
            Target::Values(values) => values.iter().for_each(|value| digest.update(&value.to_le_bytes())),
            Target::Classes { labels, .. } => {
                labels.iter().for_each(|&label| digest.update(&(label as u64).to_le_bytes()));
            }
        }
        digest.finalize()
    }
}

impl Attributions {
    /// CRC-64 of the gradients, and of the displacements if there are any.
    #[must_use]
    pub fn hash(&self) -> u64 {
        let mut digest = CRC.digest();
        floats(&mut digest, self.gradients.iter());
        self.displacements.iter().for_each(|displacements| floats(&mut digest, displacements.iter()));
        digest.finalize()
    }
}

fn floats<'f>(digest: &mut Digest<'_, u64>, values: impl Iterator<Item = &'f f32>) {
    values.for_each(|value| digest.update(&value.to_le_bytes()));
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, Array3, array};

    #[test]
    fn hashes_are_those_that_the_format_states() {
        // By a CRC bit for bit in Python, of struct.pack("<4f2d", 1, 2, 3, 4, 0.5, -1) and ("<4f2Q", 1, 2, 3, 4, 0, 1).
        let x: Array2<f32> = array![[1.0, 2.0], [3.0, 4.0]];
        let of = |y| Samples { x: x.clone(), y }.hash();
        assert_eq!(of(Target::Values(vec![0.5, -1.0])), 0x94be_aec6_cfcc_fcf3);
        assert_eq!(of(Target::Classes { labels: vec![0, 1], classes: 2 }), 0x47dd_ff62_e58d_a3b3);
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
