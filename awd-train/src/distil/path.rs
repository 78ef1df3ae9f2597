//! The path of wavelets along the weights: what is sparsest for each γ, from what was for the last.
//!
//! As a valid wavelet has no other terms to trade against, only the ratio γ/λ matters. Where no γ is given it is stepped in
//! units that make both terms equal for a db wavelet, so that the same few ratios suit any teacher.

use super::search_set::SearchSet;
use super::{Found, Objective, Options, Value, catalogue, search, shortened, valleys};
use crate::Result;
use crate::readout::Transform;
use crate::wavelet::{Family, Wavelet, Wavelets};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// γ·L1(attributions) over λ·L1(coefficients) at the db wavelet of the length.
const RATIOS: [f64; 3] = [1.0, 4.0, 16.0];

/// Samples of few windows, each hopped over on its own: one alone may prefer a valley that all windows do not.
const SAMPLES: usize = 3;

/// A wavelet, the weights that it was found with, and its objective over the windows that the search saw.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Point {
    /// The wavelet with boundary and depth.
    pub transform: Transform,
    /// Weight of the coefficients.
    pub lambda: f64,
    /// Weight of the attributions.
    pub gamma: f64,
    /// The objective.
    pub value: Value,
    /// The name of a fixed wavelet; nothing of one that was searched for.
    pub fixed: Option<String>,
}

/// The points of a family and a depth, length by length and weight by weight, and the evaluations that they took. Each is
/// started from the catalogue of the length, or from what is `given`; from the valleys of the weight before; and from the
/// best of the length before.
///
/// # Errors
/// The listener that `tell` tells of each length cancels.
pub fn walk(
    part: &SearchSet,
    options: &Options,
    given: Option<&[Wavelet]>,
    levels: u8,
    (family, lengths): &(Family, Vec<usize>),
    tell: impl Fn(usize) -> Result<()>,
) -> Result<(Vec<Point>, usize)> {
    let objective = part.objective(levels);
    let (mut points, mut evaluations, mut shorter) = (Vec::new(), 0, Vec::<Wavelets>::new());
    for &taps in lengths {
        let known = given.map_or_else(|| catalogue(*family, taps), <[Wavelet]>::to_vec);
        let known: Vec<Wavelets> = known.into_iter().map(Wavelets::from).collect();
        let Some(first) = known.first() else { continue };
        let at_first = objective.value(first);
        let grown: Vec<Wavelets> = shorter.iter().flat_map(|w| w.finest().grown(taps)).map(Wavelets::from).collect();
        let mut best = Vec::new();
        for lambda in options.lambdas() {
            let mut followed = grown.clone();
            for gamma in options.gammas(lambda, &at_first, first) {
                let weighted = objective.clone().weighted(lambda, gamma);
                let (found, spent) = valleys(&weighted, &[&known[..], &followed].concat());
                evaluations += spent;
                followed = found.iter().map(|found| found.wavelets.clone()).collect();
                let Some(found) = found.into_iter().next() else { continue };
                best.push(found.wavelets.clone());
                let Some((found, spent)) = finished(&weighted, options, found, levels) else { continue };
                evaluations += spent;
                let transform = part.transform(found.wavelets, levels);
                points.push(Point { transform, lambda, gamma, value: found.value, fixed: None });
            }
        }
        shorter = best;
        tell(taps)?;
    }
    Ok((points, evaluations))
}

/// What was found, without end taps that do nothing where the length was left open, and with a wavelet for each level where
/// that was asked for; and the evaluations that this took. `None` where there is no room for so many steps.
fn finished(objective: &Objective, options: &Options, found: Found, levels: u8) -> Option<(Found, usize)> {
    let before = found.evaluations;
    // The length of a start is no choice of length.
    let open = options.start.is_some() && options.taps.is_none();
    let found = if open { shortened(objective, found) } else { found };
    let spent = found.evaluations - before;
    if !options.each_level {
        return Some((found, spent));
    }
    let each = search(objective, &[found.wavelets.each(levels).ok()?], 0, options.seed)?;
    let spent = spent + each.evaluations;
    Some((each, spent))
}

/// The start, and the wavelets that hops from it end at: one a depth and sample, for all depths and weights to start from;
/// and the evaluations that they took.
pub fn hopped(part: &SearchSet, options: &Options, start: &Wavelet, levels: &[u8]) -> (Vec<Wavelet>, usize) {
    let samples: Vec<(u8, usize)> =
        levels.iter().flat_map(|&levels| (0..SAMPLES).map(move |sample| (levels, sample))).collect();
    let starts = [Wavelets::from(start.clone())];
    let found = samples.par_iter().filter_map(|&(levels, sample)| {
        let few = part.few(sample);
        let objective = few.objective(levels);
        let lambda = options.lambdas()[0];
        let equal = equal(lambda, &objective.value(&starts[0]));
        // The middle one of several: the first may be 0.
        let gamma = options.gammas.get(options.gammas.len() / 2).copied().unwrap_or(RATIOS[1] * equal);
        // Other hops over each sample: what one misses, the next should find.
        let seed = options.seed.wrapping_mul(SAMPLES as u64).wrapping_add(sample as u64);
        search(&objective.weighted(lambda, gamma), &starts, options.hops, seed)
    });
    let found: Vec<Found> = found.collect();
    let evaluations = found.iter().map(|found| found.evaluations).sum();
    let ends = found.into_iter().map(|found| found.wavelets.finest().clone());
    ([start.clone()].into_iter().chain(ends).collect(), evaluations)
}

impl Options {
    /// The weights of the attributions beside λ.
    fn gammas(&self, lambda: f64, at_first: &Value, first: &Wavelets) -> Vec<f64> {
        if !self.gammas.is_empty() {
            return self.gammas.clone();
        }
        match equal(lambda, at_first) {
            equal if lambda == 0.0 => vec![equal],
            // There is one wavelet, whatever the weights.
            _ if first.free().is_empty() => vec![0.0],
            equal => RATIOS.iter().map(|ratio| ratio * equal).collect(),
        }
    }
}

/// The γ that makes both terms equal.
fn equal(lambda: f64, at: &Value) -> f64 {
    let equal = lambda * at.l1_coefficients / at.l1_attributions;
    if equal.is_finite() && equal > 0.0 { equal } else { 1.0 }
}
