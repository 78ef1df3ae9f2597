//! Searches for the wavelet with the smallest objective: descents from several starts, then basin hopping.
//!
//! The objective is not convex. Starts come from the catalogue. Hops, random moves of the angles from the best wavelet
//! followed by a descent, escape from local minima (Wales & Doye 1997, basin hopping). The same seed gives the same
//! wavelet.

use super::Objective;
use super::descent::{Found, SHORT, STAGES, descend, descend_all};
use crate::wavelet::{Family, Wavelet, Wavelets, named, names};
use awd_core::named as known;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::f64::consts::FRAC_PI_2;
use std::iter::repeat;

/// Range of the largest move of an angle in a hop, radians. Each hop draws its own value, log-uniformly.
const HOP: [f64; 2] = [0.2, 1.6];

/// Hops that are made at once, all from the best wavelet of a chain. A constant, so that results do not depend on
/// threads.
const ROUND: usize = 8;

/// A chain ends after this many rounds without improvement.
const PATIENCE: usize = 12;

/// Number of chains that must end in the deepest minimum.
const AGREEMENT: usize = 2;

/// Objectives that differ by less than this fraction count as the same minimum.
const SAME: f64 = 1e-3;

/// Fraction by which the objective may rise for a filter that is two taps shorter.
const SHORTER: f64 = 2e-3;

