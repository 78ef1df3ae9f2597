//! One number of a band: which there are, and the code of each.

use core::cmp::Ordering;
use serde::{Deserialize, Serialize};

/// Highest rank of [`Feature::Largest`] and [`Feature::Smallest`], plus one.
pub const MAX_RANK: u8 = 8;

/// Highest place of [`Feature::Coefficient`], plus one.
pub const MAX_PLACE: u8 = 32;

/// The lags of increments, in samples of the band.
pub const LAGS: [u8; 8] = [1, 2, 3, 4, 6, 8, 12, 16];

/// One of 4 or of 8 parts of a band of n coefficients: those from ⌊part · n / of⌋ up to ⌊(part + 1) · n / of⌋, the last not among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Segment {
    /// Which part, from 0.
    pub part: u8,
    /// How many parts there are: 4 or 8.
    pub of: u8,
}

/// One number of a band c₀..cₙ₋₁, of its unscaled coefficients. Its unit is that of the samples unless another one is stated.
///
/// Sums are not divided by their length: scales are in the weights. None has a state: a stream computes each of its window. A NaN is
/// not greater than anything, and a sum with a NaN in it is a NaN. σ is the standard deviation of the training samples
/// ([`Model::deviation`](crate::Model::deviation)).
///
/// The order of features is that of their [codes](Feature::code).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Feature {
    /// The r-th largest signed coefficient; rank 0 is the largest (as in Ha et al. 2021, six of each band).
    Largest(u8),
    /// The r-th smallest signed coefficient; rank 0 is the smallest.
    Smallest(u8),
    /// Σ|cₖ|.
    AbsSum,
    /// √Σcₖ².
    RootEnergy,
    /// ln(Σ|cₖ| + 10⁻⁶σ), a logarithm.
    LogAbsSum,
    /// ln(Σcₖ² + 10⁻⁶σ²), a logarithm.
    LogEnergy,
    /// Σk|cₖ|, in samples of the band times units of the samples.
    FirstMoment,
    /// Σk|cₖ| / Σ|cₖ|, in samples of the band; 0 for an empty band.
    Centroid,
    /// The k of the largest |cₖ|, the first of equals, in samples of the band; 0 for an empty band.
    Position,
    /// How many cₖ > 0, in samples of the band.
    PositiveCount,
    /// The sum of all cₖ > 0.
    PositiveSum,
    /// The longest run of cₖ > 0, in samples of the band.
    LongestPositive,
    /// The longest run of cₖ that are not > 0, in samples of the band.
    LongestNegative,
    /// How many k there are for which one of cₖ and cₖ₊₁ is > 0 and the other is not: a count.
    Crossings,
    /// Σ|cₖ₊ₗ − cₖ| for a lag l of [`LAGS`].
    Increment(u8),
    /// ln(Σ|cₖ₊ₗ − cₖ| + 10⁻⁶σ) for a lag l of [`LAGS`], a logarithm.
    LogIncrement(u8),
    /// Σ||cₖ₊ₗ| − |cₖ|| for a lag l of [`LAGS`].
    ModulusIncrement(u8),
    /// ln(Σ||cₖ₊ₗ| − |cₖ|| + 10⁻⁶σ) for a lag l of [`LAGS`], a logarithm.
    LogModulusIncrement(u8),
    /// Σ|cₖ| over a segment.
    SegmentAbsSum(Segment),
    /// ln(Σ|cₖ| + 10⁻⁶σ) over a segment, a logarithm.
    LogSegmentAbsSum(Segment),
    /// Σcₖ over a segment.
    SegmentSum(Segment),
    /// The coefficient cₖ itself: what happens at a time, in events that are aligned.
    Coefficient(u8),
}

/// The first code of each group, see [`Feature::code`].
pub(crate) const LARGEST: u8 = 0;
pub(crate) const SMALLEST: u8 = LARGEST + MAX_RANK;
pub(crate) const SUMS: u8 = 16;
pub(crate) const SIGNS: u8 = 23;
pub(crate) const INCREMENTS: u8 = 32;
pub(crate) const SEGMENTS: u8 = 64;
pub(crate) const COEFFICIENTS: u8 = 128;

/// The first code after each of these.
pub(crate) const AFTER_SIGNS: u8 = SIGNS + OF_SIGNS;
pub(crate) const AFTER_SEGMENTS: u8 = SEGMENTS + OF_SEGMENT * PARTS;
pub(crate) const AFTER_COEFFICIENTS: u8 = COEFFICIENTS + MAX_PLACE;

/// Features of a group: of signs, of one lag, of one segment.
pub(crate) const OF_SIGNS: u8 = 5;
pub(crate) const OF_LAG: u8 = 4;
pub(crate) const OF_SEGMENT: u8 = 3;

