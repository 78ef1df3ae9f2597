//! One pass, or a few, over a band: the numbers that its features ask for, and no others.

use crate::feature::{Feature, MAX_RANK, Term};
use crate::unroll::unroll;

/// Added to a magnitude before its logarithm is taken, so that an empty band is finite.
pub const LOG_FLOOR: f32 = 1e-6;

/// Ranks that are kept of either end.
const RANKS: usize = MAX_RANK as usize;

/// Values that a summary holds: ranks of both ends and six sums, up to a power of two.
const VALUES: usize = 32;

impl Feature {
    /// Where its value stands in a summary.
    pub(crate) const fn slot(self) -> u8 {
        match self {
            Self::Largest(rank) => rank,
            Self::Smallest(rank) => MAX_RANK.wrapping_add(rank),
            Self::AbsSum => 2 * MAX_RANK,
            Self::RootEnergy => 2 * MAX_RANK + 1,
            Self::LogAbsSum => 2 * MAX_RANK + 2,
            Self::LogEnergy => 2 * MAX_RANK + 3,
            Self::FirstMoment => 2 * MAX_RANK + 4,
            Self::Centroid => 2 * MAX_RANK + 5,
        }
    }
}

/// What has to be gathered of a band.
#[derive(Debug, Clone, Copy, Default)]
pub struct Needs {
    largest: u8,
    smallest: u8,
    terms: u8,
    /// A bit for each slot.
    slots: u32,
}

impl Needs {
    /// What these terms of one band ask for.
    #[must_use]
    pub fn of(terms: &[Term]) -> Self {
        let mut needs = Self::default();
        terms.iter().for_each(|term| needs.add(term.feature));
        needs
    }

    /// What a sum needs that is no term.
    pub(crate) const fn beside(sum: Feature) -> Self {
        Self { largest: 0, smallest: 0, terms: 0, slots: bit(sum) }
    }

    /// Asks for a sum that is no term as well.
    #[inline(always)]
    pub(crate) const fn with(self, beside: Self) -> Self {
        Self { slots: self.slots | beside.slots, ..self }
    }

    /// Was nothing asked for?
    pub(crate) const fn is_none(self) -> bool {
        self.slots == 0
    }

    /// Asks for one more.
    pub(crate) fn add(&mut self, feature: Feature) {
        self.terms = self.terms.saturating_add(1);
        self.slots |= bit(feature);
        match feature {
            Feature::Largest(rank) => self.largest = self.largest.max(rank.saturating_add(1)),
            Feature::Smallest(rank) => self.smallest = self.smallest.max(rank.saturating_add(1)),
            _ => {}
        }
    }

    /// How many were asked for.
    pub(crate) const fn terms(self) -> usize {
        self.terms as usize
    }

    const fn has(self, feature: Feature) -> bool {
        self.slots & bit(feature) != 0
    }

    /// Does it need a pass over the magnitudes?
    const fn sums(self) -> bool {
        self.slots >> (2 * MAX_RANK) != 0
    }
}

/// The bit of a feature's slot.
const fn bit(feature: Feature) -> u32 {
    1 << (feature.slot() as usize % VALUES)
}

/// The numbers of a band.
#[derive(Debug, Clone)]
pub struct Summary([f32; VALUES]);

impl Summary {
    /// Gathers what is needed of a band.
    ///
    /// ```
    /// use awd_core::summary::{Needs, Summary};
    /// use awd_core::{Feature, Term};
    ///
    /// let wanted = [Feature::Largest(1), Feature::Centroid].map(|feature| Term { band: 0, feature });
    /// let summary = Summary::of(&[1.0, -4.0, 3.0], Needs::of(&wanted));
    /// assert_eq!(summary.value(Feature::Largest(1)), 1.0);
    /// assert_eq!(summary.value(Feature::Centroid), (4.0 + 2.0 * 3.0) / 8.0);
    /// ```
    #[must_use]
    pub fn of(band: &[f32], needs: Needs) -> Self {
        let mut summary = Self::EMPTY;
        summary.gather(band.iter().copied(), needs);
        summary
    }

    /// Of no band.
    pub(crate) const EMPTY: Self = Self([0.0; VALUES]);

    /// Gathers what is needed of another band; what is not may still be of the last one.
    #[inline]
    pub(crate) fn gather(&mut self, band: impl Iterator<Item = f32> + Clone, needs: Needs) {
        let (largest, rest) = self.0.split_at_mut(RANKS);
        let (smallest, _) = rest.split_at_mut(RANKS);
        rank::<false>(band.clone(), needs.largest, largest);
        rank::<true>(band.clone(), needs.smallest, smallest);
        if needs.sums() {
            sums(band, needs, &mut self.0);
        }
    }