/// The well-known wavelets of a family with `taps` taps that have a bounded scheme.
#[must_use]
pub fn catalogue(family: Family, taps: usize) -> Vec<Wavelet> {
    match family {
        Family::Orthogonal => {
            let filters = names().filter_map(named).filter(|filter| filter.len() == taps);
            filters.filter_map(|filter| Wavelet::from_taps(&filter)).collect()
        }
        Family::Symmetric => {
            // The wavelets of JPEG 2000. Lifting steps with zero taps extend the shorter ones.
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

/// Returns the best wavelet of the descents from `starts` and of chains of hops, at most `hops` in all; `None` without
/// a start.
///
/// The first chain begins at the best descent, the others at random wavelets. The search ends when two chains have
/// ended in the deepest minimum, so that the result does not depend on the starts.
#[must_use]
pub fn search(objective: &Objective, starts: &[Wavelets], hops: usize, seed: u64) -> Option<Found> {
    let mut best = descend_all(objective, starts, &STAGES)?;
    // Without free parameters there is nothing to hop to.
    let mut rounds = if best.wavelets.free().is_empty() { 0 } else { hops.div_ceil(ROUND) };
    if rounds == 0 {
        return Some(best);
    }
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let (mut from, mut agreeing) = (best.clone(), 0);
    while rounds > 0 && agreeing < AGREEMENT {
        let end = chain(objective, from, &mut rounds, &mut random);
        if end.value.total < best.value.total * (1.0 - SAME) {
            agreeing = 1;
        } else if end.value.total < best.value.total * (1.0 + SAME) {
            agreeing += 1;
        }
        best.take(end);
        from = descend_all(objective, &[random_wavelets(&best.wavelets, &mut random)], &SHORT)?;
    }
    let polished = descend(objective, &best.wavelets, &STAGES[1..]);
    best.take(polished);
    Some(best)
}

/// Shortens a filter whose end taps are negligible. Removes two taps, both at one end or one at each, projects the rest
/// to the nearest wavelet and descends again. Repeats this while the objective hardly rises.
#[must_use]
pub fn shortened(objective: &Objective, mut found: Found) -> Found {
    loop {
        let starts: Vec<Wavelets> = found.wavelets.finest().shortened().into_iter().map(Wavelets::from).collect();
        let Some(shorter) = descend_all(objective, &starts, &STAGES) else { return found };
        let evaluations = found.evaluations + shorter.evaluations;
        if shorter.value.total > found.value.total * (1.0 + SHORTER) {
            return Found { evaluations, ..found };
        }
        found = Found { evaluations, ..shorter };
    }
}

/// Hops from the best wavelet so far, until `PATIENCE` rounds bring no improvement or no rounds are left.
fn chain(objective: &Objective, from: Found, rounds: &mut usize, random: &mut ChaCha8Rng) -> Found {
    let (mut best, mut in_vain) = (from, 0);
    while in_vain < PATIENCE && *rounds > 0 {
        let landings: Vec<Wavelets> = (0..ROUND).filter_map(|_| hop(&best.wavelets, random)).collect();
        if let Some(found) = descend_all(objective, &landings, &SHORT) {
            let gained = found.value.total < best.value.total * (1.0 - SAME);
            in_vain = if gained { 0 } else { in_vain + 1 };
            best.take(found);
        }
        *rounds -= 1;
    }
    best
}

/// A random move from a wavelet; `None` if the result has no bounded scheme.
fn hop(from: &Wavelets, random: &mut ChaCha8Rng) -> Option<Wavelets> {
    let reach = HOP[0] * (HOP[1] / HOP[0]).powf(random.random());
    let free: Vec<f64> = from.free().iter().map(|parameter| parameter + random.random_range(-reach..reach)).collect();
    from.moved(&free)
}

/// A random wavelet of the same family and length, with uniformly distributed free parameters.
fn random_wavelets(like: &Wavelets, random: &mut ChaCha8Rng) -> Wavelets {
    loop {
        let free: Vec<f64> = like.free().iter().map(|_| random.random_range(-FRAC_PI_2..FRAC_PI_2)).collect();
        if let Some(wavelets) = like.moved(&free) {
            return wavelets;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wavelet::band_scales;
    use awd_core::{Boundary, Dwt};
    use ndarray::Array2;

    /// Windows that each consist of four db3 coefficients.
    fn sparse_in_db3() -> Array2<f32> {
        let db3 = Wavelet::named("db3").unwrap();
        let dwt = Dwt::new(db3.lifting().clone(), Boundary::Periodization, 3);
        let mut random = ChaCha8Rng::seed_from_u64(3);
        let scales = band_scales(&[db3.analysis()], 3);
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
        x
    }

    fn objective(x: &Array2<f32>) -> Objective<'_> {
        Objective::new(x, None, Boundary::Periodization, 3)
    }

    #[test]
    fn the_wavelet_in_which_windows_are_sparse_is_found_from_another_one() {
        let x = sparse_in_db3();
        let objective = objective(&x);
        let truth = Wavelet::named("db3").unwrap();
        let angles: Vec<f64> = truth.free().iter().zip([0.3, -0.2]).map(|(angle, away)| angle + away).collect();
        let start = Wavelet::from_angles(&angles, None).unwrap();
        let found = search(&objective, &[start.into()], 4, 1).unwrap();
        let farthest =
            found.wavelets.finest().taps().iter().zip(truth.taps()).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(farthest < 1e-3, "{farthest} {:?}", found.value);
        assert!(found.value.total <= objective.value(&truth.clone().into()).total * (1.0 + 1e-4));
    }

    #[test]
    fn hops_find_the_wavelet_from_other_starts_and_negligible_end_taps_are_removed() {
        let x = sparse_in_db3();
        let objective = objective(&x);
        let truth = Wavelet::named("db3").unwrap();
        for name in ["coif1", "db4"] {
            let start = Wavelets::from(Wavelet::named(name).unwrap());
            let stuck = search(&objective, std::slice::from_ref(&start), 0, 1).unwrap();
            let found = shortened(&objective, search(&objective, &[start], 4000, 1).unwrap());
            assert!(found.value.total <= stuck.value.total * (1.0 + SHORTER) && found.evaluations > stuck.evaluations);
            assert!(
                found.value.total <= objective.value(&truth.clone().into()).total * 1.01,
                "{name} {:?}",
                found.value
            );
            assert_eq!(found.wavelets.finest().taps().len(), 6, "{name}");
        }
    }

    #[test]
    fn a_seed_gives_the_same_wavelet_with_any_number_of_threads() {
        let x = sparse_in_db3();
        let objective = objective(&x);
        let starts: Vec<_> = catalogue(Family::Orthogonal, 6).into_iter().map(Wavelets::from).collect();
        let run = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| search(&objective, &starts, 60, 5)).unwrap().wavelets.free()
        };
        assert_eq!(run(1), run(3));
    }
}
