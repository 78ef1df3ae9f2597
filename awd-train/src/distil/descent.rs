//! Downhill to the nearest valley. The objective has kinks, so each descent smooths the moduli and tightens the smoothing as
//! it converges.

use super::{Objective, Value};
use crate::optimise::minimise;
use crate::wavelet::{Wavelet, Wavelets};
use rayon::prelude::*;
use std::cell::RefCell;

/// A stage of a descent.
pub(super) struct Stage {
    /// About so many windows are enough for it.
    windows: usize,
    /// Smoothing, as a fraction of the root mean square of the samples.
    smoothing: f64,
    /// It ends when an iteration gains less than this fraction of the objective,
    tolerance: f64,
    /// or after so many.
    iterations: u64,
}

/// A descent, from coarse to fine.
pub(super) const STAGES: [Stage; 3] = [
    Stage { windows: 256, smoothing: 0.1, tolerance: 1e-5, iterations: 40 },
    Stage { windows: 512, smoothing: 0.01, tolerance: 1e-5, iterations: 40 },
    Stage { windows: usize::MAX, smoothing: 1e-3, tolerance: 1e-7, iterations: 40 },
];

/// What follows a hop: only as far down as tells whether its valley is deeper. Many short descents find more than few
/// long ones.
pub(super) const SHORT: [Stage; 2] = [
    Stage { windows: usize::MAX, smoothing: 0.1, tolerance: 1e-4, iterations: 12 },
    Stage { windows: usize::MAX, smoothing: 0.01, tolerance: 1e-5, iterations: 12 },
];

/// Wavelets whose taps differ by less than this are on their way to the same valley.
const ALIKE: f64 = 0.02;

/// Valleys that are followed from one weight to the next.
const VALLEYS: usize = 4;

/// A wavelet, or one a level, and how it was come by.
#[derive(Debug, Clone)]
pub struct Found {
    /// The wavelets of least objective.
    pub wavelets: Wavelets,
    /// Its objective, not smoothed.
    pub value: Value,
    /// How often the objective and its gradient were computed.
    pub evaluations: usize,
}

impl Found {
    /// The better of both, and the evaluations of both. Of equals the first stays.
    pub(super) fn take(&mut self, other: Self) {
        let evaluations = self.evaluations + other.evaluations;
        if other.value.total < self.value.total {
            *self = other;
        }
        self.evaluations = evaluations;
    }
}

/// The valleys below these starts, the deepest first: at most a few, each once, and the evaluations that they took.
#[must_use]
pub fn valleys(objective: &Objective, starts: &[Wavelets]) -> (Vec<Found>, usize) {
    // Most starts end in the same few valleys, which is known long before their bottom.
    let (coarse, fine) = STAGES.split_at(STAGES.len() - 1);
    let slopes = descents(objective, starts, coarse);
    let before: usize = slopes.iter().map(|found| found.evaluations).sum();
    let slopes: Vec<Wavelets> = distinct(slopes).into_iter().map(|found| found.wavelets).collect();
    let found = descents(objective, &slopes, fine);
    let evaluations = before + found.iter().map(|found| found.evaluations).sum::<usize>();
    (distinct(found), evaluations)
}

/// Those whose taps differ, the best first, a few at most.
fn distinct(mut found: Vec<Found>) -> Vec<Found> {
    found.sort_by(|a, b| a.value.total.total_cmp(&b.value.total));
    let mut kept: Vec<Found> = Vec::new();
    for found in found {
        if kept.len() < VALLEYS && !kept.iter().any(|kept| alike(&kept.wavelets, &found.wavelets)) {
            kept.push(found);
        }
    }
    kept
}

/// Are all taps within a small distance?
fn alike(a: &Wavelets, b: &Wavelets) -> bool {
    let taps = |wavelets: &Wavelets| wavelets.all().iter().flat_map(Wavelet::taps).collect::<Vec<_>>();
    let (a, b) = (taps(a), taps(b));
    a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| (a - b).abs() < ALIKE)
}

/// The best of the descents from all of these, with the evaluations of all; the first of equals.
pub(super) fn descend_all(objective: &Objective, starts: &[Wavelets], stages: &[Stage]) -> Option<Found> {
    descents(objective, starts, stages).into_iter().reduce(|mut best, found| {
        best.take(found);
        best
    })
}

