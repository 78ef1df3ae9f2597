//! The start of a search: a wavelet of the catalogue, or one with noise on its taps.

use crate::simulate::normal;
use crate::suggest::did_you_mean;
use crate::wavelet::{KNOWN, Wavelet, named, names};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// Maximum number of noise draws.
const DRAWS: usize = 100;

/// Returns the catalogue wavelet `NAME`. For `NAME+SIGMA`, adds normal noise of that standard deviation, drawn with the
/// seed, to its taps and projects them to the nearest wavelet (the starts of Ha et al. 2021, section 4.1). Draws again
/// if the result has no bounded scheme.
///
/// # Errors
/// The name is unknown, σ is not a number above 0, or no scheme is bounded. The message lists what is allowed.
pub fn start(text: &str, seed: u64) -> Result<Wavelet, String> {
    let unknown = || format!("a wavelet of the catalogue ({KNOWN}), or one with noise, as db5+0.3; asked for {text}");
    let (name, noise) = text.split_once('+').map_or((text, None), |(name, noise)| (name, Some(noise)));
    let taps = named(name).ok_or_else(|| unknown() + &did_you_mean(name, names()))?;
    let Some(noise) = noise else { return Wavelet::from_taps(&taps).ok_or_else(unbounded) };
    let deviation: f64 = noise.parse().map_err(|_| unknown())?;
    if !(deviation.is_finite() && deviation > 0.0) {
        return Err(unknown());
    }
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let noisy = |_| taps.iter().map(|tap| tap + deviation * normal(&mut random)).collect::<Vec<_>>();
    (0..DRAWS).map(noisy).find_map(|taps| Wavelet::from_taps(&taps)).ok_or_else(unbounded)
}

fn unbounded() -> String {
    "a wavelet with a bounded lifting scheme; it has none".into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wavelet::distance;

    #[test]
    fn noise_moves_the_wavelet_and_a_seed_repeats_it() {
        let db5 = start("db5", 1).unwrap().taps();
        assert!(distance(&db5, &named("db5").unwrap()) < 1e-10);
        let noisy: Vec<Wavelet> = (1..6).map(|seed| start("db5+0.3", seed).unwrap()).collect();
        assert!(noisy.iter().all(|w| w.orthogonality_defect() < 1e-12 && distance(&w.taps(), &db5) > 0.3));
        assert_eq!(noisy[0].free(), start("db5+0.3", 1).unwrap().free());
        assert_ne!(noisy[0].free(), noisy[1].free());
        let faint = start("db5+1e-9", 1).unwrap().taps();
        assert!(distance(&faint, &db5) < 1e-6);
    }

    #[test]
    fn invalid_starts_are_refused() {
        for text in ["db21", "", "db5+", "db5+x", "db5+-1", "db5+0", "db5+nan", "db5+inf", "+0.3", "db5+0.3+0.3"] {
            let error = start(text, 1).unwrap_err();
            let asked = format!("asked for {text}");
            assert!(error.contains("db1–20") && error.contains(&asked), "{text}: {error}");
        }
    }
}
