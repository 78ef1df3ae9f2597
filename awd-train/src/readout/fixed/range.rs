//! How large the samples of a model in fixed point may be, so that no step of its transform overflows 16 bits.

use awd_core::{Dwt, Q14};
use std::slice::from_ref;

/// Impulses that are transformed together.
const LANES: usize = 32;

/// The largest modulus that the samples of windows of `n` may have, in units of the last place. Up to it, every step of
/// every level stays within 16 bits for any window. It is less than 1, or negative, if the transform is too deep.
///
/// A step's result is a weighted sum of the samples. Its largest modulus is therefore the sum of the moduli of its
/// weights (the L1 norm) times that of the samples, plus the rounding error.
#[must_use]
pub fn limit(dwt: &Dwt<f32>, n: usize) -> f64 {
    let dwt: Dwt<f64> = dwt.rounded::<Q14>().rounded();
    // The largest rounding error of a sample.
    let mut error = 0.5;
    let mut limit = f64::from(i16::MAX) - error;
    let mut n_of_level = n;
    for (level, gain) in gains(&dwt, n).into_iter().enumerate() {
        let scheme = dwt.scheme(level);
        let single = Dwt::new(scheme.rounded(), dwt.boundary(), 1);
        let single = if dwt.is_oversampled() { single.oversampled() } else { single };
        let single_gain = gains(&single, n_of_level)[0];
        // A step adds half a unit, and the errors of its sources times its taps.
        let [low, high] = scheme.steps_with_targets().fold([0.0_f64; 2], |[low, high], (step, changes_detail)| {
            let error_after =
                |target: f64, source: f64| target + step.taps.iter().map(|tap| tap.abs()).sum::<f64>() * source + 0.5;
            if changes_detail { [low, error_after(high, low)] } else { [error_after(low, high), high] }
        });
        limit = limit.min((f64::from(i16::MAX) - single_gain.any * error - low.max(high)) / gain.any);
        error = single_gain.approximation * error + low;
        n_of_level = dwt.boundary().half_len(n_of_level, scheme.filter_len());
    }
    limit
}

/// The largest L1 norms of a level.
#[derive(Clone, Copy)]
struct Gain {
    /// Over the results of all steps.
    any: f64,
    /// Over the approximation.
    approximation: f64,
}

/// The gains of each level with respect to the samples of the window. Every sample's impulse goes through every step.
fn gains(dwt: &Dwt<f64>, n: usize) -> Vec<Gain> {
    // For each level and phase, the moduli of each step's results and of the approximation, summed over impulses.
    let empty = |level| vec![vec![]; 2 * (dwt.scheme(level).steps().len() + 1)];
    let mut sums: Vec<Vec<Vec<f64>>> = (0..dwt.levels().into()).map(empty).collect();
    for first in (0..n).step_by(LANES) {
        let mut x = vec![[0.0; LANES]; n];
        x.iter_mut().skip(first).take(LANES).enumerate().for_each(|(lane, row)| row[lane] = 1.0);
        for (level, sums) in sums.iter_mut().enumerate() {
            x = transform_level(dwt, level, &x, sums);
        }
    }
    let greatest = |sums: &[Vec<f64>], least: f64| sums.iter().flatten().copied().fold(least, f64::max);
    let gain = |sums: Vec<Vec<f64>>| {
        let approximation = &sums[sums.len() / 2 - 1];
        // The gain of a sample itself is 1.
        Gain { any: greatest(&sums, 1.0), approximation: greatest(from_ref(approximation), 0.0) }
    };
    sums.into_iter().map(gain).collect()
}

/// Transforms impulses by one level. Adds the moduli to the sums, and returns the approximation.
fn transform_level(dwt: &Dwt<f64>, level: usize, x: &[[f64; LANES]], sums: &mut [Vec<f64>]) -> Vec<[f64; LANES]> {
    let (scheme, boundary, padding) = (dwt.scheme(level), dwt.boundary(), dwt.padding(level));
    let half = boundary.half_len(x.len(), scheme.filter_len());
    let mut approximation = vec![];
    let per_phase = sums.len() / 2;
    // The second phase comes first, so that the returned approximation is that of the first phase.
    for phase in (0..=usize::from(dwt.is_oversampled())).rev() {
        let [mut low, mut high] = [(); 2].map(|()| vec![[0.0; LANES]; half + 2 * padding]);
        boundary.split(x, [&mut low, &mut high], scheme, phase);
        let mut sums = sums[phase * per_phase..].iter_mut();
        let mut add = |half: &[[f64; LANES]]| {
            let sums = sums.next().expect("one per step");
            sums.resize(half.len(), 0.0);
            sums.iter_mut().zip(half).for_each(|(sum, row)| *sum += row.iter().map(|c| c.abs()).sum::<f64>());
        };
        for (step, changes_detail) in scheme.steps_with_targets() {
            let (target, source) = if changes_detail { (&mut high, &low) } else { (&mut low, &high) };
            step.apply(target, source, boundary);
            add(target);
        }
        approximation = low[padding..padding + half].to_vec();
        add(&approximation);
    }
    approximation
}

#[cfg(test)]
mod tests {
    use super::*;
    use awd_core::{Boundary, Lifting, Scalar, Step, named};
    use proptest::prelude::*;