fn descents(objective: &Objective, starts: &[Wavelets], stages: &[Stage]) -> Vec<Found> {
    let descent = |start| descend(objective, start, stages);
    // Other ranks' windows are heard of from one thread at a time: an objective over them has one start.
    if let [start] = starts { vec![descent(start)] } else { starts.par_iter().map(descent).collect() }
}

/// Downhill, the smoothing tightened stage by stage.
pub(super) fn descend(objective: &Objective, start: &Wavelets, stages: &[Stage]) -> Found {
    descend_by(objective, start, stages, &|_| ())
}

/// The same; `visit` sees every wavelet that is tried on the way.
fn descend_by(objective: &Objective, start: &Wavelets, stages: &[Stage], visit: &dyn Fn(&Wavelets)) -> Found {
    let mut wavelets = start.clone();
    let mut evaluations = 1;
    for stage in stages {
        let few = objective.thinned(stage.windows);
        let seen = few.as_ref().unwrap_or(objective);
        let function = |free: &[f64]| {
            let here = wavelets.moved(free)?;
            visit(&here);
            Some(seen.gradient(&here, stage.smoothing))
        };
        let Some(found) = minimise(function, &wavelets.free(), stage.iterations, stage.tolerance) else { break };
        evaluations += found.evaluations;
        if let Some(better) = wavelets.moved(&found.at) {
            wavelets = better;
        }
    }
    let (value, at_start) = (objective.value(&wavelets), objective.value(start));
    if value.total < at_start.total {
        Found { wavelets, value, evaluations }
    } else {
        Found { wavelets: start.clone(), value: at_start, evaluations }
    }
}

/// A wavelet on the way downhill, and its objective.
#[derive(Debug, Clone)]
pub struct Visited {
    /// The wavelets.
    pub wavelets: Wavelets,
    /// Their objective, not smoothed.
    pub objective: f64,
}

/// How a wavelet adapts: the start, and every wavelet on the way down from it that is better than all before.
#[must_use]
pub fn adapting(objective: &Objective, start: &Wavelets) -> Vec<Visited> {
    let tried = RefCell::new(vec![start.clone()]);
    let end = descend_by(objective, start, &STAGES, &|here| tried.borrow_mut().push(here.clone()));
    let mut way: Vec<Visited> = Vec::new();
    for wavelets in tried.into_inner().into_iter().chain([end.wavelets]) {
        let objective = objective.value(&wavelets).total;
        if way.last().is_none_or(|last| objective < last.objective) {
            way.push(Visited { wavelets, objective });
        }
    }
    way
}

#[cfg(test)]
mod tests {
    use super::*;
    use awd_core::Boundary;
    use ndarray::Array2;

    #[test]
    fn each_valley_is_found_once_the_deepest_first() {
        let x = Array2::from_shape_fn((64, 32), |(i, k)| {
            let away = (k as f32 - 6.0 - (i % 20) as f32) / 3.0;
            (-away * away).exp() * if i % 2 == 0 { 1.0 } else { away }
        });
        let objective = Objective::new(&x, None, Boundary::Zero, 3);
        let start = |name| Wavelets::from(Wavelet::named(name).unwrap());
        let db3 = start("db3");
        // The same start twice, and one that is nearly the same.
        let near = db3.moved(&db3.free().iter().map(|angle| angle + 1e-4).collect::<Vec<_>>()).unwrap();
        let (one, _) = valleys(&objective, &[db3.clone(), db3.clone(), near]);
        assert_eq!(one.len(), 1);
        let (found, evaluations) = valleys(&objective, &[db3.clone(), start("coif1"), start("sym3")]);
        assert!(found.is_sorted_by(|a, b| a.value.total <= b.value.total) && evaluations > 10);
        assert!(found[0].value.total <= one[0].value.total);
        assert!(found.iter().all(|found| found.value == objective.value(&found.wavelets)));

        let way = adapting(&objective, &db3);
        assert!(way.len() > 3 && way.is_sorted_by(|a, b| a.objective > b.objective));
        assert_eq!(way[0].wavelets.free(), db3.free());
        // It ends where the descent from there does.
        assert!(way[way.len() - 1].objective <= descend(&objective, &db3, &STAGES).value.total);
    }
}
