//! The pieces of a score, and how often each part of the cost occurs in them.

use super::part::{Amount, Part};
use awd_core::{Dwt, Feature};

/// A piece of a score that is computed once, however many features need it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Piece {
    /// A wavelet.
    Wavelet(usize),
    /// The approximation of a wavelet at a level, from the level above.
    Approximation(usize, usize),
    /// The details of the second phase of a wavelet at a level.
    Phase(usize, usize),
    /// A band that has any feature.
    Band(u8),
    /// A loop over a band, for the features of the whole band.
    Loop(u8),
    /// What is computed in it, or in a loop of its own, for the features of a kind.
    Pass(u8, Pass),
    /// A rank besides the first, of the largest or the smallest coefficients of a band.
    Rank(u8, bool, u8),
    /// The function of the logarithm, and that of the root.
    Logarithm,
    Root,
}

/// The purpose of a pass over a band, or over a segment of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pass {
    /// The largest coefficient, or several of the largest.
    Largest {
        several: bool,
    },
    Smallest {
        several: bool,
    },
    Moduli,
    Energy,
    Moment,
    Position,
    PositiveSum,
    PositiveCount,
    Crossings,
    /// Signs, as bits.
    Signs,
    /// Runs of bits of one sign.
    Runs {
        positive: bool,
    },
    /// Differences over a lag.
    Increments(u8),
    ModulusIncrements(u8),
    /// A segment: its index, and the number of segments.
    SegmentModuli(u8, u8),
    Segment(u8, u8),
}

/// A piece, and the parts of its cost.
pub type Priced = (Piece, [Amount; 3]);

/// Two parts of a cost: one that occurs once, and one that occurs so many times.
const fn affine(once: Part, each: Part, times: f64) -> [Amount; 3] {
    [(once, 1.0), (each, times), (each, 0.0)]
}

/// A part that occurs once.
pub const fn once(part: Part) -> [Amount; 3] {
    affine(part, part, 0.0)
}

/// For each band, the pieces of the transform that it needs, and its length. The last one is the window.
pub fn bands(wavelets: &[Dwt<f32>], window: usize) -> Vec<(Vec<Priced>, usize)> {
    let mut bands = Vec::new();
    for (w, dwt) in wavelets.iter().enumerate() {
        let mut above = window;
        let mut path = vec![(Piece::Wavelet(w), once(Part::Wavelet))];
        let lens: Vec<usize> = dwt.band_ranges(window).map(|range| range.len()).collect();
        for (level, &len) in lens.iter().enumerate().take(usize::from(dwt.levels())) {
            let taps = dwt.scheme(level).steps().map(|step| step.taps.iter().filter(|tap| **tap != 0.0).count());
            let (steps, times) = (dwt.scheme(level).steps().count() as f64, (taps.sum::<usize>() * above) as f64);
            let of = |once, step, tap| [(once, 1.0), (step, steps), (tap, times)];
            path.push((Piece::Approximation(w, level), of(Part::Level, Part::LevelStep, Part::LevelTap)));
            let phase = (Piece::Phase(w, level), of(Part::Phase, Part::PhaseStep, Part::PhaseTap));
            bands.push((path.iter().copied().chain(dwt.is_oversampled().then_some(phase)).collect(), len));
            above = above.div_ceil(2);
        }
        bands.push((path, lens[dwt.bands() - 1]));
    }
    bands.push((vec![], window));
    bands
}

