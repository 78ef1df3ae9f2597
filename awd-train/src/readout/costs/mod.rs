//! Estimates the cost of a score on the device, in instructions of a Cortex-M4F. Features that would exceed a bound are
//! left out. A feature is cheap if another one has already paid for its band and for the pass over it.

mod parts;

use super::{Budget, Candidates};
use crate::model::Model;
use awd_core::Term;
use parts::{BAND, PRODUCT, Piece, SCORE, WEIGHT, bands, feature_cost};
use std::collections::HashMap;

/// The gain of a candidate that costs this fraction of the bound counts half.
const HALF_AT: f64 = 1.0 / 8.0;

/// The costs of candidates. Candidates may share pieces, which are paid once.
#[derive(Debug, Clone)]
pub struct Costs {
    /// The cost of each piece.
    pieces: Vec<f64>,
    /// For each candidate, the indices of its pieces, and its own cost besides them.
    of_candidates: Vec<(Vec<usize>, f64)>,
    /// The cost of a product.
    product: f64,
    /// The maximum cost of all selected candidates together.
    bound: f64,
}

/// The costs during a selection: which pieces are paid, and what is left of the bound.
#[derive(Debug, Clone)]
pub(super) struct Spending {
    costs: Costs,
    paid: Vec<bool>,
    left: f64,
}

impl Costs {
    /// Costs of 0 for all candidates, without a bound.
    #[must_use]
    pub fn none(candidates: usize) -> Self {
        Self { pieces: vec![], of_candidates: vec![(vec![], 0.0); candidates], product: 0.0, bound: f64::INFINITY }
    }

    /// The costs of candidates for signals of `window` samples and for `outputs` outputs, within a budget. Candidates
    /// for images cost nothing here: the transform of an image takes nearly all the time.
    #[must_use]
    pub fn of(candidates: &Candidates, window: usize, outputs: usize, budget: Budget) -> Self {
        if candidates.image.is_some() {
            return Self::none(candidates.terms.len() + candidates.products.len());
        }
        let bands = bands(&candidates.wavelets, window);
        let (mut indices, mut pieces) = (HashMap::new(), Vec::new());
        let weights = WEIGHT * outputs as f64;
        let mut of_term = |term: &Term| {
            let (transform, len) = &bands[usize::from(term.band)];
            let (passes, own) = feature_cost(term.feature, *len);
            let pass = passes.into_iter().flatten().map(|(pass, cost)| (Piece::Pass(term.band, pass), cost));
            let band = [(Piece::Band(term.band), BAND)];
            let index = |(piece, cost): (Piece, f64)| {
                *indices.entry(piece).or_insert_with(|| {
                    pieces.push(cost);
                    pieces.len() - 1
                })
            };
            (transform.iter().copied().chain(band).chain(pass).map(index).collect(), own + weights)
        };
        let of_terms = candidates.terms.iter().map(&mut of_term);
        // Products follow the terms and need no pass over a band.
        let product = PRODUCT + weights;
        let of_candidates = of_terms.chain(candidates.products.iter().map(|_| (vec![], product))).collect();
        let bound = budget.instructions.map_or(f64::INFINITY, |most| f64::from(most) - SCORE);
        Self { pieces, of_candidates, product, bound }
    }

    /// The estimated instructions of a score of a model; none for images.
    #[must_use]
    pub fn of_model(model: &Model) -> Option<u32> {
        let spec = model.spec();
        let (candidates, outputs) = (Candidates::of_model(model), spec.readout.bias.len());
        let costs = Self::of(&candidates, usize::from(spec.window), outputs, Budget::of(0));
        let own: f64 = costs.of_candidates.iter().map(|(_, own)| own).sum();
        // Every piece is needed by some term.
        candidates.image.is_none().then(|| (SCORE + own + costs.pieces.iter().sum::<f64>()).round() as u32)
    }

    /// The least bound that any candidate meets, if none meets the present bound.
    pub(super) fn least(&self) -> Option<u32> {
        let cost =
            |(pieces, own): &(Vec<usize>, f64)| own + pieces.iter().map(|&piece| self.pieces[piece]).sum::<f64>();
        let least = self.of_candidates.iter().map(cost).fold(f64::INFINITY, f64::min);
        (least > self.bound).then(|| (SCORE + least).ceil() as u32)
    }

