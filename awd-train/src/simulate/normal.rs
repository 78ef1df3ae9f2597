//! Normally distributed numbers.

use rand::{Rng, RngExt};
use std::f64::consts::TAU;

/// Draws a number of mean 0 and variance 1 (Box & Muller 1958).
pub fn normal(random: &mut impl Rng) -> f64 {
    // 1 − u, because u may be 0, which has no logarithm.
    let (u, angle) = (1.0 - random.random::<f64>(), TAU * random.random::<f64>());
    (-2.0 * u.ln()).sqrt() * angle.cos()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    #[test]
    fn the_moments_are_those_of_the_normal_distribution() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let numbers: Vec<f64> = (0..100_000).map(|_| normal(&mut random)).collect();
        for (power, expected) in [(1, 0.0), (2, 1.0), (3, 0.0), (4, 3.0)] {
            let moment = numbers.iter().map(|x| x.powi(power)).sum::<f64>() / numbers.len() as f64;
            assert!((moment - expected).abs() < 0.06, "{power}: {moment}");
        }
    }
}
