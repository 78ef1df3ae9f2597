//! Estimates the cost of a score on the device: instructions and bytes of flash. Features that would exceed a bound are
//! left out. A feature is cheap if another one has already paid for its band and for the pass over it.

mod part;
mod pieces;
mod platform;

use super::{Budget, Candidates};
use crate::model::Model;
use awd_core::Term;
pub use part::{PARTS, Part};
use pieces::{Piece, Priced, bands, feature, once};
pub use platform::Platform;
use std::collections::{HashMap, HashSet};

/// The gain of a candidate that costs this fraction of a bound counts half.
const HALF_AT: f64 = 1.0 / 8.0;

/// Instructions, and bytes of flash.
type Pair = [f64; 2];

/// The costs of candidates. Candidates may share pieces, which are paid once.
#[derive(Debug, Clone)]
pub struct Costs {
    /// The cost of each piece.
    pieces: Vec<Pair>,
    /// For each candidate, the indices of its pieces, and its own cost besides them.
    of_candidates: Vec<(Vec<usize>, Pair)>,
    /// The cost of a score without features.
    score: Pair,
    /// The cost of a product.
    product: Pair,
    /// The maximum cost of all selected candidates together.
    bound: Pair,
}

/// The costs during a selection: which pieces are paid, and what is left of the bounds.
#[derive(Debug, Clone)]
pub(super) struct Spending {
    costs: Costs,
    paid: Vec<bool>,
    left: Pair,
}

/// The estimated cost of a score of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Estimate {
    /// Executed instructions.
    pub instructions: u32,
    /// Bytes of flash of generated code; 0 for model files.
    pub flash: u32,
}

impl Costs {
    /// Costs of 0 for all candidates, without a bound.
    #[must_use]
    pub fn none(candidates: usize) -> Self {
        let (zero, bound) = ([0.0; 2], [f64::INFINITY; 2]);
        Self { pieces: vec![], of_candidates: vec![(vec![], zero); candidates], score: zero, product: zero, bound }
    }

    /// The costs of candidates for signals of `window` samples and for `outputs` outputs, within a budget. Candidates
    /// for images cost nothing here: the transform of an image takes nearly all the time.
    #[must_use]
    pub fn of(candidates: &Candidates, window: usize, outputs: usize, budget: Budget) -> Self {
        if candidates.image.is_some() {
            return Self::none(candidates.terms.len() + candidates.products.len());
        }
        let tables = budget.target.tables();
        let cost = |amounts: &[(Part, f64)]| tables.map(|table| table.of(amounts));
        let bands = bands(&candidates.wavelets, window);
        let (mut indices, mut pieces) = (HashMap::new(), Vec::new());
        let weights = (Part::Weight, outputs as f64);
        let mut of_term = |term: &Term| {
            let (needed, own) = pieces_of(term, &bands);
            let index = |(piece, amounts): Priced| {
                *indices.entry(piece).or_insert_with(|| {
                    pieces.push(cost(&amounts));
                    pieces.len() - 1
                })
            };
            (needed.into_iter().map(index).collect(), cost(&[&own[..], &[weights]].concat()))
        };
        let of_terms = candidates.terms.iter().map(&mut of_term);
        // Products follow the terms and need no pass over a band.
        let product = cost(&[(Part::Product, 1.0), weights]);
        let of_candidates = of_terms.chain(candidates.products.iter().map(|_| (vec![], product))).collect();
        let score = cost(&[(Part::Score, 1.0), (Part::Sample, window as f64)]);
        let of = |most: Option<u32>, score: f64| most.map_or(f64::INFINITY, |most| f64::from(most) - score);
        let bound = [of(budget.instructions, score[0]), of(budget.flash, score[1])];
        Self { pieces, of_candidates, score, product, bound }
    }

    /// The estimated cost of a score of a model; none for images.
    #[must_use]
    pub fn of_model(model: &Model, target: Platform) -> Option<Estimate> {
        let parts = Self::parts_of(model)?;
        let cost = |table: part::Table| table.0.iter().zip(&parts).map(|(cost, times)| cost * times).sum::<f64>();
        let [instructions, flash] = target.tables().map(|table| cost(table).round() as u32);
        Some(Estimate { instructions, flash })
    }

