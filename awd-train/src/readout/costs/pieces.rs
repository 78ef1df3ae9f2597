//! The costs of the parts of a score, in instructions of a Cortex-M4F.
//!
//! The constants were fitted to 96 models of 14 sets, whose instructions for scoring from the model file were counted
//! at opt-level 3 (`cargo xtask costs` counts them). The errors are 4 % (root mean square), and 15 % at most.

use awd_core::{Dwt, Feature};

/// The cost of any score, and of each wavelet.
pub const SCORE: f64 = 1200.0;
const WAVELET: f64 = 380.0;

/// The cost of a level of a wavelet: a constant, and a factor per input sample and tap.
const LEVEL: [f64; 2] = [520.0, 2.5];

/// The same for its second phase.
const PHASE: [f64; 2] = [100.0, 1.6];

/// The cost of a band that has any feature.
pub const BAND: f64 = 125.0;

/// The cost of a coefficient by its index, of a logarithm, and of a root or ratio.
pub const PLACE: f64 = 37.0;
pub const LOGARITHM: f64 = 94.0;
const ROOT: f64 = 70.0;

/// The cost of a weight, and of a product without its weights.
pub const WEIGHT: f64 = 13.0;
pub const PRODUCT: f64 = 20.0;

/// A part of a score that is computed once, however many features need it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Piece {
    /// A wavelet.
    Wavelet(usize),
    /// The approximation of a wavelet at a level, from the level above.
    Approximation(usize, usize),
    /// The details of the second phase of a wavelet at a level.
    Phase(usize, usize),
    /// A band.
    Band(u8),
    /// A pass over a band, for the features of a kind.
    Pass(u8, Pass),
}

/// The purpose of one pass over a band, or over a segment of it.
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

/// For each band, the pieces of the transform that it needs, and its length. The last one is the window.
pub fn bands(wavelets: &[Dwt<f32>], window: usize) -> Vec<(Vec<(Piece, f64)>, usize)> {
    let mut bands = Vec::new();
    for (w, dwt) in wavelets.iter().enumerate() {
        let mut above = window;
        let mut path = vec![(Piece::Wavelet(w), WAVELET)];
        let lens: Vec<usize> = dwt.band_ranges(window).map(|range| range.len()).collect();
        for (level, &len) in lens.iter().enumerate().take(usize::from(dwt.levels())) {
            let taps: usize =
                dwt.scheme(level).steps().map(|step| step.taps.iter().filter(|tap| **tap != 0.0).count()).sum();
            let cost = |[once, tap]: [f64; 2]| once + tap * (taps * above) as f64;
            path.push((Piece::Approximation(w, level), cost(LEVEL)));
            let phase = dwt.is_oversampled().then_some((Piece::Phase(w, level), cost(PHASE)));
            bands.push((path.iter().copied().chain(phase).collect(), len));
            above = above.div_ceil(2);
        }
        bands.push((path, lens[dwt.bands() - 1]));
    }
    bands.push((vec![], window));
    bands
}

/// The passes that a feature needs over a band of `len` coefficients, and its own cost besides them.
pub fn feature_cost(feature: Feature, len: usize) -> ([Option<(Pass, f64)>; 2], f64) {
    use Feature::{
        AbsSum, Centroid, Coefficient, Crossings, FirstMoment, Increment, Largest, LogAbsSum, LogEnergy, LogIncrement,
        LogModulusIncrement, LogSegmentAbsSum, LongestNegative, LongestPositive, ModulusIncrement, Position,
        PositiveCount, PositiveSum, RootEnergy, SegmentAbsSum, SegmentSum, Smallest,
    };
    let len = len as f64;
    let extreme = |rank: u8| if rank == 0 { 125.0 + 2.5 * len } else { 250.0 + 7.6 * len };
    let signs = (Pass::Signs, 160.0 + 11.0 * len);
    let runs = |positive| Some((Pass::Runs { positive }, 70.0 + 0.9 * len));
    let (first, second) = match feature {
        Largest(rank) => ((Pass::Largest { several: rank > 0 }, extreme(rank)), None),
        Smallest(rank) => ((Pass::Smallest { several: rank > 0 }, extreme(rank)), None),
        AbsSum | LogAbsSum => ((Pass::Moduli, 58.0 + 2.0 * len), None),
        RootEnergy | LogEnergy => ((Pass::Energy, 78.0 + 3.7 * len), None),
        FirstMoment | Centroid => ((Pass::Moment, 62.0 + 4.6 * len), None),
        Position => ((Pass::Position, 64.0 + 7.7 * len), None),
        PositiveCount | Crossings => (signs, None),
        PositiveSum => (signs, Some((Pass::PositiveSum, 60.0 + 3.0 * len))),
        LongestPositive => (signs, runs(true)),
        LongestNegative => (signs, runs(false)),
        Increment(lag) | LogIncrement(lag) => ((Pass::Increments(lag), 43.0 + 5.2 * len), None),
        ModulusIncrement(lag) | LogModulusIncrement(lag) => ((Pass::ModulusIncrements(lag), 15.0 + 8.2 * len), None),
        SegmentAbsSum(segment) | LogSegmentAbsSum(segment) => {
            ((Pass::SegmentModuli(segment.part, segment.of), 60.0 + 3.7 * len / f64::from(segment.of)), None)
        }
        SegmentSum(segment) => {
            ((Pass::Segment(segment.part, segment.of), 50.0 + 2.5 * len / f64::from(segment.of)), None)
        }
        Coefficient(_) => return ([None, None], PLACE),
    };
    let own = match feature {
        LogAbsSum | LogEnergy | LogIncrement(_) | LogModulusIncrement(_) | LogSegmentAbsSum(_) => LOGARITHM,
        RootEnergy | Centroid => ROOT,
        _ => 0.0,
    };
    ([Some(first), second], own)
}
