//! The features of a band and their codes.

use core::cmp::Ordering;
use serde::{Deserialize, Serialize};

/// The highest rank of [`Feature::Largest`] and [`Feature::Smallest`], plus one.
pub const MAX_RANK: u8 = 8;

/// The highest index of [`Feature::Coefficient`], plus one.
pub const MAX_PLACE: u8 = 32;

/// The lags of increments, in samples of the band.
pub const LAGS: [u8; 8] = [1, 2, 3, 4, 6, 8, 12, 16];

/// One of 4 or 8 parts of a band of n coefficients: those with index k, ⌊part · n / of⌋ ≤ k < ⌊(part + 1) · n / of⌋.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Segment {
    /// The index of the part, from 0.
    pub part: u8,
    /// The number of parts: 4 or 8.
    pub of: u8,
}

/// A feature of the unscaled coefficients c₀..cₙ₋₁ of a band. Its unit is that of the samples unless stated otherwise.
///
/// Sums are not divided by the number of terms: the weights absorb this factor. No feature has a state; a stream
/// computes each from its window. A comparison with NaN is false, and a sum that contains NaN is NaN. σ is the standard
/// deviation of the training samples ([`Model::deviation`](crate::Model::deviation)).
///
/// Features are ordered by their [codes](Feature::code).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Feature {
    /// The r-th largest signed coefficient; rank 0 is the largest (Ha et al. 2021 use six of each band).
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
    /// The smallest k that maximises |cₖ|, in samples of the band; 0 for an empty band.
    Position,
    /// The number of cₖ > 0, in samples of the band.
    PositiveCount,
    /// The sum of all cₖ > 0.
    PositiveSum,
    /// The length of the longest run of cₖ > 0, in samples of the band.
    LongestPositive,
    /// The length of the longest run of cₖ that are not > 0, in samples of the band.
    LongestNegative,
    /// The number of k for which exactly one of cₖ and cₖ₊₁ is > 0, a count.
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
    /// The coefficient cₖ itself, for events that are aligned in time.
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

/// The first code after each of these groups.
pub(crate) const AFTER_SIGNS: u8 = SIGNS + OF_SIGNS;
pub(crate) const AFTER_SEGMENTS: u8 = SEGMENTS + OF_SEGMENT * PARTS;
pub(crate) const AFTER_COEFFICIENTS: u8 = COEFFICIENTS + MAX_PLACE;

/// The number of features of signs, of one lag and of one segment.
pub(crate) const OF_SIGNS: u8 = 5;
pub(crate) const OF_LAG: u8 = 4;
pub(crate) const OF_SEGMENT: u8 = 3;

/// The number of segments: the quarters, then the eighths.
const PARTS: u8 = 4 + 8;

/// A code that no feature has.
const NONE: u8 = u8::MAX;

impl Feature {
    /// The code that stores the feature in a model's file. Features are ordered by it:
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
    /// An invalid argument, such as a lag of 5, gives 255, which no feature has.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self.order().to_be_bytes() {
            [code, 0, 0, 0] => code,
            _ => NONE,
        }
    }

    /// A sort key: the code followed by zeros. Features with an invalid argument get distinct keys, so that only equal
    /// features compare equal.
    const fn order(self) -> u32 {
        match self {
            Self::Largest(rank) => indexed_key(LARGEST, rank, MAX_RANK),
            Self::Smallest(rank) => indexed_key(SMALLEST, rank, MAX_RANK),
            Self::AbsSum => valid_key(16),
            Self::RootEnergy => valid_key(17),
            Self::LogAbsSum => valid_key(18),
            Self::LogEnergy => valid_key(19),
            Self::FirstMoment => valid_key(20),
            Self::Centroid => valid_key(21),
            Self::Position => valid_key(22),
            Self::PositiveCount => valid_key(23),
            Self::PositiveSum => valid_key(24),
            Self::LongestPositive => valid_key(25),
            Self::LongestNegative => valid_key(26),
            Self::Crossings => valid_key(27),
            Self::Increment(lag) => lag_key(0, lag),
            Self::LogIncrement(lag) => lag_key(1, lag),
            Self::ModulusIncrement(lag) => lag_key(2, lag),
            Self::LogModulusIncrement(lag) => lag_key(3, lag),
            Self::SegmentAbsSum(segment) => segment.order(0),
            Self::LogSegmentAbsSum(segment) => segment.order(1),
            Self::SegmentSum(segment) => segment.order(2),
            Self::Coefficient(place) => indexed_key(COEFFICIENTS, place, MAX_PLACE),
        }
    }

    /// The feature with this code, if any.
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
    /// The segment of a feature with this code.
    const fn of_code(code: u8) -> Self {
        match (code - SEGMENTS) / OF_SEGMENT {
            part @ 0..4 => Self { part, of: 4 },
            part => Self { part: part - 4, of: 8 },
        }
    }

    /// The sort key of feature `which` of this segment.
    const fn order(self, which: u8) -> u32 {
        let Self { part, of } = self;
        match of {
            4 if part < 4 => valid_key(SEGMENTS + OF_SEGMENT * part + which),
            8 if part < 8 => valid_key(SEGMENTS + OF_SEGMENT * (4 + part) + which),
            _ => valid_key(SEGMENTS + which) | u32::from_be_bytes([0, 1, part, of]),
        }
    }
}