    /// The value of a feature that was asked for; one that was not is 0 or infinite.
    #[must_use]
    #[inline(always)]
    pub const fn value(&self, feature: Feature) -> f32 {
        self.at(feature.slot())
    }

    /// The value at a feature's slot.
    #[inline(always)]
    pub(crate) const fn at(&self, slot: u8) -> f32 {
        self.0[slot as usize % VALUES]
    }
}

/// The sums of the magnitudes and what is made of them. A root or logarithm is taken only where it is asked for.
#[inline(never)]
fn sums(band: impl Iterator<Item = f32>, needs: Needs, values: &mut [f32; VALUES]) {
    let (mut abs_sum, mut energy, mut moment, mut position) = (0.0, 0.0, 0.0, 0.0);
    for c in band {
        abs_sum += c.abs();
        energy += c * c;
        moment += position * c.abs();
        position += 1.0;
    }
    let mut set = |feature: Feature, value: f32| values[usize::from(feature.slot()) % VALUES] = value;
    set(Feature::AbsSum, abs_sum);
    set(Feature::FirstMoment, moment);
    if needs.has(Feature::RootEnergy) {
        set(Feature::RootEnergy, libm::sqrtf(energy));
    }
    if needs.has(Feature::LogAbsSum) {
        set(Feature::LogAbsSum, libm::logf(abs_sum + LOG_FLOOR));
    }
    if needs.has(Feature::LogEnergy) {
        set(Feature::LogEnergy, libm::logf(energy + LOG_FLOOR));
    }
    if needs.has(Feature::Centroid) {
        set(Feature::Centroid, if abs_sum > 0.0 { moment / abs_sum } else { 0.0 });
    }
}

/// The `count` largest values, or the smallest, and perhaps a few more, the farthest out first; infinite where there are
/// fewer.
fn rank<const SMALLEST: bool>(band: impl Iterator<Item = f32>, count: u8, into: &mut [f32]) {
    // So few that all are kept in registers, each count in code of its own.
    match count {
        0 => {}
        1 => extremes::<1, SMALLEST, _>(band, into),
        2 | 3 => extremes::<3, SMALLEST, _>(band, into),
        4..=6 => extremes::<6, SMALLEST, _>(band, into),
        _ => extremes::<RANKS, SMALLEST, _>(band, into),
    }
}

#[inline(never)]
fn extremes<const M: usize, const SMALLEST: bool, B: Iterator<Item = f32>>(band: B, into: &mut [f32]) {
    let signed = |value: f32| if SMALLEST { -value } else { value };
    let mut sorted = [f32::NEG_INFINITY; M];
    for value in band.map(signed) {
        // Most values are less than all that are kept; NaN is not greater than any.
        if value > sorted[M - 1] {
            insert(&mut sorted, value);
        }
    }
    for (into, value) in into.iter_mut().zip(sorted) {
        *into = signed(value);
    }
}

/// Puts a value into its place, and the last one out.
#[inline(always)]
fn insert<const M: usize>(sorted: &mut [f32; M], value: f32) {
    unroll!(place in 0..M => {
        if value > sorted[place] {
            unroll!(moved in 0..M - 1 - place => {
                sorted[M - 1 - moved] = sorted[M - 2 - moved];
            });
            sorted[place] = value;
            return;
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    const BAND: [f32; 5] = [0.5, -2.0, 3.0, 0.0, -1.0];

    fn value(feature: Feature) -> f32 {
        Summary::of(&BAND, Needs::of(&[Term { band: 0, feature }])).value(feature)
    }

    #[test]
    fn whatever_the_count_the_largest_are_in_order() {
        for count in 1..=MAX_RANK {
            let wanted: [Term; 8] =
                core::array::from_fn(|rank| Term { band: 0, feature: Feature::Largest(rank.min(7) as u8) });
            let summary = Summary::of(&BAND, Needs::of(&wanted[..usize::from(count)]));
            for (rank, expected) in (0..count).zip([3.0, 0.5, 0.0, -1.0, -2.0]) {
                assert_eq!(summary.value(Feature::Largest(rank)), expected);
            }
        }
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
            assert!(Summary::of(&[0.0; 3], Needs::of(&[Term { band: 0, feature }])).value(feature).is_finite());
        }
    }
}
