//! What parts of a score take, in instructions of a Cortex-M4F.
//!
//! The numbers are a fit to 96 models of 14 sets, of which scores from the file were counted at opt-level 3 (`cargo xtask costs` counts
//! so): their errors are 4 % (root mean square), and 15 % at most.

use awd_core::{Dwt, Feature};

/// Of any score, and of each wavelet.
pub const SCORE: f64 = 1200.0;
const WAVELET: f64 = 380.0;

/// Of a level of a wavelet: once, and for each sample that it is of and each tap.
const LEVEL: [f64; 2] = [520.0, 2.5];

/// The same of its second phase.
const PHASE: [f64; 2] = [100.0, 1.6];

/// Of a band of which there is any feature.
pub const BAND: f64 = 125.0;

/// Of a coefficient by its place, a logarithm, and a root or ratio.
pub const PLACE: f64 = 37.0;
pub const LOGARITHM: f64 = 94.0;
const ROOT: f64 = 70.0;

/// Of a weight; of a product, beside its weights.
pub const WEIGHT: f64 = 13.0;
pub const PRODUCT: f64 = 20.0;

/// A part of a score that is computed once, however many features need it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Piece {
    /// A wavelet.
    Wavelet(usize),
    /// The approximation of a wavelet at a level, from the one above.
    Approximation(usize, usize),
    /// The second half of the details of a wavelet at a level.
    Phase(usize, usize),
    /// A band.
    Band(u8),
    /// A pass over a band, for the features of a kind.
    Pass(u8, Pass),
}

/// What one pass over a band, or over a part of it, is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pass {
    /// An extreme at one end, or several there.
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
    /// Over a lag.
    Increments(u8),
    ModulusIncrements(u8),
    /// A part of so many.
    SegmentModuli(u8, u8),
    Segment(u8, u8),
}

/// Of each band, the parts of the transform that it needs, and its length. The last is the window.
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

/// The passes over a band of so many coefficients that a feature needs, and what it takes beside them.
pub fn reading(feature: Feature, len: usize) -> ([Option<(Pass, f64)>; 2], f64) {
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
