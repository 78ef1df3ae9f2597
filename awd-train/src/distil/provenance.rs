//! What a model says about where it came from.

use super::{Options, Point};
use crate::data::{Attributions, Samples, Target};
use awd_core::Provenance;
use crc::{CRC_64_XZ, Crc, Digest};

/// Fast enough for a cluster's sets, and unlikely to be the same for two of them.
static CRC: Crc<u64> = Crc::<u64>::new(&CRC_64_XZ);

/// Of a model that these windows and attributions made.
#[expect(clippy::cast_possible_truncation, reason = "weights are kept to what tells them apart")]
pub fn provenance(
    train: &Samples,
    attributions: Option<&Attributions>,
    Point { lambda, gamma, .. }: &Point,
    options: &Options,
) -> Provenance {
    let version = [env!("CARGO_PKG_VERSION_MAJOR"), env!("CARGO_PKG_VERSION_MINOR"), env!("CARGO_PKG_VERSION_PATCH")];
    Provenance {
        data: of_samples(train),
        attributions: attributions.map(of_attributions),
        products: attributions.is_some_and(|attributions| attributions.displacements.is_some()),
        lambda: *lambda as f32,
        gamma: *gamma as f32,
        supervised: options.supervised as f32,
        seed: options.seed,
        version: version.map(|number| number.parse().unwrap_or(u8::MAX)),
    }
}

fn of_samples(Samples { x, y }: &Samples) -> u64 {
    let mut digest = CRC.digest();
    floats(&mut digest, x.iter());
    match y {
        Target::Values(values) => values.iter().for_each(|value| digest.update(&value.to_le_bytes())),
        Target::Classes { labels, .. } => labels.iter().for_each(|&label| digest.update(&(label as u64).to_le_bytes())),
    }
    digest.finalize()
}

fn of_attributions(Attributions { gradients, displacements }: &Attributions) -> u64 {
    let mut digest = CRC.digest();
    floats(&mut digest, gradients.iter());
    displacements.iter().for_each(|displacements| floats(&mut digest, displacements.iter()));
    digest.finalize()
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
        let of = |y| of_samples(&Samples { x: x.clone(), y });
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
        let hashes = [saliency, other, product].map(|attributions| of_attributions(&attributions));
        assert!(hashes[0] != hashes[1] && hashes[0] != hashes[2] && hashes[1] != hashes[2]);
    }
}
