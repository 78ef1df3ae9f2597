//! Looks for the wavelet of least objective: downhill from several starts, then hops.
//!
//! The objective is not convex: starts come from the catalogue, and hops (random moves of the angles from the best, then downhill again)
//! leave the valleys that those end in (Wales & Doye 1997, basin hopping). The same seed gives the same wavelet.

use super::Objective;
use super::descent::{Found, SHORT, STAGES, descend, descend_all};
use crate::wavelet::{Family, Wavelet, Wavelets, named, names};
use awd_core::named as known;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::f64::consts::FRAC_PI_2;
use std::iter::repeat;

/// Greatest move of an angle in a hop, radians: for each hop drawn between these, evenly in its logarithm.
const HOP: [f64; 2] = [0.2, 1.6];

/// Hops that are made at once, all from the best of a chain: a number of its own, so that threads do not matter.
const ROUND: usize = 8;

/// Rounds in vain after which a chain ends.
const PATIENCE: usize = 12;

/// Chains that must have ended in the deepest valley.
const AGREEMENT: usize = 2;

/// Objectives that differ by less than this fraction are of one valley.
const SAME: f64 = 1e-3;

/// By what fraction the objective may rise for a filter that is two taps shorter.
const SHORTER: f64 = 2e-3;

/// Wavelets of a family and of so many taps that have a bounded scheme: those that everybody knows.
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

/// The best of the descents from these starts and of chains of hops, at most so many in all; `None` without a start.
///
/// The first chain sets out from the best of the descents, the others from anywhere. They end when two have ended in
/// the deepest valley, so that the answer does not depend on the starts.
#[must_use]
pub fn search(objective: &Objective, starts: &[Wavelets], hops: usize, seed: u64) -> Option<Found> {
    let mut best = descend_all(objective, starts, &STAGES)?;
    // Where there is one wavelet, there is nothing to hop to.
    let mut rounds = if best.wavelets.free().is_empty() { 0 } else { hops.div_ceil(ROUND) };
    if rounds == 0 {
        return Some(best);
    }
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let (mut from, mut agreed) = (best.clone(), 0);
    while rounds > 0 && agreed < AGREEMENT {
        let end = chain(objective, from, &mut rounds, &mut random);
        if end.value.total < best.value.total * (1.0 - SAME) {
            agreed = 1;
        } else if end.value.total < best.value.total * (1.0 + SAME) {
            agreed += 1;
        }
        best.take(end);
        from = descend_all(objective, &[anywhere(&best.wavelets, &mut random)], &SHORT)?;
    }
    let polished = descend(objective, &best.wavelets, &STAGES[1..]);
    best.take(polished);
    Some(best)
}

/// A filter whose end taps do next to nothing is one of fewer taps: two are left off, at either end or one at each, and
/// what remains is projected and goes downhill again, as often as the objective hardly rises.
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

/// Hops from the best so far, until so many rounds in vain or none are left.
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

/// A wavelet some way off; `None` where that has no bounded scheme.
fn hop(from: &Wavelets, random: &mut ChaCha8Rng) -> Option<Wavelets> {
    let reach = HOP[0] * (HOP[1] / HOP[0]).powf(random.random());
    let free: Vec<f64> = from.free().iter().map(|number| number + random.random_range(-reach..reach)).collect();
    from.moved(&free)
}

/// Any wavelet of the same family and length, all angles as likely.
fn anywhere(like: &Wavelets, random: &mut ChaCha8Rng) -> Wavelets {
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

    /// Windows with four coefficients of db3 each.
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
    fn the_wavelet_in_which_the_windows_are_sparse_is_found_from_another() {
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
    fn hops_find_it_from_anywhere_and_end_taps_of_nothing_are_left_off() {
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
    fn a_seed_gives_the_same_wavelet_whatever_the_threads() {
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