/// Segments that there are: the quarters, and then the eighths.
const PARTS: u8 = 4 + 8;

/// The code of no feature.
const NONE: u8 = u8::MAX;

impl Feature {
    /// The code, by which a model's file has the feature and by which features are in order:
    ///
    /// | code | feature |
    /// |---|---|
    /// | 0 + r | `Largest(r)`, r ≤ 7 |
    /// | 8 + r | `Smallest(r)`, r ≤ 7 |
    /// | 16..=22 | `AbsSum`, `RootEnergy`, `LogAbsSum`, `LogEnergy`, `FirstMoment`, `Centroid`, `Position` |
    /// | 23..=27 | `PositiveCount`, `PositiveSum`, `LongestPositive`, `LongestNegative`, `Crossings` |
    /// | 32 + 4i + v | `Increment`, `LogIncrement`, `ModulusIncrement`, `LogModulusIncrement` (v) of the lag `LAGS[i]` |
    /// | 64 + 3s + v | `SegmentAbsSum`, `LogSegmentAbsSum`, `SegmentSum` (v) of quarter s, or of eighth s − 4 |
    /// | 128 + k | `Coefficient(k)`, k ≤ 31 |
    ///
    /// Of an argument that there is not, such as a lag of 5, it is 255, which is the code of no feature.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self.order().to_be_bytes() {
            [code, 0, 0, 0] => code,
            _ => NONE,
        }
    }

    /// The code and then zeros; of an argument that there is not, something else, so that only equals are equal in order.
    const fn order(self) -> u32 {
        match self {
            Self::Largest(rank) => counted(LARGEST, rank, MAX_RANK),
            Self::Smallest(rank) => counted(SMALLEST, rank, MAX_RANK),
            Self::AbsSum => there(16),
            Self::RootEnergy => there(17),
            Self::LogAbsSum => there(18),
            Self::LogEnergy => there(19),
            Self::FirstMoment => there(20),
            Self::Centroid => there(21),
            Self::Position => there(22),
            Self::PositiveCount => there(23),
            Self::PositiveSum => there(24),
            Self::LongestPositive => there(25),
            Self::LongestNegative => there(26),
            Self::Crossings => there(27),
            Self::Increment(lag) => of_lag(0, lag),
            Self::LogIncrement(lag) => of_lag(1, lag),
            Self::ModulusIncrement(lag) => of_lag(2, lag),
            Self::LogModulusIncrement(lag) => of_lag(3, lag),
            Self::SegmentAbsSum(segment) => segment.order(0),
            Self::LogSegmentAbsSum(segment) => segment.order(1),
            Self::SegmentSum(segment) => segment.order(2),
            Self::Coefficient(place) => counted(COEFFICIENTS, place, MAX_PLACE),
        }
    }

    /// The feature of a code, if there is one.
    #[must_use]
    pub const fn of_code(code: u8) -> Option<Self> {
        Some(match code {
            LARGEST..SMALLEST => Self::Largest(code - LARGEST),
            SMALLEST..SUMS => Self::Smallest(code - SMALLEST),
            16 => Self::AbsSum,
            17 => Self::RootEnergy,
            18 => Self::LogAbsSum,
            19 => Self::LogEnergy,
            20 => Self::FirstMoment,
            21 => Self::Centroid,
            22 => Self::Position,
            23 => Self::PositiveCount,
            24 => Self::PositiveSum,
            25 => Self::LongestPositive,
            26 => Self::LongestNegative,
            27 => Self::Crossings,
            INCREMENTS..SEGMENTS => {
                let lag = lag_of(code);
                match code % OF_LAG {
                    0 => Self::Increment(lag),
                    1 => Self::LogIncrement(lag),
                    2 => Self::ModulusIncrement(lag),
                    _ => Self::LogModulusIncrement(lag),
                }
            }
            SEGMENTS..AFTER_SEGMENTS => {
                let segment = Segment::of_code(code);
                match (code - SEGMENTS) % OF_SEGMENT {
                    0 => Self::SegmentAbsSum(segment),
                    1 => Self::LogSegmentAbsSum(segment),
                    _ => Self::SegmentSum(segment),
                }
            }
            COEFFICIENTS..AFTER_COEFFICIENTS => Self::Coefficient(code - COEFFICIENTS),
            _ => return None,
        })
    }
}

impl Ord for Feature {
    fn cmp(&self, other: &Self) -> Ordering {
        self.order().cmp(&other.order())
    }
}

impl PartialOrd for Feature {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Segment {
    /// The segment of a code of one of its features.
    const fn of_code(code: u8) -> Self {
        match (code - SEGMENTS) / OF_SEGMENT {
            part @ 0..4 => Self { part, of: 4 },
            part => Self { part: part - 4, of: 8 },
        }
    }

