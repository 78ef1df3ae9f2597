//! The distance between two wavelets, by which Ha et al. (2021) measure whether a wavelet was recovered.
//!
//! ψ is sampled by the cascade: five levels of synthesis from a single detail coefficient, at steps dx = 2⁻⁵ over its
//! support of L − 1, scaled to unit energy Σψ²dx = 1 (PyWavelets' `wavefun(level=5)`). The distance is the smallest
//! Euclidean norm of the samples' difference over all circular shifts and reversal. As in the published code the norm
//! is not weighted with dx: it is √32 times the L2 norm of the functions, and two disjoint wavelets are √64 = 8 apart.
//!
//! Unlike the published distance, this one is also minimised over the sign. −ψ gives the same coefficients up to their
//! sign, the sign of a filter's wavelet is a convention, and the wavelet of a reversed filter is −ψ reversed.

/// Levels of the cascade.
const LEVEL: i32 = 5;

/// The distance between the wavelets of two low-pass decomposition filters of any lengths. 0 for the same filter,
/// shifted or reversed.
#[must_use]
pub fn distance(a: &[f64], b: &[f64]) -> f64 {
    let (mut a, mut b) = (psi(a), psi(b));
    let circle = a.len().max(b.len());
    a.resize(circle, 0.0);
    b.resize(circle, 0.0);
    let reversed: Vec<f64> = a.iter().rev().copied().collect();
    let apart = |a: &[f64], shift: usize, sign: f64| -> f64 {
        let shifted = a.iter().cycle().skip(shift);
        shifted.zip(&b).map(|(a, b)| (a - sign * b).powi(2)).sum()
    };
    (0..circle)
        .flat_map(|shift| [(shift, 1.0), (shift, -1.0)])
        .flat_map(|(shift, sign)| [apart(&a, shift, sign), apart(&reversed, shift, sign)])
        .fold(f64::INFINITY, f64::min)
        .sqrt()
}

/// Samples of ψ at 0, dx, … up to the end of its support, L − 1.
fn psi(taps: &[f64]) -> Vec<f64> {
    let lowpass: Vec<f64> = taps.iter().rev().copied().collect();
    let highpass: Vec<f64> = taps.iter().enumerate().map(|(n, &tap)| if n % 2 == 0 { tap } else { -tap }).collect();
    let detail = (1..LEVEL).fold(highpass, |signal: Vec<f64>, _| synthesis(&signal, &lowpass));
    let scale = 2_f64.powi(LEVEL).sqrt();
    let mut psi = vec![0.0; (1 << LEVEL) * taps.len().saturating_sub(1) + 1];
    // The filter's output is delayed by one sample.
    psi.iter_mut().skip(1).zip(detail).for_each(|(psi, sample)| *psi = scale * sample);
    psi
}

/// Inserts zeros between the samples, then filters.
fn synthesis(signal: &[f64], filter: &[f64]) -> Vec<f64> {
    let mut out = vec![0.0; 2 * signal.len() + filter.len() - 2];
    for (k, sample) in signal.iter().enumerate() {
        out[2 * k..].iter_mut().zip(filter).for_each(|(out, tap)| *out += sample * tap);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wavelet::named;

    fn between(a: &str, b: &str) -> f64 {
        distance(&named(a).unwrap(), &named(b).unwrap())
    }

    #[test]
    fn the_distance_to_a_shifted_reversed_or_negated_wavelet_is_zero() {
        let db5 = named("db5").unwrap();
        let reversed: Vec<f64> = db5.iter().rev().copied().collect();
        let later = [&[0.0, 0.0], &db5[..]].concat();
        let negative: Vec<f64> = db5.iter().map(|tap| -tap).collect();
        for same in [&db5, &reversed, &later, &negative] {
            assert!(distance(&db5, same) < 1e-12, "{same:?}");
            assert!(distance(same, &db5) < 1e-12, "{same:?}");
        }
    }

    /// Computed from the published definition with PyWavelets' `wavefun(level=5)`, `numpy.roll` and
    /// `numpy.linalg.norm`, and minimised over both signs.
    #[test]
    fn distances_are_those_that_pywavelets_gives() {
        for (a, b, expected) in [
            ("db5", "sym5", 1.2804442955994846),
            ("db5", "db6", 1.0568297396395143),
            ("coif2", "db5", 2.1662693924474765),
            ("db2", "haar", 3.0222511412029887),
        ] {
            // PyWavelets tabulates symlets and coiflets to 12 digits.
            assert!((between(a, b) - expected).abs() < 1e-9, "{a} {b} {}", between(a, b));
            assert!((between(b, a) - expected).abs() < 1e-9, "{b} {a} {}", between(b, a));
        }
    }

    #[test]
    fn samples_have_unit_energy() {
        for name in ["haar", "db5", "coif5"] {
            let energy: f64 = psi(&named(name).unwrap()).iter().map(|psi| psi * psi / 32.0).sum();
            assert!((energy - 1.0).abs() < 1e-12, "{name} {energy}");
        }
    }
}
