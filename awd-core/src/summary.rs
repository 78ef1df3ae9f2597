//! One pass, or a few, over a band: the numbers that its features ask for, and no others.

use crate::feature::{Feature, MAX_PLACE, MAX_RANK, Term};
use crate::unroll::unroll;
use core::convert::identity;

/// Added to a sum of magnitudes before its logarithm is taken, as a fraction of the training samples' standard deviation, and to
/// an energy as a fraction of its square: an empty band is finite, and the unit of the samples means nothing.
pub const LOG_FLOOR: f32 = 1e-6;

/// Ranks that are kept of either end.
const RANKS: usize = MAX_RANK as usize;

/// Coefficients that can be asked for by their place.
const PLACES: usize = MAX_PLACE as usize;

/// Sums that are made of the magnitudes.
const SUMS: usize = 7;

/// Values of one kind, in their order: the largest, the smallest, or the sums; behind them are coefficients by their place.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Group {
    Largest,
    Smallest,
    Sums,
}

/// Where the value of a feature stands.
enum Slot {
    Of(Group, usize),
    Place(usize),
}

impl Feature {
    const fn slot(self) -> Slot {
        match self {
            Self::Largest(rank) => Slot::Of(Group::Largest, rank as usize % RANKS),
            Self::Smallest(rank) => Slot::Of(Group::Smallest, rank as usize % RANKS),
            Self::AbsSum => Slot::Of(Group::Sums, 0),
            Self::RootEnergy => Slot::Of(Group::Sums, 1),
            Self::LogAbsSum => Slot::Of(Group::Sums, 2),
            Self::LogEnergy => Slot::Of(Group::Sums, 3),
            Self::FirstMoment => Slot::Of(Group::Sums, 4),
            Self::Centroid => Slot::Of(Group::Sums, 5),
            Self::Position => Slot::Of(Group::Sums, 6),
            Self::Coefficient(place) => Slot::Place(place as usize % PLACES),
        }
    }
}

/// What has to be gathered of a band: a bit for each value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Needs {
    /// A byte for each group.
    groups: u32,
    /// A bit for each place.
    places: u32,
}

impl Needs {
    /// What these terms of one band ask for.
    #[must_use]
    pub fn of(terms: &[Term]) -> Self {
        let mut needs = Self::default();
        terms.iter().for_each(|term| needs.add(term.feature));
        needs
    }

    /// Asks for one more.
    pub(crate) const fn add(&mut self, feature: Feature) {
        match feature.slot() {
            Slot::Of(group, place) => self.groups |= 1 << (group as u32 * u8::BITS + place as u32),
            Slot::Place(place) => self.places |= 1 << place,
        }
    }

    /// Asks for the feature of a kind and an argument as they are in a model's file.
    #[inline(always)]
    pub(crate) const fn add_code(&mut self, kind: u8, argument: u8) {
        if let Some(feature) = Feature::of_code(kind, argument) {
            self.add(feature);
        }
    }

    /// What is asked for of a group.
    pub(crate) const fn of_group(self, group: Group) -> u8 {
        self.groups.to_le_bytes()[group as usize]
    }

    /// Whether this sum is asked for.
    const fn has(self, feature: Feature) -> bool {
        matches!(feature.slot(), Slot::Of(group, place) if self.of_group(group) >> place & 1 != 0)
    }
}

/// What takes the values of a band, a group at a time.
pub(crate) trait Sink {
    /// Values of a group, from the first on and at least as far as they were asked for.
    fn take<const M: usize>(&mut self, group: Group, values: [f32; M]);

    /// The coefficient at a place that was asked for, after all groups.
    fn take_coefficient(&mut self, place: usize, value: f32);
}

/// The numbers of a band.
#[derive(Debug, Clone)]
pub struct Summary {
    groups: [[f32; RANKS]; 3],
    coefficients: [f32; PLACES],
}

impl Summary {
    /// Gathers what is needed of a band, of samples with this standard deviation ([`Model::deviation`](crate::Model::deviation)).
    ///
    /// ```
    /// use awd_core::summary::{Needs, Summary};
    /// use awd_core::{Feature, Term};
    ///
    /// let wanted = [Feature::Largest(1), Feature::Centroid].map(|feature| Term { band: 0, feature });
    /// let summary = Summary::of(&[1.0, -4.0, 3.0], Needs::of(&wanted), 1.0);
    /// assert_eq!(summary.value(Feature::Largest(1)), 1.0);
    /// assert_eq!(summary.value(Feature::Centroid), (4.0 + 2.0 * 3.0) / 8.0);
    /// ```
    #[must_use]
    pub fn of(band: &[f32], needs: Needs, deviation: f32) -> Self {
        let mut summary = Self { groups: [[0.0; RANKS]; 3], coefficients: [0.0; PLACES] };
        gather(band, identity, needs, deviation, &mut summary);
        summary
    }

    /// The value of a feature that was asked for; one that was not is 0 or infinite.
    #[must_use]
    pub const fn value(&self, feature: Feature) -> f32 {
        match feature.slot() {
            Slot::Of(group, place) => self.groups[group as usize][place],
            Slot::Place(place) => self.coefficients[place],
        }
    }
}