    /// The costs of some of the candidates.
    pub(super) fn select(&self, candidates: &[usize]) -> Self {
        let of_candidates = candidates.iter().map(|&j| self.of_candidates[j].clone()).collect();
        Self { pieces: self.pieces.clone(), of_candidates, ..*self }
    }
}

impl Spending {
    /// Nothing is paid yet.
    pub fn new(costs: Costs) -> Self {
        Self { paid: vec![false; costs.pieces.len()], left: costs.bound, costs }
    }

    /// The factor of a candidate's gain: 1/2 if it costs an eighth of the bound, 1 without a bound.
    pub fn worth(&self, candidate: usize) -> f64 {
        let half = self.costs.bound * HALF_AT;
        if half.is_finite() { half / (half + self.added(candidate)) } else { 1.0 }
    }

    /// Whether the cost that a candidate would add is within the bound.
    pub fn affords(&self, candidate: usize) -> bool {
        self.added(candidate) <= self.left
    }

    /// Pays for a selected candidate.
    pub fn pay(&mut self, candidate: usize) {
        self.left -= self.added(candidate);
        if let Some((pieces, _)) = self.costs.of_candidates.get(candidate) {
            pieces.iter().for_each(|&piece| self.paid[piece] = true);
        }
    }

    /// The cost that a candidate would add. Indices beyond the last candidate are products of others.
    fn added(&self, candidate: usize) -> f64 {
        let Some((pieces, own)) = self.costs.of_candidates.get(candidate) else { return self.costs.product };
        let unpaid = pieces.iter().filter(|&&piece| !self.paid[piece]).map(|&piece| self.costs.pieces[piece]);
        own + unpaid.sum::<f64>()
    }
}

#[cfg(test)]
mod tests {
    use super::parts::{LOGARITHM, PLACE};
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
        let costs = Costs::of(&candidates, 24, 2, budget(None));
        let find =
            |band: u8, feature| candidates.terms.iter().position(|term| *term == Term { band, feature }).unwrap();
        let mut spending = Spending::new(costs.clone());
        let (deep, shallow, haar) = (find(2, Feature::AbsSum), find(0, Feature::AbsSum), find(4, Feature::AbsSum));
        let window = find(8, Feature::Coefficient(0));
        // The window needs no transform, db2 has more taps than Haar, and a deep level needs all levels above it.
        assert_eq!(spending.added(window), BAND + PLACE + 2.0 * WEIGHT);
        assert!(spending.added(haar) < spending.added(shallow));
        let before = spending.added(deep);
        spending.pay(shallow);
        assert!(spending.added(deep) < before && spending.added(haar) > 2.0 * WEIGHT);
        spending.pay(deep);
        assert_eq!(spending.added(find(2, Feature::LogAbsSum)), 2.0 * WEIGHT + LOGARITHM);
        assert!(spending.added(find(2, Feature::PositiveCount)) > 2.0 * WEIGHT);
        // Indices beyond the candidates are products.
        assert_eq!(spending.added(candidates.terms.len() + 3), PRODUCT + 2.0 * WEIGHT);
        assert_eq!(Spending::new(costs.select(&[window, deep])).added(1), before);
        assert_eq!(Spending::new(Costs::none(3)).added(2), 0.0);

        // A bound is respected. If no candidate meets it, `least` returns the bound that one would meet.
        let bounded = |most| Costs::of(&candidates, 24, 2, budget(Some(most)));
        let least = (SCORE + BAND + PLACE + 2.0 * WEIGHT).ceil() as u32;
        let mut spending = Spending::new(bounded(least));
        assert!(spending.affords(window) && !spending.affords(haar));
        spending.pay(window);
        assert!(!spending.affords(window) && !spending.affords(candidates.terms.len()));
        assert_eq!([bounded(least).least(), bounded(least - 1).least()], [None, Some(least)]);
    }
}
