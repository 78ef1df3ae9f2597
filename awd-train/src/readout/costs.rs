//! What features cost on the instrument, as far as a selection weighs it: a feature is cheap where another one has already paid for the
//! band, and for the pass over it.
//!
//! Costs are instructions of a Cortex-M4F for a coefficient, rounded, as `cargo xtask costs` counts them. They order what is about as
//! good; they promise nothing.

use super::Candidates;
use awd_core::{Dwt, Feature, Term};
use std::collections::HashMap;

/// Instructions for each sample of a window at which the gain of a feature counts half.
const HALF: f64 = 1000.0;

/// Of a level of a wavelet: once, for each sample that it is of, and for each of these and each tap.
const LEVEL: [f64; 3] = [150.0, 2.0, 1.5];

/// Of a pass over a band, once.
const PASS: f64 = 60.0;

/// Of a logarithm.
const LOGARITHM: f64 = 90.0;

/// A pass over a band, or a part of the transform, which is paid once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Piece {
    /// The approximation of a wavelet at a level, from the one above.
    Approximation(usize, usize),
    /// The second half of the details of a wavelet at a level.
    Phase(usize, usize),
    /// A pass over a band, for the features of a kind.
    Pass(u8, Kind),
}

/// Features that one pass over a band computes together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Largest,
    Smallest,
    Sums,
    Signs,
    /// Of a lag.
    Increments(u8),
    Segments(u8),
}

/// The pieces that each candidate needs.
#[derive(Debug, Clone)]
pub struct Costs {
    /// Of each piece, over the samples of a window.
    pieces: Vec<f64>,
    /// Of each candidate, the places of its pieces, and what it takes beside them.
    of_candidates: Vec<(Vec<usize>, f64)>,
}

/// Costs of which some are paid.
#[derive(Debug, Clone)]
pub(super) struct Open {
    costs: Costs,
    paid: Vec<bool>,
}

impl Costs {
    /// Nothing costs anything.
    #[must_use]
    pub fn none(candidates: usize) -> Self {
        Self { pieces: vec![], of_candidates: vec![(vec![], 0.0); candidates] }
    }

    /// Of the terms of signals of so many samples. Those of images cost nothing here: a map's transform is nearly all of it.
    #[must_use]
    pub fn of(candidates: &Candidates, window: usize) -> Self {
        if candidates.image.is_some() {
            return Self::none(candidates.terms.len() + candidates.products.len());
        }
        let bands = bands(&candidates.wavelets, window);
        let (mut places, mut pieces) = (HashMap::new(), Vec::new());
        let mut of_term = |term: &Term| {
            let (transform, len) = &bands[usize::from(term.band)];
            let (pass, own) = reading(term.feature, *len);
            let pass = pass.map(|(kind, cost)| (Piece::Pass(term.band, kind), cost));
            let of_piece = |(piece, cost): (Piece, f64)| {
                *places.entry(piece).or_insert_with(|| {
                    pieces.push(cost / window as f64);
                    pieces.len() - 1
                })
            };
            (transform.iter().copied().chain(pass).map(of_piece).collect(), own / window as f64)
        };
        let of_terms = candidates.terms.iter().map(&mut of_term);
        // Products come after the terms, and take no pass.
        let of_candidates = of_terms.chain(candidates.products.iter().map(|_| (vec![], 0.0))).collect();
        Self { pieces, of_candidates }
    }

    /// Of some of the candidates.
    pub(super) fn select(&self, candidates: &[usize]) -> Self {
        let of_candidates = candidates.iter().map(|&j| self.of_candidates[j].clone()).collect();
        Self { pieces: self.pieces.clone(), of_candidates }
    }
}

impl Open {
    /// Nothing is paid yet.
    pub fn new(costs: Costs) -> Self {
        Self { paid: vec![false; costs.pieces.len()], costs }
    }

    /// By what a candidate's gain is to be multiplied. A product of features that are in costs nothing.
    pub fn factor(&self, candidate: usize) -> f64 {
        let Some((pieces, own)) = self.costs.of_candidates.get(candidate) else { return 1.0 };
        let open = pieces.iter().filter(|&&piece| !self.paid[piece]).map(|&piece| self.costs.pieces[piece]);
        HALF / (HALF + own + open.sum::<f64>())
    }

    /// A candidate comes in.
    pub fn pay(&mut self, candidate: usize) {
        if let Some((pieces, _)) = self.costs.of_candidates.get(candidate) {
            pieces.iter().for_each(|&piece| self.paid[piece] = true);
        }
    }
}