impl Sink for Summary {
    fn take<const M: usize>(&mut self, group: Group, values: [f32; M]) {
        for (into, value) in self.groups[group as usize].iter_mut().zip(values) {
            *into = value;
        }
    }

    fn take_coefficient(&mut self, place: usize, value: f32) {
        if let Some(into) = self.coefficients.get_mut(place) {
            *into = value;
        }
    }
}

/// Gathers what is needed of a band, of whose coefficients `value` makes numbers.
#[inline(always)]
pub(crate) fn gather<T: Copy>(
    band: &[T],
    value: impl Fn(T) -> f32 + Copy,
    needs: Needs,
    deviation: f32,
    sink: &mut impl Sink,
) {
    rank::<false, T>(band, value, needs, sink);
    rank::<true, T>(band, value, needs, sink);
    if needs.of_group(Group::Sums) != 0 {
        sink.take(Group::Sums, sums(band, value, needs, deviation));
    }
    let mut places = needs.places;
    while places != 0 {
        let place = places.trailing_zeros() as usize;
        // The lowest bit is cleared.
        places &= places.wrapping_sub(1);
        sink.take_coefficient(place, band.get(place).copied().map_or(0.0, value));
    }
}

/// The sums of the magnitudes and what is made of them. What costs more than that is computed only where it is asked for.
#[inline(never)]
fn sums<T: Copy>(band: &[T], value: impl Fn(T) -> f32 + Copy, needs: Needs, deviation: f32) -> [f32; SUMS] {
    let (mut abs_sum, mut energy, mut moment, mut position) = (0.0, 0.0, 0.0, 0.0);
    for c in band.iter().copied().map(value) {
        abs_sum += c.abs();
        energy += c * c;
        moment += position * c.abs();
        position += 1.0;
    }
    let mut sums = [0.0; SUMS];
    let mut set = |feature: Feature, value: f32| {
        if let Slot::Of(_, place) = feature.slot() {
            sums[place % SUMS] = value;
        }
    };
    set(Feature::AbsSum, abs_sum);
    set(Feature::FirstMoment, moment);
    if needs.has(Feature::RootEnergy) {
        set(Feature::RootEnergy, libm::sqrtf(energy));
    }
    if needs.has(Feature::LogAbsSum) {
        set(Feature::LogAbsSum, libm::logf(abs_sum + LOG_FLOOR * deviation));
    }
    if needs.has(Feature::LogEnergy) {
        set(Feature::LogEnergy, log(energy, deviation));
    }
    if needs.has(Feature::Centroid) {
        set(Feature::Centroid, if abs_sum > 0.0 { moment / abs_sum } else { 0.0 });
    }
    if needs.has(Feature::Position) {
        set(Feature::Position, position_of_largest(band, value));
    }
    sums
}

/// The feature [`LogEnergy`](Feature::LogEnergy) alone.
pub(crate) fn log_energy(band: &[f32], deviation: f32) -> f32 {
    log(band.iter().fold(0.0, |energy, c| energy + c * c), deviation)
}

/// The logarithm of an energy.
fn log(energy: f32, deviation: f32) -> f32 {
    libm::logf(energy + LOG_FLOOR * (deviation * deviation))
}

/// The index of the coefficient of largest modulus, the first of equals.
fn position_of_largest<T: Copy>(band: &[T], value: impl Fn(T) -> f32) -> f32 {
    let (mut k, mut position, mut largest) = (0.0, 0.0, 0.0);
    for modulus in band.iter().map(|&c| value(c).abs()) {
        // NaN is not greater than any.
        if modulus > largest {
            (position, largest) = (k, modulus);
        }
        k += 1.0;
    }
    position
}

/// The largest, or the smallest, of a band.
#[inline(always)]
fn rank<const SMALLEST: bool, T: Copy>(band: &[T], value: impl Fn(T) -> f32, needs: Needs, sink: &mut impl Sink) {
    let group = if SMALLEST { Group::Smallest } else { Group::Largest };
    // So few that all are kept in registers, each count in code of its own. The highest bit says how many are needed.
    match needs.of_group(group) {
        0 => {}
        _ if cfg!(feature = "small") => extremes::<RANKS, SMALLEST, T>(band, value, group, sink),
        1 => extremes::<1, SMALLEST, T>(band, value, group, sink),
        2..8 => extremes::<3, SMALLEST, T>(band, value, group, sink),
        8..64 => extremes::<6, SMALLEST, T>(band, value, group, sink),
        64.. => extremes::<RANKS, SMALLEST, T>(band, value, group, sink),
    }
}

