//! Numbers that describe one band of coefficients.
//!
//! They are taken of the unscaled coefficients that the ladder leaves: the readout is fitted to the same numbers,
//! so a band's scale is in its weights. Only what a model asks for is computed; logarithm and root are reached only
//! by the features that are named after them.

use crate::{Dwt, Invalid};
use serde::{Deserialize, Serialize};

/// Highest rank of [`Feature::Largest`] and [`Feature::Smallest`], plus one.
pub const MAX_RANK: u8 = 8;

/// Added to a magnitude before its logarithm is taken, so that an empty band is finite.
pub const LOG_FLOOR: f32 = 1e-6;

/// One number of a band c₀..cₙ₋₁.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Feature {
    /// The r-th largest signed coefficient; rank 0 is the largest (as in Ha et al. 2021, six of each band).
    Largest(u8),
    /// The r-th smallest signed coefficient; rank 0 is the smallest.
    Smallest(u8),
    /// Σ|cₖ|, in units of the samples.
    AbsSum,
    /// √Σcₖ², in units of the samples.
    RootEnergy,
    /// ln(Σ|cₖ| + [`LOG_FLOOR`]).
    LogAbsSum,
    /// ln(Σcₖ² + [`LOG_FLOOR`]).
    LogEnergy,
    /// Σk|cₖ|, in samples of the band times units of the samples.
    FirstMoment,
    /// Σk|cₖ| / Σ|cₖ|, in samples of the band; 0 for an empty band.
    Centroid,
}

/// A feature of a band: one input of the readout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Term {
    /// 0 is the finest detail, the number of levels is the approximation.
    pub band: u8,
    /// Which number of that band.
    pub feature: Feature,
}

/// What has to be gathered in the pass over a band.
#[derive(Debug, Clone, Copy, Default)]
struct Needs {
    largest: usize,
    smallest: usize,
    sums: bool,
}

impl Needs {
    fn of(features: impl Iterator<Item = Feature>) -> Self {
        features.fold(Self::default(), |needs, feature| match feature {
            Feature::Largest(rank) => Self { largest: needs.largest.max(usize::from(rank) + 1), ..needs },
            Feature::Smallest(rank) => Self { smallest: needs.smallest.max(usize::from(rank) + 1), ..needs },
            _ => Self { sums: true, ..needs },
        })
    }
}

/// What one pass over a band gathers.
#[derive(Debug, Clone)]
pub struct Summary {
    largest: [f32; MAX_RANK as usize],
    /// Of the negated coefficients, so that both ends are found by the same code.
    smallest: [f32; MAX_RANK as usize],
    abs_sum: f32,
    energy: f32,
    moment: f32,
}

impl Summary {
    /// Gathers what `features` need of a band.
    ///
    /// ```
    /// use awd_core::feature::{Feature, Summary};
    ///
    /// let wanted = [Feature::Largest(1), Feature::Centroid];
    /// let summary = Summary::of(&[1.0, -4.0, 3.0], wanted.into_iter());
    /// assert_eq!(summary.value(Feature::Largest(1)), 1.0);
    /// assert_eq!(summary.value(Feature::Centroid), (4.0 + 2.0 * 3.0) / 8.0);
    /// ```
    #[must_use]
    pub fn of(band: &[f32], features: impl Iterator<Item = Feature>) -> Self {
        let needs = Needs::of(features);
        let mut summary = Self {
            largest: [f32::NEG_INFINITY; MAX_RANK as usize],
            smallest: [f32::NEG_INFINITY; MAX_RANK as usize],
            abs_sum: 0.0,
            energy: 0.0,
            moment: 0.0,
        };
        let largest = summary.largest.get_mut(..needs.largest).unwrap_or_default();
        let smallest = summary.smallest.get_mut(..needs.smallest).unwrap_or_default();
        let mut position = 0.0;
        for &c in band {
            insert(largest, c);
            insert(smallest, -c);
            if needs.sums {
                summary.abs_sum += c.abs();
                summary.energy += c * c;
                summary.moment += position * c.abs();
                position += 1.0;
            }
        }
        summary
    }

    /// The value of a feature that was asked for; one that was not is 0 or infinite.
    #[must_use]
    pub fn value(&self, feature: Feature) -> f32 {
        let ranked = |sorted: &[f32], rank: u8| sorted.get(usize::from(rank)).copied().unwrap_or(0.0);
        match feature {
            Feature::Largest(rank) => ranked(&self.largest, rank),
            Feature::Smallest(rank) => -ranked(&self.smallest, rank),
            Feature::AbsSum => self.abs_sum,
            Feature::RootEnergy => libm::sqrtf(self.energy),
            Feature::LogAbsSum => libm::logf(self.abs_sum + LOG_FLOOR),
            Feature::LogEnergy => libm::logf(self.energy + LOG_FLOOR),
            Feature::FirstMoment => self.moment,
            Feature::Centroid if self.abs_sum > 0.0 => self.moment / self.abs_sum,
            Feature::Centroid => 0.0,
        }
    }
}

/// The features of a window `x`: calls `each` with the value of each term, in their order, which must be ascending. No
/// band is kept longer than its features take.
///
/// # Errors
/// `work` is shorter than [`Dwt::work_len`].
pub fn features(
    dwt: &Dwt<f32>,
    x: &[f32],
    terms: &[Term],
    work: &mut [f32],
    mut each: impl FnMut(f32),
) -> Result<(), Invalid> {
    let mut rest = terms;
    dwt.analyze(x, work, |band, coefficients| {
        let len = rest.iter().take_while(|term| usize::from(term.band) == band).count();
        let Some((here, later)) = rest.split_at_checked(len).filter(|(here, _)| !here.is_empty()) else { return };
        let summary = Summary::of(coefficients, here.iter().map(|term| term.feature));
        here.iter().for_each(|term| each(summary.value(term.feature)));
        rest = later;
    })
}

/// Puts a value into its place among the largest so far, in descending order.
fn insert(sorted: &mut [f32], mut value: f32) {
    for kept in sorted {
        if value > *kept {
            core::mem::swap(kept, &mut value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BAND: [f32; 5] = [0.5, -2.0, 3.0, 0.0, -1.0];

    fn value(feature: Feature) -> f32 {
        Summary::of(&BAND, core::iter::once(feature)).value(feature)
    }

    #[test]
    fn extremes_are_signed_and_ranked() {
        assert_eq!([0, 1, 2, 3, 4].map(|r| value(Feature::Largest(r))), [3.0, 0.5, 0.0, -1.0, -2.0]);
        assert_eq!([0, 1, 2].map(|r| value(Feature::Smallest(r))), [-2.0, -1.0, 0.0]);
    }

    #[test]
    fn sums_follow_their_definitions() {
        assert_eq!(value(Feature::AbsSum), 6.5);
        assert_eq!(value(Feature::RootEnergy), 14.25_f32.sqrt());
        assert!((value(Feature::LogEnergy) - 14.25_f32.ln()).abs() < 1e-6);
        assert!((value(Feature::LogAbsSum) - 6.5_f32.ln()).abs() < 1e-6);
        assert_eq!(value(Feature::FirstMoment), 2.0 + 6.0 + 4.0);
        assert_eq!(value(Feature::Centroid), 12.0 / 6.5);
    }

    #[test]
    fn an_empty_band_is_finite() {
        for feature in [Feature::AbsSum, Feature::RootEnergy, Feature::LogEnergy, Feature::LogAbsSum, Feature::Centroid]
        {
            assert!(Summary::of(&[0.0; 3], core::iter::once(feature)).value(feature).is_finite());
        }
    }
}