    /// How often each [`Part`] occurs in a score of a model, in their order; none for images.
    #[must_use]
    pub fn parts_of(model: &Model) -> Option<[f64; PARTS]> {
        let spec = model.spec();
        let candidates = Candidates::of_model(model);
        if candidates.image.is_some() {
            return None;
        }
        let (bands, outputs) = (bands(&candidates.wavelets, usize::from(spec.window)), spec.readout.bias.len() as f64);
        let mut counts = [0.0; PARTS];
        let mut count = |amounts: &[(Part, f64)]| {
            amounts.iter().for_each(|(part, times)| counts[*part as usize] += times);
        };
        count(&[(Part::Score, 1.0), (Part::Sample, spec.window.into())]);
        let mut seen = HashSet::new();
        for term in &candidates.terms {
            let (needed, own) = pieces_of(term, &bands);
            count(&own);
            count(&[(Part::Weight, outputs)]);
            // In the order of the terms, so that the sums are always the same.
            needed.iter().filter(|(piece, _)| seen.insert(*piece)).for_each(|(_, amounts)| count(amounts));
        }
        let products = candidates.products.len() as f64;
        count(&[(Part::Product, products), (Part::Weight, products * outputs)]);
        Some(counts)
    }

    /// The least bounds on instructions and flash that any candidate meets, if none meets the present ones.
    pub(super) fn least(&self) -> Option<Estimate> {
        let of_each = || self.of_candidates.iter().map(|candidate| self.alone(candidate));
        if of_each().any(|cost| (0..2).all(|i| cost[i] <= self.bound[i])) {
            return None;
        }
        let total = |cost: Pair, i: usize| self.score[i] + cost[i];
        // The cheapest in instructions, if every candidate has too many of them, or else in flash.
        let by = usize::from(of_each().any(|cost| cost[0] <= self.bound[0]));
        let cheapest = of_each().min_by(|a, b| a[by].total_cmp(&b[by])).unwrap_or_default();
        let [instructions, flash] = [0, 1].map(|i| total(cheapest, i).ceil() as u32);
        Some(Estimate { instructions, flash })
    }

    /// The cost of a candidate if nothing is paid.
    fn alone(&self, (pieces, own): &(Vec<usize>, Pair)) -> Pair {
        pieces.iter().fold(*own, |sum, piece| sum_of(sum, self.pieces[*piece]))
    }

    /// The costs of some of the candidates.
    pub(super) fn select(&self, candidates: &[usize]) -> Self {
        let of_candidates = candidates.iter().map(|&j| self.of_candidates[j].clone()).collect();
        Self { pieces: self.pieces.clone(), of_candidates, ..*self }
    }
}

/// The pieces that a term needs, and the parts of its own cost.
fn pieces_of(term: &Term, bands: &[(Vec<Priced>, usize)]) -> (Vec<Priced>, [(Part, f64); 3]) {
    let (transform, len) = &bands[usize::from(term.band)];
    let (passes, own) = feature(term.band, term.feature, *len);
    let band = (Piece::Band(term.band), once(Part::Band));
    (transform.iter().copied().chain([band]).chain(passes).collect(), own)
}

fn sum_of(a: Pair, b: Pair) -> Pair {
    [a[0] + b[0], a[1] + b[1]]
}

impl Spending {
    /// Nothing is paid yet.
    pub fn new(costs: Costs) -> Self {
        Self { paid: vec![false; costs.pieces.len()], left: costs.bound, costs }
    }

    /// The factor of a candidate's gain: 1/2 if it costs an eighth of a bound, 1 without a bound.
    pub fn worth(&self, candidate: usize) -> f64 {
        let added = self.added(candidate);
        let of = |i: usize| {
            let half = self.costs.bound[i] * HALF_AT;
            if half.is_finite() && added[i] > 0.0 { half / (half + added[i]) } else { 1.0 }
        };
        of(0).min(of(1))
    }

    /// Whether the cost that a candidate would add is within the bounds.
    pub fn affords(&self, candidate: usize) -> bool {
        let added = self.added(candidate);
        (0..2).all(|i| added[i] <= self.left[i])
    }