    /// The order of a feature of it.
    const fn order(self, which: u8) -> u32 {
        let Self { part, of } = self;
        match of {
            4 if part < 4 => there(SEGMENTS + OF_SEGMENT * part + which),
            8 if part < 8 => there(SEGMENTS + OF_SEGMENT * (4 + part) + which),
            _ => there(SEGMENTS + which) | u32::from_be_bytes([0, 1, part, of]),
        }
    }
}

/// The lag of a code of increments.
pub(crate) const fn lag_of(code: u8) -> u8 {
    LAGS[(code - INCREMENTS) as usize / OF_LAG as usize % LAGS.len()]
}

/// How many parts the segments of a code have.
pub(crate) const fn parts_of(code: u8) -> u8 {
    Segment::of_code(code).of
}

/// The order of a code.
const fn there(code: u8) -> u32 {
    u32::from_be_bytes([code, 0, 0, 0])
}

/// The order of a rank or a place of which there are so many.
const fn counted(first: u8, argument: u8, count: u8) -> u32 {
    if argument < count { there(first + argument) } else { u32::from_be_bytes([first, 1, 0, argument]) }
}

/// The order of an increment of a lag.
const fn of_lag(which: u8, lag: u8) -> u32 {
    let mut i = 0;
    while i < LAGS.len() {
        if LAGS[i] == lag {
            return there(INCREMENTS + OF_LAG * i as u8 + which);
        }
        i += 1;
    }
    there(INCREMENTS + which) | u32::from_be_bytes([0, 1, 0, lag])
}

/// A feature of a band, or of the window: one input of the readout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Term {
    /// Of the first wavelet 0 is the finest detail and the number of levels the approximation; the bands of the next wavelet follow. After
    /// the last is the window itself, whose samples stand for coefficients, and after that are the histograms of an image.
    pub band: u8,
    /// Which number of it.
    pub feature: Feature,
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use std::vec::Vec;

    #[test]
    fn every_code_is_that_of_its_feature_and_orders_it() {
        let known: Vec<(u8, Feature)> =
            (0..=u8::MAX).filter_map(|code| Some((code, Feature::of_code(code)?))).collect();
        let codes: Vec<u8> = known.iter().map(|(code, _)| *code).collect();
        let expected: Vec<u8> = (0..28).chain(32..100).chain(128..160).collect();
        assert_eq!(codes, expected);
        assert!(known.iter().all(|(code, feature)| feature.code() == *code));
        assert!(known.is_sorted_by(|(_, a), (_, b)| a < b));
        let some = [
            (5, Feature::Largest(5)),
            (8, Feature::Smallest(0)),
            (22, Feature::Position),
            (27, Feature::Crossings),
            (32, Feature::Increment(1)),
            (32 + 4 * 4 + 1, Feature::LogIncrement(6)),
            (32 + 4 * 7 + 3, Feature::LogModulusIncrement(16)),
            (64, Feature::SegmentAbsSum(Segment { part: 0, of: 4 })),
            (64 + 3 * 3 + 2, Feature::SegmentSum(Segment { part: 3, of: 4 })),
            (64 + 3 * 4 + 1, Feature::LogSegmentAbsSum(Segment { part: 0, of: 8 })),
            (99, Feature::SegmentSum(Segment { part: 7, of: 8 })),
            (159, Feature::Coefficient(31)),
        ];
        assert!(some.iter().all(|(code, feature)| Feature::of_code(*code) == Some(*feature)));
    }

    #[test]
    fn an_argument_that_there_is_not_has_no_code() {
        let segments = [(4, 4), (8, 8), (0, 0), (0, 2), (255, 255)].map(|(part, of)| Segment { part, of });
        let of_segments = [Feature::SegmentAbsSum, Feature::LogSegmentAbsSum, Feature::SegmentSum];
        let of_lags =
            [Feature::Increment, Feature::LogIncrement, Feature::ModulusIncrement, Feature::LogModulusIncrement];
        let mut wrong: Vec<Feature> = of_segments.iter().flat_map(|of| segments.map(of)).collect();
        wrong.extend(of_lags.iter().flat_map(|of| [0, 5, 7, 17, 255].map(of)));
        wrong.extend([8, 9, 255].iter().flat_map(|&rank| [Feature::Largest(rank), Feature::Smallest(rank)]));
        wrong.extend([32, 255].map(Feature::Coefficient));
        assert!(wrong.iter().all(|feature| Feature::of_code(feature.code()).is_none()));
        // Yet no two are the same.
        wrong.sort_unstable();
        assert!(wrong.is_sorted_by(|a, b| a < b));
    }
}
