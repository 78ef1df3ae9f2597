//! Looks for the wavelet of least objective: downhill from several starts, then hops.
//!
//! The objective is not convex and has kinks. Each descent smooths the moduli and tightens the smoothing as it
//! converges; starts come from the catalogue, and hops (random moves of the angles from the best, then downhill again)
//! leave the valleys that those end in (Wales & Doye 1997, basin hopping). The same seed gives the same wavelet.

use super::objective::{Objective, Value};
use crate::optimise::minimise;
use crate::wavelet::{Family, Wavelet, named, names};
use awd_core::named as known;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use std::iter::repeat;

/// Smoothing of each stage of a descent, as a fraction of the root mean square of the samples.
const SMOOTHING: [f64; 3] = [0.1, 0.01, 1e-3];

/// Iterations of a stage at most.
const ITERATIONS: u64 = 40;

/// A stage ends when an iteration gains less than this fraction of the objective.
const TOLERANCE: f64 = 1e-7;

/// Greatest move of an angle in a hop, radians.
const HOP: f64 = 0.5;

/// A wavelet and how it was come by.
#[derive(Debug, Clone)]
pub struct Found {
    /// The wavelet of least objective.
    pub wavelet: Wavelet,
    /// Its objective, not smoothed.
    pub value: Value,
    /// How often the objective and its gradient were computed.
    pub evaluations: usize,
}

/// Wavelets of a family and of so many taps that have a bounded ladder: those that everybody knows.
#[must_use]
pub fn catalogue(family: Family, taps: usize) -> Vec<Wavelet> {
    match family {
        Family::Orthogonal => {
            let filters = names().filter_map(named).filter(|filter| filter.len() == taps);
            filters.filter_map(|filter| Wavelet::from_taps(&filter)).collect()
        }
        Family::Symmetric => {
            // Those of JPEG 2000; a shorter one grows by steps that do nothing yet.
            let fitting =
                [known::CDF53, known::CDF97].into_iter().filter(|known| usize::from(known.filter_len) <= taps);
            let wavelets = fitting.map(|known| {
                let coefficients = known.steps.iter().map(|step| step.taps[0]);
                coefficients.chain(repeat(0.0)).take(taps / 2 - 3).collect::<Vec<_>>()
            });
            wavelets.filter_map(|free| Wavelet::from_coefficients(&free)).collect()
        }
    }
}

/// The best of all descents from these starts and of so many hops from the best of them; `None` without a start.
#[must_use]
pub fn search(objective: &Objective, starts: &[Wavelet], hops: usize, seed: u64) -> Option<Found> {
    let mut evaluations = 0;
    let mut best: Option<Found> = None;
    let mut rounds = |starts: &[Wavelet], best: &mut Option<Found>| {
        let found: Vec<Found> = starts.par_iter().map(|start| descend(objective, start)).collect();
        for found in found {
            evaluations += found.evaluations;
            // Strictly less: of equals the earlier start stays.
            if best.as_ref().is_none_or(|best| found.value.total < best.value.total) {
                *best = Some(found);
            }
        }
    };
    rounds(starts, &mut best);
    let free = best.as_ref()?.wavelet.free().len();
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    // One wavelet of two taps; nothing to hop to.
    for _ in 0..if free == 0 { 0 } else { hops } {
        let from = &best.as_ref()?.wavelet;
        let angles: Vec<f64> = from.free().iter().map(|angle| angle + random.random_range(-HOP..HOP)).collect();
        if let Some(start) = from.moved(&angles) {
            rounds(&[start], &mut best);
        }
    }
    best.map(|best| Found { evaluations, ..best })
}

/// Downhill, the smoothing tightened stage by stage.
fn descend(objective: &Objective, start: &Wavelet) -> Found {
    let mut wavelet = start.clone();
    let mut evaluations = 1;
    for smoothing in SMOOTHING {
        let function = |angles: &[f64]| {
            let here = wavelet.moved(angles)?;
            Some(objective.gradient(&here, smoothing))
        };
        let Some(found) = minimise(function, wavelet.free(), ITERATIONS, TOLERANCE) else { break };
        evaluations += found.evaluations;
        if let Some(better) = wavelet.moved(&found.at) {
            wavelet = better;
        }
    }
    let (value, at_start) = (objective.value(&wavelet), objective.value(start));
    if value.total < at_start.total {
        Found { wavelet, value, evaluations }
    } else {
        Found { wavelet: start.clone(), value: at_start, evaluations }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use awd_core::{Boundary, Dwt};
    use ndarray::Array2;

    /// Windows with four coefficients of db3 each.
    fn sparse_in_db3() -> Objective {
        let db3 = Wavelet::named("db3").unwrap();
        let dwt = Dwt::new(db3.lifting().clone(), Boundary::Periodization, 3);
        let mut random = ChaCha8Rng::seed_from_u64(3);
        let scales = db3.analysis().band_scales(3);
        let ranges: Vec<_> = dwt.band_ranges(64).collect();
        let mut x = Array2::zeros((200, 64));
        for mut row in x.rows_mut() {
            let (mut c, mut w, mut window) = (vec![0.0; 64], vec![0.0; dwt.work_len(64)], vec![0.0; 64]);
            for _ in 0..4 {
                let at = random.random_range(0..64);
                let band = ranges.iter().position(|range| range.contains(&at)).unwrap();
                c[at] = random.random_range(-1.0..1.0) / scales[band];
            }
            dwt.synthesize(&mut c, &mut w, &mut window).unwrap();
            row.iter_mut().zip(window).for_each(|(x, w)| *x = w as f32);
        }
        Objective::new(&x, None, Boundary::Periodization, 3)
    }

    #[test]
    fn the_wavelet_in_which_the_windows_are_sparse_is_found_from_another() {
        let objective = sparse_in_db3();
        let truth = Wavelet::named("db3").unwrap();
        let angles: Vec<f64> = truth.free().iter().zip([0.3, -0.2]).map(|(angle, away)| angle + away).collect();
        let start = Wavelet::from_angles(&angles, None).unwrap();
        let found = search(&objective, &[start], 4, 1).unwrap();
        let farthest = found.wavelet.taps().iter().zip(truth.taps()).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(farthest < 1e-3, "{farthest} {:?}", found.value);
        assert!(found.value.total <= objective.value(&truth).total * (1.0 + 1e-4));
    }

    #[test]
    fn a_seed_gives_the_same_wavelet_whatever_the_threads() {
        let objective = sparse_in_db3();
        let starts = catalogue(Family::Orthogonal, 6);
        let run = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| search(&objective, &starts, 3, 5)).unwrap().wavelet.free().to_vec()
        };
        assert_eq!(run(1), run(3));
    }
}