    /// Pays for a selected candidate.
    pub fn pay(&mut self, candidate: usize) {
        let added = self.added(candidate);
        self.left = [self.left[0] - added[0], self.left[1] - added[1]];
        if let Some((pieces, _)) = self.costs.of_candidates.get(candidate) {
            pieces.iter().for_each(|&piece| self.paid[piece] = true);
        }
    }

    /// The cost that a candidate would add. Indices beyond the last candidate are products of others.
    fn added(&self, candidate: usize) -> Pair {
        let Some((pieces, own)) = self.costs.of_candidates.get(candidate) else { return self.costs.product };
        let unpaid = pieces.iter().filter(|&&piece| !self.paid[piece]).map(|&piece| self.costs.pieces[piece]);
        unpaid.fold(*own, sum_of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::readout::Transform;
    use crate::wavelet::Wavelet;
    use awd_core::{Boundary, Feature};
    use ndarray::Array2;

    #[test]
    fn paid_pieces_cost_nothing_more() {
        let transform = Transform {
            wavelets: Wavelet::named("db2").unwrap().into(),
            beside: vec![Wavelet::named("haar").unwrap()],
            boundary: Boundary::Zero,
            levels: 3,
            height: 1,
            histograms: 0,
            deviation: 1.0,
        };
        let candidates = Candidates::of(&transform, &Array2::zeros((2, 24)));
        let budget = |instructions| Budget { instructions, ..Budget::of(41) };
        let part = |part: Part| Platform::File.tables()[0].of(&[(part, 1.0)]);
        let [score, band, place, weight] = [Part::Score, Part::Band, Part::Place, Part::Weight].map(part);
        let costs = Costs::of(&candidates, 24, 2, budget(None));
        let find =
            |band: u8, feature| candidates.terms.iter().position(|term| *term == Term { band, feature }).unwrap();
        let mut spending = Spending::new(costs.clone());
        let (deep, shallow, haar) = (find(2, Feature::AbsSum), find(0, Feature::AbsSum), find(4, Feature::AbsSum));
        let window = find(8, Feature::Coefficient(0));
        // The window needs no transform, db2 has more taps than Haar, and a deep level needs all levels above it.
        assert_eq!(spending.added(window)[0], band + place + 2.0 * weight);
        assert!(spending.added(haar)[0] < spending.added(shallow)[0]);
        let before = spending.added(deep)[0];
        spending.pay(shallow);
        assert!(spending.added(deep)[0] < before && spending.added(haar)[0] > 2.0 * weight);
        spending.pay(deep);
        assert_eq!(spending.added(find(2, Feature::LogAbsSum))[0], 2.0 * weight + part(Part::Logarithm));
        assert!(spending.added(find(2, Feature::PositiveCount))[0] > 2.0 * weight);
        // Indices beyond the candidates are products.
        assert_eq!(spending.added(candidates.terms.len() + 3)[0], part(Part::Product) + 2.0 * weight);
        assert_eq!(Spending::new(costs.select(&[window, deep])).added(1)[0], before);
        assert_eq!(Spending::new(Costs::none(3)).added(2), [0.0; 2]);

        // A bound is respected. If no candidate meets it, `least` returns the bound that one would meet.
        let bounded = |most| Costs::of(&candidates, 24, 2, budget(Some(most)));
        let least = (score + band + place + 2.0 * weight).ceil() as u32;
        let mut spending = Spending::new(bounded(least));
        assert!(spending.affords(window) && !spending.affords(haar));
        spending.pay(window);
        assert!(!spending.affords(window) && !spending.affords(candidates.terms.len()));
        assert_eq!(bounded(least).least(), None);
        assert_eq!(bounded(least - 1).least().map(|least| least.instructions), Some(least));

        // A bound on flash is respected too.
        let of_flash = |flash| Budget { flash, target: Platform::M4f, ..Budget::of(41) };
        let cheapest = Costs::of(&candidates, 24, 2, of_flash(Some(1))).least().unwrap().flash;
        assert_eq!(Costs::of(&candidates, 24, 2, of_flash(Some(cheapest))).least(), None);
        assert!(Costs::of(&candidates, 24, 2, of_flash(Some(cheapest - 1))).least().is_some());
    }
}