/// Of each band, the parts of the transform that it needs, and its length. The last is the window.
fn bands(wavelets: &[Dwt<f32>], window: usize) -> Vec<(Vec<(Piece, f64)>, usize)> {
    let mut bands = Vec::new();
    for (w, dwt) in wavelets.iter().enumerate() {
        let mut above = window;
        let mut path = Vec::new();
        let lens: Vec<usize> = dwt.band_ranges(window).map(|range| range.len()).collect();
        for (level, &len) in lens.iter().enumerate().take(usize::from(dwt.levels())) {
            let taps: usize =
                dwt.scheme(level).steps().map(|step| step.taps.iter().filter(|tap| **tap != 0.0).count()).sum();
            let [once, sample, tap] = LEVEL;
            let cost = once + (sample + tap * taps as f64) * above as f64;
            path.push((Piece::Approximation(w, level), cost));
            let phase = dwt.is_oversampled().then_some((Piece::Phase(w, level), cost));
            bands.push((path.iter().copied().chain(phase).collect(), len));
            above = above.div_ceil(2);
        }
        bands.push((path, lens[dwt.bands() - 1]));
    }
    bands.push((vec![], window));
    bands
}

/// The pass over a band of so many coefficients that a feature needs, and what it takes beside it.
fn reading(feature: Feature, len: usize) -> (Option<(Kind, f64)>, f64) {
    use Feature::{
        AbsSum, Centroid, Coefficient, Crossings, FirstMoment, Increment, Largest, LogAbsSum, LogEnergy, LogIncrement,
        LogModulusIncrement, LogSegmentAbsSum, LongestNegative, LongestPositive, ModulusIncrement, Position,
        PositiveCount, PositiveSum, RootEnergy, SegmentAbsSum, SegmentSum, Smallest,
    };
    let len = len as f64;
    let (kind, each) = match feature {
        Largest(_) => (Kind::Largest, 8.0),
        Smallest(_) => (Kind::Smallest, 8.0),
        AbsSum | RootEnergy | LogAbsSum | LogEnergy | FirstMoment | Centroid | Position => (Kind::Sums, 13.0),
        PositiveCount | PositiveSum | LongestPositive | LongestNegative | Crossings => (Kind::Signs, 10.0),
        Increment(lag) | LogIncrement(lag) | ModulusIncrement(lag) | LogModulusIncrement(lag) => {
            (Kind::Increments(lag), 8.0)
        }
        SegmentAbsSum(segment) | LogSegmentAbsSum(segment) | SegmentSum(segment) => (Kind::Segments(segment.of), 6.5),
        Coefficient(_) => return (None, 0.0),
    };
    let own = match feature {
        LogAbsSum | LogEnergy | LogIncrement(_) | LogModulusIncrement(_) | LogSegmentAbsSum(_) => LOGARITHM,
        _ => 0.0,
    };
    (Some((kind, PASS + each * len)), own)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::readout::Transform;
    use crate::wavelet::Wavelet;
    use awd_core::Boundary;
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
        let costs = Costs::of(&candidates, 24);
        let place =
            |band: u8, feature| candidates.terms.iter().position(|term| *term == Term { band, feature }).unwrap();
        let mut open = Open::new(costs.clone());
        let (deep, shallow, haar) = (place(2, Feature::AbsSum), place(0, Feature::AbsSum), place(4, Feature::AbsSum));
        let window = place(8, Feature::Coefficient(0));
        // The window is there; Haar's steps are two, those of db2 four taps more; of deep levels all above are needed.
        assert_eq!(open.factor(window), 1.0);
        assert!(open.factor(haar) > open.factor(shallow));
        let before = open.factor(deep);
        open.pay(shallow);
        assert!(open.factor(deep) > before && open.factor(haar) < 1.0);
        open.pay(deep);
        assert_eq!(open.factor(place(2, Feature::FirstMoment)), 1.0);
        assert!(open.factor(place(2, Feature::PositiveCount)) < 1.0);
        // A logarithm of a sum that is there is still a logarithm.
        assert!((0.5..1.0).contains(&open.factor(place(2, Feature::LogAbsSum))));
        // Products come after all candidates.
        assert_eq!(open.factor(candidates.terms.len() + 3), 1.0);
        assert_eq!(Open::new(costs.select(&[window, deep])).factor(1), before);
        assert_eq!(Open::new(Costs::none(3)).factor(2), 1.0);
    }
}