/// The `M` largest, or the smallest, the farthest out first; infinite where there are fewer.
#[inline(never)]
fn extremes<const M: usize, const SMALLEST: bool, T: Copy>(
    mut band: &[T],
    value: impl Fn(T) -> f32,
    group: Group,
    sink: &mut impl Sink,
) {
    let signed = |c: T| if SMALLEST { -value(c) } else { value(c) };
    let mut sorted = [f32::NEG_INFINITY; M];
    // The first are all kept if they are numbers, which one look at their sum shows. So many as eight are too much code.
    if let Some((first, later)) = band.split_first_chunk::<M>().filter(|_| M < RANKS) {
        let first = first.map(signed);
        if !first.iter().sum::<f32>().is_nan() {
            sorted[0] = first[0];
            unroll!(i in 0..M - 1 => { insert(&mut sorted, i + 1, first[i + 1]) });
            band = later;
        }
    }
    while let Some((&c, later)) = band.split_first() {
        let value = signed(c);
        // Most are less than all that are kept; NaN is not greater than any.
        if value > sorted[M - 1] {
            insert(&mut sorted, M - 1, value);
        }
        band = later;
    }
    sink.take(group, if SMALLEST { sorted.map(|value| -value) } else { sorted });
}

/// Puts a value into its place among the first `len`, or after them; those less than it move on by one.
#[inline(always)]
fn insert<const M: usize>(sorted: &mut [f32; M], len: usize, value: f32) {
    unroll!(place in 0..len => {
        if value > sorted[place] {
            move_on(sorted, place, len);
            sorted[place] = value;
            return;
        }
    });
    sorted[len] = value;
}

/// Moves those from `place` to `len` on by one. A function, as loops within loops that are written out are long.
#[inline(always)]
fn move_on<const M: usize>(sorted: &mut [f32; M], place: usize, len: usize) {
    unroll!(moved in 0..len - place => { sorted[len - moved] = sorted[len - moved - 1]; });
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use proptest::prelude::*;

    const BAND: [f32; 5] = [0.5, -2.0, 3.0, 0.0, -1.0];

    fn needs(features: &[Feature]) -> Needs {
        let mut needs = Needs::default();
        features.iter().for_each(|&feature| needs.add(feature));
        needs
    }

    fn value(feature: Feature) -> f32 {
        Summary::of(&BAND, needs(&[feature]), 1.0).value(feature)
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
    fn coefficients_are_those_of_their_places() {
        assert_eq!([0, 2, 4].map(|k| value(Feature::Coefficient(k))), [0.5, 3.0, -1.0]);
        let last = Summary::of(&[7.0; 32], needs(&[Feature::Coefficient(31)]), 1.0);
        assert_eq!([0, 30, 31].map(|k| last.value(Feature::Coefficient(k))), [0.0, 0.0, 7.0]);
    }

    #[test]
    fn the_position_is_that_of_the_largest_modulus_the_first_of_equals() {
        let position = |band: &[f32]| Summary::of(band, needs(&[Feature::Position]), 1.0).value(Feature::Position);
        assert_eq!(position(&BAND), 2.0);
        assert_eq!(position(&[0.0, 1.0, -3.0, 3.0, -3.0]), 2.0);
        assert_eq!(position(&[1.0, f32::NAN, 2.0, f32::NAN]), 2.0);
        assert_eq!(position(&[1.0, f32::NEG_INFINITY, f32::INFINITY]), 1.0);
        for nothing in [&[][..], &[0.0; 5], &[0.0, f32::NAN]] {
            assert_eq!(position(nothing), 0.0);
        }
    }

    /// The largest by sorting, infinite where there are fewer numbers.
    fn sorted(band: &[f32]) -> [f32; RANKS] {
        let mut sorted = [f32::NEG_INFINITY; 16 + RANKS];
        for (into, value) in sorted.iter_mut().zip(band.iter().filter(|value| !value.is_nan())) {
            *into = *value;
        }
        sorted.sort_by(|a, b| b.total_cmp(a));
        *sorted.first_chunk().unwrap()
    }

    proptest! {
        #[test]
        fn whatever_the_band_the_extremes_are_those_of_sorting(
            band in prop::collection::vec(prop_oneof![
                4 => (-9..9_i8).prop_map(f32::from),
                1 => prop::sample::select(&[f32::NAN, -f32::NAN, f32::INFINITY, f32::NEG_INFINITY][..]),
            ], 0..16),
            count in 1..=MAX_RANK,
        ) {
            let mut negated = [0.0; 16];
            for (into, value) in negated.iter_mut().zip(&band) {
                *into = -value;
            }
            let (largest, smallest) = (sorted(&band), sorted(&negated[..band.len()]));
            let summary = Summary::of(&band, needs(&[Feature::Largest(count - 1), Feature::Smallest(count - 1)]), 1.0);
            for rank in 0..count {
                prop_assert_eq!(summary.value(Feature::Largest(rank)), largest[usize::from(rank)]);
                prop_assert_eq!(summary.value(Feature::Smallest(rank)), -smallest[usize::from(rank)]);
            }
        }
    }

    #[test]
    fn an_empty_band_is_finite() {
        for feature in [Feature::AbsSum, Feature::RootEnergy, Feature::LogEnergy, Feature::LogAbsSum, Feature::Centroid]
        {
            assert!(Summary::of(&[0.0; 3], Needs::of(&[Term { band: 0, feature }]), 1.0).value(feature).is_finite());
        }
    }
}
