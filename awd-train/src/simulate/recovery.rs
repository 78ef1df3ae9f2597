//! White noise in which three wavelet coefficients matter: can the wavelet be recovered?
//!
//! The simulation of Ha et al. (2021): windows x ~ N(0, I₆₄), and y = Σ c·β + 0.1·N(0, 1) with c the db5 coefficients
//! of x (four levels, zeros beyond the ends, unit filters) and β = 2 at positions 7, 8 and 9 of the 15 of the level-3
//! detail, else 0. The windows themselves are not sparse in any wavelet. Only a network that learned y can reveal db5.

use super::normal;
use crate::data::{Dataset, Samples, Target};
use crate::wavelet::{Wavelet, band_scales};
use awd_core::{Boundary, Dwt};
use ndarray::Array2;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::ops::RangeInclusive;

/// Samples of a window.
const WINDOW: usize = 64;

/// The wavelet whose coefficients matter.
const WAVELET: &str = "db5";

/// Levels of the transform.
const LEVELS: u8 = 4;

/// The band that matters, counted from the finest detail: that of level 3.
const BAND: usize = 2;

/// The positions in the band of the coefficients that matter.
const POSITIONS: RangeInclusive<usize> = 7..=9;

/// The weight β of these coefficients.
const WEIGHT: f64 = 2.0;

/// Standard deviation of the noise of y.
const NOISE: f64 = 0.1;

/// Simulates `n_train` windows for training and `n_test` for testing. The same seed gives the same windows.
#[must_use]
pub fn recovery(n_train: usize, n_test: usize, seed: u64) -> Dataset {
    let wavelet = Wavelet::named(WAVELET).expect("the catalogue has it");
    let dwt = Dwt::new(wavelet.lifting().clone(), Boundary::Zero, LEVELS);
    let scale = band_scales(&[wavelet.analysis()], LEVELS)[BAND];
    let mut work = vec![0.0; dwt.work_len(WINDOW)];
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut samples = |n: usize| {
        let (mut windows, mut values) = (Vec::with_capacity(n * WINDOW), Vec::with_capacity(n));
        for _ in 0..n {
            #[expect(clippy::cast_possible_truncation, reason = "samples are f32 on the instrument")]
            let x: [f32; WINDOW] = std::array::from_fn(|_| normal(&mut random) as f32);
            let mut y = NOISE * normal(&mut random);
            dwt.analyze(&x.map(f64::from), &mut work, |band, coefficients| {
                if band == BAND {
                    y += WEIGHT * scale * coefficients[POSITIONS].iter().sum::<f64>();
                }
            })
            .expect("the work buffer has the length that the transform asks for");
            windows.extend(x);
            values.push(y);
        }
        let x = Array2::from_shape_vec((n, WINDOW), windows).expect("n windows");
        Samples { x, y: Target::Values(values) }
    };
    let (train, test) = (samples(n_train), samples(n_test));
    Dataset::of("recovery".into(), train, test)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(samples: &Samples) -> &[f64] {
        match &samples.y {
            Target::Values(values) => values,
            Target::Classes { .. } => unreachable!(),
        }
    }

    /// The direction of β among windows, by PyWavelets: `waverec` of coefficients that are 2 at positions 7, 8 and 9 of
    /// the level-3 detail, and 0 elsewhere.
    #[test]
    fn values_are_projections_on_the_direction_from_pywavelets() {
        let direction: [f64; WINDOW] = [
            0.00017100781033620462,
            0.0006449592420319103,
            0.0014186042156440334,
            0.002580333383583385,
            0.004077622236562221,
            0.005873498130423272,
            0.00810493606072054,
            0.010821771727865654,
            0.012335738881918084,
            0.011390435731141998,
            0.008048577088856188,
            0.0014630364434605702,
            -0.007733568142529513,
            -0.01908633469828478,
            -0.03392230317357405,
            -0.05266536837263652,
            -0.06720171889956622,
            -0.07172047785278854,
            -0.06659152185526152,
            -0.04782824307990743,
            -0.01897203420240681,
            0.01741972035097142,
            0.06762772522316503,
            0.1334018660175571,
            0.1862718601631079,
            0.20640294957094787,
            0.19500447738508714,
            0.13816469748408694,
            0.049356500148611794,
            -0.06175551245945177,
            -0.21706566544359204,
            -0.4221625656320811,
            -0.5345433975192171,
            -0.45168744825630613,
            -0.1779322673592699,
            0.3579399090957683,
            0.7759211081553111,
            0.7864912765728641,
            0.5069827834481461,
            -0.19561442634586246,
            -0.7798330695445738,
            -0.796976429488978,
            -0.498018934958351,
            0.26795983936625384,
            0.9061834251070466,
            0.8787477960235234,
            0.5101809991006937,
            -0.3502571241103254,
            -1.0849095390838142,
            -1.107989073800555,
            -0.7729475954470908,
            0.07612300129298386,
            0.8459446402665929,
            0.9572519810886496,
            0.7849763401848318,
            0.19444692244854056,
            -0.37703756820332357,
            -0.46109305855810845,
            -0.4061453582244166,
            -0.14250551114455884,
            0.13105768682784086,
            0.13398512920869335,
            0.1029685682202583,
            0.031382360323828976,
        ];
        let data = recovery(2000, 5, 3);
        let residuals = data
            .train
            .x
            .rows()
            .into_iter()
            .zip(values(&data.train))
            .map(|(x, y)| y - x.iter().zip(direction).map(|(&x, w)| f64::from(x) * w).sum::<f64>());
        let residuals: Vec<f64> = residuals.collect();
        let deviation = (residuals.iter().map(|r| r * r).sum::<f64>() / 2000.0).sqrt();
        assert!((deviation - NOISE).abs() < 0.01, "{deviation}");
    }

    #[test]
    fn a_seed_repeats_it_and_another_does_not() {
        let (a, b, c) = (recovery(20, 10, 4), recovery(20, 10, 4), recovery(20, 10, 5));
        assert_eq!((&a.train.x, &a.test.x), (&b.train.x, &b.test.x));
        assert_eq!((&a.train.y, &a.test.y), (&b.train.y, &b.test.y));
        assert_ne!(a.train.x, c.train.x);
        assert_ne!(a.train.x.row(0), a.test.x.row(0));
    }
}