/// The pieces that a feature of a band of `len` coefficients needs besides the band, and the parts of its own cost.
pub fn feature(band: u8, feature: Feature, len: usize) -> (Vec<Priced>, [Amount; 3]) {
    use Feature::{
        AbsSum, Centroid, Coefficient, Crossings, FirstMoment, Increment, Largest, LogAbsSum, LogEnergy, LogIncrement,
        LogModulusIncrement, LogSegmentAbsSum, LongestNegative, LongestPositive, ModulusIncrement, PositiveCount,
        PositiveSum, RootEnergy, SegmentAbsSum, SegmentSum, Smallest,
    };
    let len = len as f64;
    let of = |first: Part, each: Part, len: f64| affine(first, each, len);
    let extreme = |rank: u8| match rank {
        0 => of(Part::Extreme, Part::ExtremeEach, len),
        _ => of(Part::Extremes, Part::ExtremesEach, len),
    };
    let signs = (Pass::Signs, of(Part::Signs, Part::SignsEach, len));
    let runs = |positive| Some((Pass::Runs { positive }, of(Part::Runs, Part::RunsEach, len)));
    let (first, second) = match feature {
        Largest(rank) => ((Pass::Largest { several: rank > 0 }, extreme(rank)), None),
        Smallest(rank) => ((Pass::Smallest { several: rank > 0 }, extreme(rank)), None),
        AbsSum | LogAbsSum => ((Pass::Moduli, of(Part::Moduli, Part::ModuliEach, len)), None),
        RootEnergy | LogEnergy => ((Pass::Energy, of(Part::Energy, Part::EnergyEach, len)), None),
        FirstMoment | Centroid => ((Pass::Moment, of(Part::Moment, Part::MomentEach, len)), None),
        Feature::Position => ((Pass::Position, of(Part::Position, Part::PositionEach, len)), None),
        PositiveCount => {
            let part = of(Part::PositiveCount, Part::PositiveCountEach, len);
            (signs, Some((Pass::PositiveCount, part)))
        }
        Crossings => (signs, Some((Pass::Crossings, of(Part::Crossings, Part::CrossingsEach, len)))),
        PositiveSum => (signs, Some((Pass::PositiveSum, of(Part::PositiveSum, Part::PositiveSumEach, len)))),
        LongestPositive => (signs, runs(true)),
        LongestNegative => (signs, runs(false)),
        Increment(lag) | LogIncrement(lag) => {
            ((Pass::Increments(lag), of(Part::Increments, Part::IncrementsEach, len)), None)
        }
        ModulusIncrement(lag) | LogModulusIncrement(lag) => {
            ((Pass::ModulusIncrements(lag), of(Part::ModulusIncrements, Part::ModulusIncrementsEach, len)), None)
        }
        SegmentAbsSum(segment) | LogSegmentAbsSum(segment) => {
            let part = of(Part::SegmentModuli, Part::SegmentModuliEach, len / f64::from(segment.of));
            ((Pass::SegmentModuli(segment.part, segment.of), part), None)
        }
        SegmentSum(segment) => {
            let part = of(Part::Segment, Part::SegmentEach, len / f64::from(segment.of));
            ((Pass::Segment(segment.part, segment.of), part), None)
        }
        Coefficient(_) => return (vec![], once(Part::Place)),
    };
    let in_own_loop = matches!(
        first.0,
        Pass::Increments(_) | Pass::ModulusIncrements(_) | Pass::SegmentModuli(..) | Pass::Segment(..)
    );
    let whole = (!in_own_loop).then(|| (Piece::Loop(band), of(Part::Loop, Part::LoopEach, len)));
    let passes = [Some(first), second].into_iter().flatten().map(|(pass, part)| (Piece::Pass(band, pass), part));
    let (function, own) = match feature {
        LogAbsSum | LogEnergy | LogIncrement(_) | LogModulusIncrement(_) | LogSegmentAbsSum(_) => {
            (Some((Piece::Logarithm, once(Part::LogarithmOnce))), once(Part::Logarithm))
        }
        RootEnergy | Centroid => (Some((Piece::Root, once(Part::RootOnce))), once(Part::Root)),
        _ => (None, once(Part::Value)),
    };
    let ranks = match feature {
        Largest(rank) => ranks(band, true, rank, len),
        Smallest(rank) => ranks(band, false, rank, len),
        _ => vec![],
    };
    (whole.into_iter().chain(passes).chain(function).chain(ranks).collect(), own)
}

/// The ranks that are kept for a rank. A coefficient is inserted at rank r if it is one of the r + 1 greatest so far.
fn ranks(band: u8, largest: bool, rank: u8, len: f64) -> Vec<Priced> {
    let priced = |rank: u8| {
        let kept = f64::from(rank) + 1.0;
        let insertions = kept * (1.0 + (len / kept).max(1.0).ln());
        (Piece::Rank(band, largest, rank), affine(Part::Rank, Part::RankInsertion, insertions))
    };
    (1..=rank).map(priced).collect()
}