    const BOUNDARIES: [Boundary; 3] = [Boundary::Periodization, Boundary::Zero, Boundary::Symmetric];

    /// A 16-bit sample stored in 64 bits: it rounds alike, but never saturates.
    #[derive(Clone, Copy, PartialEq)]
    struct Wide(i64);

    impl Wide {
        fn lift_signed(self, sign: i64, taps: [Q14; 2], sources: [Self; 2]) -> Self {
            let products = taps.iter().zip(sources).map(|(tap, source)| i64::from(tap.to_bits()) * source.0);
            Self(self.0 + sign * ((8192 + products.sum::<i64>()) >> 14))
        }
    }

    impl Scalar for Wide {
        type Tap = Q14;
        const ZERO: Self = Self(0);

        fn from_f64(value: f64) -> Self {
            Self(value as i64)
        }

        fn lift(self, taps: [Q14; 2], sources: [Self; 2]) -> Self {
            self.lift_signed(1, taps, sources)
        }

        fn lift_by_one(self, tap: Q14, source: Self) -> Self {
            self.lift_signed(1, [tap, Q14::from_bits(0)], [source, Self(0)])
        }

        fn lower(self, taps: [Q14; 2], sources: [Self; 2]) -> Self {
            self.lift_signed(-1, taps, sources)
        }

        fn lower_by_one(self, tap: Q14, source: Self) -> Self {
            self.lift_signed(-1, [tap, Q14::from_bits(0)], [source, Self(0)])
        }
    }

    fn analyze<T: Scalar>(dwt: &Dwt<T::Tap>, x: &[T]) -> Vec<T> {
        let (mut work, mut all) = (vec![T::ZERO; dwt.work_len(x.len())], vec![]);
        dwt.analyze(x, &mut work, |_, band| all.extend_from_slice(band)).unwrap();
        all
    }

    fn transforms() -> impl Strategy<Value = Dwt<f32>> {
        let wavelets = prop::sample::select(named::ALL.to_vec());
        (wavelets, 0..3_usize, 1..5_u8, any::<bool>()).prop_map(|(wavelet, boundary, levels, both)| {
            let dwt = Dwt::new(wavelet.lifting().unwrap(), BOUNDARIES[boundary], levels);
            if both { dwt.oversampled() } else { dwt }
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn within_the_limit_no_window_overflows_16_bits(
            dwt in transforms(), n in 16..130_usize, signs in prop::collection::vec(-1..=1_i16, 130), x in prop::collection::vec(-1.0..1.0_f64, 130),
        ) {
            let limit = limit(&dwt, n).floor();
            prop_assert!((1.0..=32767.0).contains(&limit), "{limit}");
            let fixed: Dwt<Q14> = dwt.rounded();
            // Samples at both ends of the allowed range, and samples anywhere in it.
            let extremes = signs.iter().map(|sign| sign * limit as i16).collect::<Vec<_>>();
            let any = x.iter().map(|x| (x * limit) as i16).collect::<Vec<_>>();
            for x in [&extremes[..n], &any[..n]] {
                let wide: Vec<i64> = analyze(&fixed, &x.iter().map(|x| Wide((*x).into())).collect::<Vec<_>>()).iter().map(|c| c.0).collect();
                prop_assert_eq!(analyze(&fixed, x).iter().map(|c| i64::from(*c)).collect::<Vec<_>>(), wide);
            }
        }

        /// At the limit, the window that maximises some step's result comes within 3 % of the end of 16 bits.
        #[test]
        fn the_limit_is_tight(which in 0..named::ALL.len(), levels in 1..4_u8) {
            let n = 128;
            let dwt = Dwt::<f32>::new(named::ALL[which].lifting().unwrap(), Boundary::Periodization, levels);
            let gain = gains(&dwt.rounded::<Q14>().rounded(), n).iter().map(|gain| gain.any).fold(0.0, f64::max);
            let limit = limit(&dwt, n);
            prop_assert!(limit <= 32767.0 / gain && limit > 0.97 * 32767.0 / gain, "{limit} {gain}");
        }
    }

    #[test]
    fn the_gain_is_the_greatest_sum_of_moduli_at_any_step() {
        // Haar's sums double at each level. So do rounding errors, and each level adds half a unit in either half-band.
        let haar = Dwt::<f32>::new(named::HAAR.lifting().unwrap(), Boundary::Periodization, 3);
        let found = gains(&haar.rounded(), 16);
        assert_eq!(found.iter().map(|gain| gain.any).collect::<Vec<_>>(), [2.0, 4.0, 8.0]);
        assert_eq!(found.iter().map(|gain| gain.approximation).collect::<Vec<_>>(), [2.0, 4.0, 8.0]);
        let limit = limit(&haar, 16);
        assert!(limit < 32767.0 / 8.0 && limit > 32750.0 / 8.0, "{limit}");
        // The largest result is x₁ + 1.75·x₀; the last step subtracts most of it again.
        let steps = [1.75, 0.5, -1.0].map(|tap| Step::new(0, [tap, 0.0]));
        let back = Dwt::new(Lifting::<f64>::new(2, [0, 1], &steps).unwrap(), Boundary::Zero, 1);
        assert_eq!(gains(&back, 2)[0].any, 2.75);
    }
}
