//! What a score costs on the instrument, in instructions of a Cortex-M4F: an estimate, by which features that would go beyond a bound are
//! left out. A feature is cheap where another one has already paid for the band, and for the pass over it.

mod parts;

use super::{Budget, Candidates};
use crate::model::Model;
use awd_core::Term;
use parts::{BAND, PRODUCT, Piece, SCORE, WEIGHT, bands, reading};
use std::collections::HashMap;

/// The gain of a candidate whose cost is this part of the bound counts half.
const HALF_AT: f64 = 1.0 / 8.0;

/// The pieces that each candidate needs.
#[derive(Debug, Clone)]
pub struct Costs {
    /// Of each piece.
    pieces: Vec<f64>,
    /// Of each candidate, the places of its pieces, and what it takes beside them.
    of_candidates: Vec<(Vec<usize>, f64)>,
    /// Of a product.
    product: f64,
    /// What all that is chosen may cost.
    bound: f64,
}

/// Costs of which some are paid.
#[derive(Debug, Clone)]
pub(super) struct Open {
    costs: Costs,
    paid: Vec<bool>,
    left: f64,
}

impl Costs {
    /// Nothing costs anything.
    #[must_use]
    pub fn none(candidates: usize) -> Self {
        Self { pieces: vec![], of_candidates: vec![(vec![], 0.0); candidates], product: 0.0, bound: f64::INFINITY }
    }

    /// Of the terms of signals of so many samples, whose scores have so many outputs, within a budget. Those of images cost nothing here:
    /// a map's transform is nearly all of it.
    #[must_use]
    pub fn of(candidates: &Candidates, window: usize, outputs: usize, budget: Budget) -> Self {
        if candidates.image.is_some() {
            return Self::none(candidates.terms.len() + candidates.products.len());
        }
        let bands = bands(&candidates.wavelets, window);
        let (mut places, mut pieces) = (HashMap::new(), Vec::new());
        let weights = WEIGHT * outputs as f64;
        let mut of_term = |term: &Term| {
            let (transform, len) = &bands[usize::from(term.band)];
            let (passes, own) = reading(term.feature, *len);
            let pass = passes.into_iter().flatten().map(|(pass, cost)| (Piece::Pass(term.band, pass), cost));
            let band = [(Piece::Band(term.band), BAND)];
            let of_piece = |(piece, cost): (Piece, f64)| {
                *places.entry(piece).or_insert_with(|| {
                    pieces.push(cost);
                    pieces.len() - 1
                })
            };
            (transform.iter().copied().chain(band).chain(pass).map(of_piece).collect(), own + weights)
        };
        let of_terms = candidates.terms.iter().map(&mut of_term);
        // Products come after the terms, and take no pass.
        let product = PRODUCT + weights;
        let of_candidates = of_terms.chain(candidates.products.iter().map(|_| (vec![], product))).collect();
        let bound = budget.instructions.map_or(f64::INFINITY, |most| f64::from(most) - SCORE);
        Self { pieces, of_candidates, product, bound }
    }

    /// The instructions of a score of a model of signals, as they are estimated.
    #[must_use]
    pub fn of_model(model: &Model) -> Option<u32> {
        let spec = model.spec();
        let (candidates, outputs) = (Candidates::of_model(model), spec.readout.bias.len());
        let costs = Self::of(&candidates, usize::from(spec.window), outputs, Budget::of(0));
        let own: f64 = costs.of_candidates.iter().map(|(_, own)| own).sum();
        // Each piece is one that a term needs.
        candidates.image.is_none().then(|| (SCORE + own + costs.pieces.iter().sum::<f64>()).round() as u32)
    }

    /// The least bound within which any candidate is; nothing if all are too dear for the bound that there is.
    pub(super) fn least(&self) -> Option<u32> {
        let of = |(pieces, own): &(Vec<usize>, f64)| own + pieces.iter().map(|&piece| self.pieces[piece]).sum::<f64>();
        let least = self.of_candidates.iter().map(of).fold(f64::INFINITY, f64::min);
        (least > self.bound).then(|| (SCORE + least).ceil() as u32)
    }

    /// Of some of the candidates.
    pub(super) fn select(&self, candidates: &[usize]) -> Self {
        let of_candidates = candidates.iter().map(|&j| self.of_candidates[j].clone()).collect();
        Self { pieces: self.pieces.clone(), of_candidates, ..*self }
    }
}

impl Open {
    /// Nothing is paid yet.
    pub fn new(costs: Costs) -> Self {
        Self { paid: vec![false; costs.pieces.len()], left: costs.bound, costs }
    }

    /// By what the gain of a candidate counts: where there is a bound, one that takes an eighth of it counts half.
    pub fn worth(&self, candidate: usize) -> f64 {
        let half = self.costs.bound * HALF_AT;
        if half.is_finite() { half / (half + self.added(candidate)) } else { 1.0 }
    }

    /// Is what a candidate would add within the bound?
    pub fn affords(&self, candidate: usize) -> bool {
        self.added(candidate) <= self.left
    }

    /// A candidate comes in.
    pub fn pay(&mut self, candidate: usize) {
        self.left -= self.added(candidate);
        if let Some((pieces, _)) = self.costs.of_candidates.get(candidate) {
            pieces.iter().for_each(|&piece| self.paid[piece] = true);
        }
    }

    /// What a candidate would add. Those behind the last one are products of others.
    fn added(&self, candidate: usize) -> f64 {
        let Some((pieces, own)) = self.costs.of_candidates.get(candidate) else { return self.costs.product };
        let open = pieces.iter().filter(|&&piece| !self.paid[piece]).map(|&piece| self.costs.pieces[piece]);
        own + open.sum::<f64>()
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
    fn what_is_paid_costs_nothing_more() {
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
        let place =
            |band: u8, feature| candidates.terms.iter().position(|term| *term == Term { band, feature }).unwrap();
        let mut open = Open::new(costs.clone());
        let (deep, shallow, haar) = (place(2, Feature::AbsSum), place(0, Feature::AbsSum), place(4, Feature::AbsSum));
        let window = place(8, Feature::Coefficient(0));
        // The window is there; Haar's steps are two, those of db2 four taps more; of deep levels all above are needed.
        assert_eq!(open.added(window), BAND + PLACE + 2.0 * WEIGHT);
        assert!(open.added(haar) < open.added(shallow));
        let before = open.added(deep);
        open.pay(shallow);
        assert!(open.added(deep) < before && open.added(haar) > 2.0 * WEIGHT);
        open.pay(deep);
        assert_eq!(open.added(place(2, Feature::LogAbsSum)), 2.0 * WEIGHT + LOGARITHM);
        assert!(open.added(place(2, Feature::PositiveCount)) > 2.0 * WEIGHT);
        // Products come after all candidates.
        assert_eq!(open.added(candidates.terms.len() + 3), PRODUCT + 2.0 * WEIGHT);
        assert_eq!(Open::new(costs.select(&[window, deep])).added(1), before);
        assert_eq!(Open::new(Costs::none(3)).added(2), 0.0);

        // A bound is kept to, and one within which nothing is says where there would be something.
        let bounded = |most| Costs::of(&candidates, 24, 2, budget(Some(most)));
        let least = (SCORE + BAND + PLACE + 2.0 * WEIGHT).ceil() as u32;
        let mut open = Open::new(bounded(least));
        assert!(open.affords(window) && !open.affords(haar));
        open.pay(window);
        assert!(!open.affords(window) && !open.affords(candidates.terms.len()));
        assert_eq!([bounded(least).least(), bounded(least - 1).least()], [None, Some(least)]);
    }
}
