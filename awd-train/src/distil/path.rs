//! The path of wavelets along the weights: each search starts from the results for the previous γ.
//!
//! The objective has no other terms, so only the ratio γ/λ matters. If no γ is given, it takes a few multiples of the
//! value that makes both terms equal for the first start. The same multiples suit any teacher.

use super::search_set::SearchSet;
use super::{Found, Objective, Options, Value, catalogue, search, shortened, valleys};
use crate::Result;
use crate::readout::Transform;
use crate::wavelet::{Family, Wavelet, Wavelets};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// γ·L1(attributions) over λ·L1(coefficients) at the first start of each length.
const RATIOS: [f64; 3] = [1.0, 4.0, 16.0];

/// Number of small window subsets, each hopped over separately: a single one may prefer a minimum that all windows do
/// not.
const HOP_SUBSETS: usize = 3;

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
    /// The name of a fixed wavelet; `None` for a learned one.
    pub fixed: Option<String>,
}

/// Returns the points of a family and a depth, length by length and weight by weight, and the number of evaluations.
/// Each search starts from the catalogue of the length or from what is `given`, from the minima of the previous weight,
/// and from the best wavelets of the previous length.
///
/// # Errors
/// `tell`, which is called after each length, fails because the listener cancels.
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

/// Removes negligible end taps if the length is open, and fits a wavelet for each level if requested. Also returns the
/// number of additional evaluations. `None` if a transform cannot hold so many lifting steps.
fn finished(objective: &Objective, options: &Options, found: Found, levels: u8) -> Option<(Found, usize)> {
    let before = found.evaluations;
    // Naming a start does not choose its length.
    let open = options.start.is_some() && options.taps.is_none();
    let found = if open { shortened(objective, found) } else { found };
    let spent = found.evaluations - before;
    if !options.each_level {
        return Some((found, spent));
    }
    let per_level = search(objective, &[found.wavelets.each(levels).ok()?], 0, options.seed)?;
    let spent = spent + per_level.evaluations;
    Some((per_level, spent))
}

/// Returns the start and the wavelets that hops from it reach, one for each depth and window subset, and the number of
/// evaluations. The searches for all depths and weights start from them.
pub fn hopped(part: &SearchSet, options: &Options, start: &Wavelet, levels: &[u8]) -> (Vec<Wavelet>, usize) {
    let subsets: Vec<(u8, usize)> =
        levels.iter().flat_map(|&levels| (0..HOP_SUBSETS).map(move |subset| (levels, subset))).collect();
    let starts = [Wavelets::from(start.clone())];
    let found = subsets.par_iter().filter_map(|&(levels, index)| {
        let subset = part.hop_subset(index);
        let objective = subset.objective(levels);
        let lambda = options.lambdas()[0];
        let balanced = balancing_gamma(lambda, &objective.value(&starts[0]));
        // The middle γ, because the first may be 0.
        let gamma = options.gammas.get(options.gammas.len() / 2).copied().unwrap_or(RATIOS[1] * balanced);
        // Each subset has its own hops: one may find what another misses.
        let seed = options.seed.wrapping_mul(HOP_SUBSETS as u64).wrapping_add(index as u64);
        search(&objective.weighted(lambda, gamma), &starts, options.hops, seed)
    });
    let found: Vec<Found> = found.collect();
    let evaluations = found.iter().map(|found| found.evaluations).sum();
    let ends = found.into_iter().map(|found| found.wavelets.finest().clone());
    ([start.clone()].into_iter().chain(ends).collect(), evaluations)
}

impl Options {
    /// The weights of the attributions to combine with λ.
    fn gammas(&self, lambda: f64, at_first: &Value, first: &Wavelets) -> Vec<f64> {
        if !self.gammas.is_empty() {
            return self.gammas.clone();
        }
        match balancing_gamma(lambda, at_first) {
            balanced if lambda == 0.0 => vec![balanced],
            // Without free parameters the weights do not matter.
            _ if first.free().is_empty() => vec![0.0],
            balanced => RATIOS.iter().map(|ratio| ratio * balanced).collect(),
        }
    }
}

/// The γ that makes both terms equal.
fn balancing_gamma(lambda: f64, at: &Value) -> f64 {
    let balanced = lambda * at.l1_coefficients / at.l1_attributions;
    if balanced.is_finite() && balanced > 0.0 { balanced } else { 1.0 }
}
