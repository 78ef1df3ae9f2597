//! Integers come back bit for bit, are near what floating point says, and never wrap.

use awd_core::fixed::{Peak, Q14};
use awd_core::named::{self, Named};
use awd_core::{Boundary, Dwt, Lanes, Scalar, Tap};
use proptest::prelude::*;

const BOUNDARIES: [Boundary; 3] = [Boundary::Periodization, Boundary::Zero, Boundary::Symmetric];

fn named() -> impl Strategy<Value = Named> {
    prop::sample::select(named::ALL.to_vec())
}

fn analyze<T: Scalar>(dwt: &Dwt<T::Tap>, x: &[T]) -> Vec<T> {
    let (mut work, mut coefficients) = (vec![T::ZERO; dwt.work_len(x.len())], vec![]);
    dwt.analyze(x, &mut work, |_, c| coefficients.extend_from_slice(c)).unwrap();
    coefficients
}

proptest! {
    #[test]
    fn windows_come_back_bit_for_bit(
        named in named(), levels in 1..=5_u8, zero: bool, x in prop::collection::vec(-99..=99_i16, 2..=257),
    ) {
        let dwt = Dwt::<Q14>::new(named.lifting().unwrap(), BOUNDARIES[usize::from(zero)], levels);
        let mut coefficients = analyze(&dwt, &x);
        let (mut work, mut back) = (vec![0; dwt.work_len(x.len())], vec![0; x.len()]);
        dwt.synthesize(&mut coefficients, &mut work, &mut back).unwrap();
        prop_assert_eq!(back, x);
    }

    #[test]
    fn mirrored_windows_come_back_where_the_ladder_reaches_no_farther_than_the_filter(
        which in 0..3_usize, levels in 1..=5_u8, x in prop::collection::vec(-99..=99_i16, 2..=257),
    ) {
        let named = [named::HAAR, named::CDF53, named::CDF97][which];
        let dwt = Dwt::<Q14>::new(named.lifting().unwrap(), Boundary::Symmetric, levels);
        let mut coefficients = analyze(&dwt, &x);
        let (mut work, mut back) = (vec![0; dwt.work_len(x.len())], vec![0; x.len()]);
        dwt.synthesize(&mut coefficients, &mut work, &mut back).unwrap();
        prop_assert_eq!(back, x);
    }

    #[test]
    fn a_level_is_within_the_rounding_of_its_steps(
        named in named(), which in 0..3_usize, x in prop::collection::vec(-3000..=3000_i16, 2..=99),
    ) {
        let ladder = named.lifting::<Q14>().unwrap();
        // Half a unit a step, carried on by the steps after it: at most by the product of 1 + |taps|.
        let growth: f64 = ladder.steps().iter().map(|s| 1.0 + s.taps.iter().map(|&t| f64::from(t).abs()).sum::<f64>()).product();
        let bound = 0.5 * ladder.steps().len() as f64 * growth;
        let exact = Dwt::<f64>::new(ladder.rounded(), BOUNDARIES[which], 1);
        let fixed = Dwt::new(ladder, BOUNDARIES[which], 1);
        let exact = analyze(&exact, &x.iter().map(|&x| f64::from(x)).collect::<Vec<_>>());
        for (fixed, exact) in analyze(&fixed, &x).into_iter().zip(exact) {
            prop_assert!((f64::from(fixed) - exact).abs() <= bound, "{} {} {}", fixed, exact, bound);
        }
    }

    #[test]
    fn what_is_scaled_by_its_peak_is_not_clamped(
        named in named(), levels in 1..=4_u8, which in 0..3_usize, x in prop::collection::vec(-9.0..9.0_f64, 2..=99),
    ) {
        let exact = Dwt::<f64>::new(named.lifting().unwrap(), BOUNDARIES[which], levels);
        let watched = analyze(&exact, &x.iter().map(|&x| Peak::from_f64(x)).collect::<Vec<_>>());
        let peak = watched.iter().map(|c| c.peak).fold(f64::MIN_POSITIVE, f64::max);
        // Room for the rounding of taps and samples.
        let scale = 0.9 * f64::from(i16::MAX) / peak;
        let fixed = Dwt::<Q14>::new(named.lifting().unwrap(), BOUNDARIES[which], levels);
        let fixed = analyze(&fixed, &x.iter().map(|&x| i16::from_f64(scale * x)).collect::<Vec<_>>());
        for (fixed, exact) in fixed.into_iter().zip(watched) {
            let error = (f64::from(fixed) - scale * exact.value).abs();
            prop_assert!(error < 0.02 * f64::from(i16::MAX), "{} {}", fixed, scale * exact.value);
        }
    }

    #[test]
    fn lanes_have_the_bits_of_one(named in named(), which in 0..3_usize, x in prop::collection::vec(any::<[i16; 4]>(), 2..99)) {
        let dwt = Dwt::<Q14>::new(named.lifting().unwrap(), BOUNDARIES[which], 2);
        let lanes = analyze(&dwt, &x.iter().map(|&x| Lanes(x)).collect::<Vec<_>>());
        for lane in 0..4 {
            let alone = analyze(&dwt, &x.iter().map(|x| x[lane]).collect::<Vec<_>>());
            prop_assert_eq!(lanes.iter().map(|c| c.0[lane]).collect::<Vec<_>>(), alone);
        }
    }

    #[test]
    fn a_step_is_undone_unless_it_was_clamped(
        x: i16, taps in prop::array::uniform2(-2.5..2.5_f64), sources: [i16; 2],
    ) {
        let taps = taps.map(Q14::from_f64);
        let (lifted, exact) = (x.lift(taps, sources), f64::from(x) + f64::from(taps[0]) * f64::from(sources[0]) + f64::from(taps[1]) * f64::from(sources[1]));
        prop_assert!((f64::from(lifted) - exact.clamp(f64::from(i16::MIN), f64::from(i16::MAX))).abs() <= 0.5);
        if lifted != i16::MIN && lifted != i16::MAX {
            prop_assert_eq!(lifted.lower(taps, sources), x);
        }
        let one = x.lift_by_one(taps[0], sources[0]);
        prop_assert_eq!(one, x.lift([taps[0], Q14::ZERO], sources));
        prop_assert_eq!(x.lower_by_one(taps[0], sources[0]), x.lower([taps[0], Q14::ZERO], sources));
    }
}

#[test]
fn extremes_are_clamped() {
    let most = Q14::from_f64(9.0);
    assert_eq!(most.to_bits(), i16::MAX);
    assert_eq!(Q14::from_f64(-9.0), Q14::from_bits(-i16::MAX));
    assert_eq!(Q14::from_bits(i16::MIN), Q14::from_bits(-i16::MAX));
    assert_eq!(i16::MAX.lift([most; 2], [i16::MAX; 2]), i16::MAX);
    assert_eq!(i16::MIN.lift([most; 2], [i16::MIN; 2]), i16::MIN);
    assert_eq!(i16::MIN.lower([most; 2], [i16::MAX; 2]), i16::MIN);
    assert_eq!(i16::from_f64(1e9), i16::MAX);
    assert_eq!(i16::from_f64(f64::NAN), 0);
}
