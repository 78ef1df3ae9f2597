//! Descent to the nearest local minimum. The objective has kinks, so each descent smooths the absolute values, and
//! reduces the smoothing as it converges.

use super::{Objective, Value};
use crate::optimise::minimise;
use crate::wavelet::{Wavelet, Wavelets};
use rayon::prelude::*;
use std::cell::RefCell;

/// A stage of a descent.
pub(super) struct Stage {
    /// Approximate number of windows that the stage uses.
    windows: usize,
    /// Smoothing, as a fraction of the root mean square of the samples.
    smoothing: f64,
    /// The stage ends when an iteration gains less than this fraction of the objective.
    tolerance: f64,
    /// Maximum number of iterations.
    iterations: u64,
}

/// The stages of a full descent, from coarse to fine.
pub(super) const STAGES: [Stage; 3] = [
    Stage { windows: 256, smoothing: 0.1, tolerance: 1e-5, iterations: 40 },
    Stage { windows: 512, smoothing: 0.01, tolerance: 1e-5, iterations: 40 },
    Stage { windows: usize::MAX, smoothing: 1e-3, tolerance: 1e-7, iterations: 40 },
];

/// The stages after a hop, just enough to show whether its minimum is deeper. Many short descents find more than a few
/// long ones.
pub(super) const SHORT: [Stage; 2] = [
    Stage { windows: usize::MAX, smoothing: 0.1, tolerance: 1e-4, iterations: 12 },
    Stage { windows: usize::MAX, smoothing: 0.01, tolerance: 1e-5, iterations: 12 },
];

/// Wavelets whose taps differ by less than this are descending to the same minimum.
const ALIKE: f64 = 0.02;

/// Maximum number of minima that are followed from one weight to the next.
const VALLEYS: usize = 4;

/// The result of a search: a wavelet, or one per level, and its objective.
#[derive(Debug, Clone)]
pub struct Found {
    /// The wavelets of least objective.
    pub wavelets: Wavelets,
    /// Their unsmoothed objective.
    pub value: Value,
    /// Number of evaluations of the objective and its gradient.
    pub evaluations: usize,
}

impl Found {
    /// Keeps the better of both and adds the evaluations. Keeps `self` if both are equal.
    pub(super) fn take(&mut self, other: Self) {
        let evaluations = self.evaluations + other.evaluations;
        if other.value.total < self.value.total {
            *self = other;
        }
        self.evaluations = evaluations;
    }
}

/// Returns the distinct minima below these starts, deepest first and at most a few, and the number of evaluations.
#[must_use]
pub fn valleys(objective: &Objective, starts: &[Wavelets]) -> (Vec<Found>, usize) {
    // Most starts lead to the same few minima. Coarse stages show which, so only distinct results are refined.
    let (coarse, fine) = STAGES.split_at(STAGES.len() - 1);
    let coarse_found = descents(objective, starts, coarse);
    let before: usize = coarse_found.iter().map(|found| found.evaluations).sum();
    let coarse_found: Vec<Wavelets> = distinct(coarse_found).into_iter().map(|found| found.wavelets).collect();
    let found = descents(objective, &coarse_found, fine);
    let evaluations = before + found.iter().map(|found| found.evaluations).sum::<usize>();
    (distinct(found), evaluations)
}

/// Keeps results whose taps differ, best first, at most `VALLEYS` of them.
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

/// Whether all taps differ by less than `ALIKE`.
fn alike(a: &Wavelets, b: &Wavelets) -> bool {
    let taps = |wavelets: &Wavelets| wavelets.all().iter().flat_map(Wavelet::taps).collect::<Vec<_>>();
    let (a, b) = (taps(a), taps(b));
    a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| (a - b).abs() < ALIKE)
}

/// The best of the descents from all starts, with the evaluations of all. The first one wins a tie.
pub(super) fn descend_all(objective: &Objective, starts: &[Wavelets], stages: &[Stage]) -> Option<Found> {
    descents(objective, starts, stages).into_iter().reduce(|mut best, found| {
        best.take(found);
        best
    })
}

fn descents(objective: &Objective, starts: &[Wavelets], stages: &[Stage]) -> Vec<Found> {
    let descent = |start| descend(objective, start, stages);
    // Only one thread at a time may communicate with other ranks, so an objective over several ranks has a single
    // start.
    if let [start] = starts { vec![descent(start)] } else { starts.par_iter().map(descent).collect() }
}

/// A descent that reduces the smoothing stage by stage.
pub(super) fn descend(objective: &Objective, start: &Wavelets, stages: &[Stage]) -> Found {
    descend_by(objective, start, stages, &|_| ())
}

/// Like `descend`, but also calls `visit` with every wavelet that is tried.
fn descend_by(objective: &Objective, start: &Wavelets, stages: &[Stage], visit: &dyn Fn(&Wavelets)) -> Found {
    let mut wavelets = start.clone();
    let mut evaluations = 1;
    for stage in stages {
        let thinned = objective.thinned(stage.windows);
        let stage_objective = thinned.as_ref().unwrap_or(objective);
        let function = |free: &[f64]| {
            let here = wavelets.moved(free)?;
            visit(&here);
            Some(stage_objective.gradient(&here, stage.smoothing))
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

/// A wavelet on a descent path, and its objective.
#[derive(Debug, Clone)]
pub struct Visited {
    /// The wavelets.
    pub wavelets: Wavelets,
    /// Their unsmoothed objective.
    pub objective: f64,
}

/// The descent path of a wavelet: the start, then every wavelet that is better than all before it.
#[must_use]
pub fn adapting(objective: &Objective, start: &Wavelets) -> Vec<Visited> {
    let tried = RefCell::new(vec![start.clone()]);
    let end = descend_by(objective, start, &STAGES, &|here| tried.borrow_mut().push(here.clone()));
    let mut path: Vec<Visited> = Vec::new();
    for wavelets in tried.into_inner().into_iter().chain([end.wavelets]) {
        let objective = objective.value(&wavelets).total;
        if path.last().is_none_or(|last| objective < last.objective) {
            path.push(Visited { wavelets, objective });
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;
    use awd_core::Boundary;
    use ndarray::Array2;

    #[test]
    fn each_minimum_is_found_once_deepest_first() {
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

        let path = adapting(&objective, &db3);
        assert!(path.len() > 3 && path.is_sorted_by(|a, b| a.objective > b.objective));
        assert_eq!(path[0].wavelets.free(), db3.free());
        // The path ends where the descent from the same start ends.
        assert!(path[path.len() - 1].objective <= descend(&objective, &db3, &STAGES).value.total);
    }
}
