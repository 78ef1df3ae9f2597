//! The sums of the magnitudes of a band, and what is made of them.

use super::gather::{LOG_FLOOR, log_sum};

/// How many there are: those of the codes 16 to 22, in their order.
const SUMS: usize = 7;

const ABS_SUM: usize = 0;
const ROOT_ENERGY: usize = 1;
const LOG_ABS_SUM: usize = 2;
const LOG_ENERGY: usize = 3;
const FIRST_MOMENT: usize = 4;
const CENTROID: usize = 5;
const POSITION: usize = 6;

/// What is made of the sum of moduli, of the energy, and of neither; the rest takes the first moment.
const OF_MODULI: u8 = 1 << ABS_SUM | 1 << LOG_ABS_SUM;
const OF_ENERGY: u8 = 1 << ROOT_ENERGY | 1 << LOG_ENERGY;
const OF_NEITHER: u8 = 1 << POSITION;

/// Those whose bits are set in `asked`: by a short pass where they take one sum, as most do, otherwise by one for all sums.
#[inline(never)]
pub(super) fn sums<T: Copy>(band: &[T], value: impl Fn(T) -> f32 + Copy, asked: u8, deviation: f32) -> [f32; SUMS] {
    let (mut abs_sum, mut energy, mut moment) = (0.0, 0.0, 0.0);
    let coefficients = band.iter().copied().map(value);
    match asked & !OF_NEITHER {
        0 => {}
        of_sums if of_sums & !OF_MODULI == 0 => coefficients.for_each(|c| abs_sum += c.abs()),
        of_sums if of_sums & !OF_ENERGY == 0 => coefficients.for_each(|c| energy += c * c),
        _ => {
            let mut position = 0.0;
            for c in coefficients {
                abs_sum += c.abs();
                energy += c * c;
                moment += position * c.abs();
                position += 1.0;
            }
        }
    }
    let has = |sum: usize| asked >> sum & 1 != 0;
    let mut sums = [0.0; SUMS];
    sums[ABS_SUM] = abs_sum;
    sums[FIRST_MOMENT] = moment;
    if has(ROOT_ENERGY) {
        sums[ROOT_ENERGY] = libm::sqrtf(energy);
    }
    if has(LOG_ABS_SUM) {
        sums[LOG_ABS_SUM] = log_sum(abs_sum, deviation);
    }
    if has(LOG_ENERGY) {
        sums[LOG_ENERGY] = log(energy, deviation);
    }
    if has(CENTROID) {
        sums[CENTROID] = if abs_sum > 0.0 { moment / abs_sum } else { 0.0 };
    }
    if has(POSITION) {
        sums[POSITION] = position_of_largest(band, value);
    }
    sums
}

/// The feature [`LogEnergy`](crate::Feature::LogEnergy) alone.
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
