//! Sums of absolute values and squares over a band, and the features derived from them.

use super::number::Number;

/// The number of these features: codes 16 to 22, in this order.
const SUMS: usize = 7;

const ABS_SUM: usize = 0;
const ROOT_ENERGY: usize = 1;
const LOG_ABS_SUM: usize = 2;
const LOG_ENERGY: usize = 3;
const FIRST_MOMENT: usize = 4;
const CENTROID: usize = 5;
const POSITION: usize = 6;

/// Masks of the features derived from the sum of absolute values alone, from the first moment as well, and from the
/// energy.
const OF_MODULI: u8 = 1 << ABS_SUM | 1 << LOG_ABS_SUM;
const OF_MOMENT: u8 = 1 << FIRST_MOMENT | 1 << CENTROID;
const OF_ENERGY: u8 = 1 << ROOT_ENERGY | 1 << LOG_ENERGY;

/// Computes the features whose bits are set in `asked`. Most models need only one sum, so each sum has its own, shorter
/// pass.
#[inline(never)]
pub(super) fn sums<T: Number>(band: &[T], asked: u8, deviation: f32) -> [T::Value; SUMS] {
    let (mut abs_sum, mut energy, mut moment) = (T::Value::default(), T::Energy::default(), T::Value::default());
    let coefficients = band.iter().map(|c| c.value());
    if asked & OF_MOMENT != 0 {
        [abs_sum, moment] = T::sum_and_moment(band);
    } else if asked & OF_MODULI != 0 {
        abs_sum = coefficients.clone().fold(abs_sum, |sum, c| sum + T::modulus(c));
    }
    if asked & OF_ENERGY != 0 {
        energy = coefficients.fold(energy, T::add_square);
    }
    let has = |sum: usize| asked >> sum & 1 != 0;
    let mut sums = [T::Value::default(); SUMS];
    sums[ABS_SUM] = abs_sum;
    sums[FIRST_MOMENT] = moment;
    if has(ROOT_ENERGY) {
        sums[ROOT_ENERGY] = T::root(energy);
    }
    if has(LOG_ABS_SUM) {
        sums[LOG_ABS_SUM] = T::log_sum(abs_sum, deviation);
    }
    if has(LOG_ENERGY) {
        sums[LOG_ENERGY] = T::log_energy(energy, deviation);
    }
    if has(CENTROID) {
        sums[CENTROID] = T::ratio(moment, abs_sum);
    }
    if has(POSITION) {
        sums[POSITION] = position_of_largest(band);
    }
    sums
}

/// The feature [`LogEnergy`](crate::Feature::LogEnergy) alone.
pub(crate) fn log_energy(band: &[f32], deviation: f32) -> f32 {
    f32::log_energy(band.iter().fold(0.0, |energy, c| energy + c * c), deviation)
}

/// The index of the coefficient of largest absolute value, the first if several are equal.
fn position_of_largest<T: Number>(band: &[T]) -> T::Value {
    let (mut position, mut largest) = (0, T::Value::default());
    let mut later = band.iter();
    // A comparison with NaN is false.
    while let Some(&c) = later.find(|c| T::is_beyond(c.value(), largest)) {
        largest = T::modulus(c.value());
        position = band.len() - later.len() - 1;
    }
    // A band has at most 8191 coefficients.
    T::count(position as u32)
}