/// The lag of an increment with this code.
pub(crate) const fn lag_of(code: u8) -> u8 {
    LAGS[(code - INCREMENTS) as usize / OF_LAG as usize % LAGS.len()]
}

/// The number of parts that the band of a segment feature with this code is divided into.
pub(crate) const fn parts_of(code: u8) -> u8 {
    Segment::of_code(code).of
}

/// The sort key of a valid code.
const fn valid_key(code: u8) -> u32 {
    u32::from_be_bytes([code, 0, 0, 0])
}

/// The sort key of a feature with a rank or an index, which is valid below `count`.
const fn indexed_key(first: u8, argument: u8, count: u8) -> u32 {
    if argument < count { valid_key(first + argument) } else { u32::from_be_bytes([first, 1, 0, argument]) }
}

/// The sort key of increment `which` of a lag.
const fn lag_key(which: u8, lag: u8) -> u32 {
    let mut i = 0;
    while i < LAGS.len() {
        if LAGS[i] == lag {
            return valid_key(INCREMENTS + OF_LAG * i as u8 + which);
        }
        i += 1;
    }
    valid_key(INCREMENTS + which) | u32::from_be_bytes([0, 1, 0, lag])
}

/// A feature of a band or of the window: one input of the readout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Term {
    /// The number of a band. For signals, a first wavelet of J levels has the bands 0 to J, the finest detail first,
    /// the approximation last; the bands of the next wavelet follow. After the last band comes the window itself, whose
    /// samples serve as coefficients, and then the histograms of an image.
    pub band: u8,
    /// The feature of the band.
    pub feature: Feature,
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use std::vec::Vec;

    #[test]
    fn codes_are_unique_and_order_the_features() {
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
    fn invalid_arguments_have_no_code() {
        let segments = [(4, 4), (8, 8), (0, 0), (0, 2), (255, 255)].map(|(part, of)| Segment { part, of });
        let of_segments = [Feature::SegmentAbsSum, Feature::LogSegmentAbsSum, Feature::SegmentSum];
        let of_lags =
            [Feature::Increment, Feature::LogIncrement, Feature::ModulusIncrement, Feature::LogModulusIncrement];
        let mut wrong: Vec<Feature> = of_segments.iter().flat_map(|of| segments.map(of)).collect();
        wrong.extend(of_lags.iter().flat_map(|of| [0, 5, 7, 17, 255].map(of)));
        wrong.extend([8, 9, 255].iter().flat_map(|&rank| [Feature::Largest(rank), Feature::Smallest(rank)]));
        wrong.extend([32, 255].map(Feature::Coefficient));
        assert!(wrong.iter().all(|feature| Feature::of_code(feature.code()).is_none()));
        // Invalid features still compare as different.
        wrong.sort_unstable();
        assert!(wrong.is_sorted_by(|a, b| a < b));
    }
}
