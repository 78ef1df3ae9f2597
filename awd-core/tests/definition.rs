//! The transform follows its definition bit for bit, for any valid scheme, every boundary, windows of any length, and
//! any number of windows side by side.

use awd_core::{Boundary, Dwt, Lifting, Scalar, Step, Tap};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// A half: samples by index.
type Half<T> = BTreeMap<isize, T>;

/// One level by definition: extends the window, splits it from its first or second sample on, and applies the steps
/// sample by sample.
fn level<T: Scalar>(x: &[T], lifting: &Lifting<T::Tap>, boundary: Boundary, phase: isize) -> [Vec<T>; 2] {
    let (scheme, n) = (lifting.scheme(), x.len().cast_signed());
    let half = boundary.half_len(x.len(), scheme.filter_len()).cast_signed();
    // One period suffices for periodization; the symmetric extension goes as far as the steps can reach.
    let far = if boundary == Boundary::Symmetric { 41 * scheme.steps().len().cast_signed() } else { 0 };
    let front = if boundary == Boundary::Periodization { 0 } else { scheme.filter_len().cast_signed() / 2 - 1 };
    let at = |position: isize| match boundary {
        Boundary::Zero => usize::try_from(position).ok().and_then(|i| x.get(i)).copied().unwrap_or(T::ZERO),
        Boundary::Periodization => x[position.rem_euclid(n + n % 2).min(n - 1).cast_unsigned()],
        Boundary::Symmetric => {
            let position = position.rem_euclid(2 * n);
            x[position.min(2 * n - 1 - position).cast_unsigned()]
        }
    };
    let [mut approximation, mut detail] = scheme.origin().map(|origin| {
        (-far..half + far).map(|k| (k, at(isize::from(origin) - front + 2 * k + phase))).collect::<Half<T>>()
    });
    for (step, changes_detail) in scheme.steps_with_targets() {
        let (target, source) =
            if changes_detail { (&mut detail, &approximation) } else { (&mut approximation, &detail) };
        let get =
            |i: isize| source.get(&if boundary == Boundary::Periodization { i.rem_euclid(half) } else { i }).copied();
        for (&k, t) in target {
            let sources = [0, 1].map(|i| get(k + isize::from(step.offset) + i));
            let [first, second] = sources.map(|source| source.unwrap_or(T::ZERO));
            *t = match step.taps.map(|tap| tap != T::Tap::ZERO) {
                [true, true] if sources.iter().any(Option::is_some) => t.lift(step.taps, [first, second]),
                [true, false] if sources[0].is_some() => t.lift_by_one(step.taps[0], first),
                [false, true] if sources[1].is_some() => t.lift_by_one(step.taps[1], second),
                _ => *t,
            };
        }
    }
    [approximation, detail].map(|side| (0..half).map(|k| side[&k]).collect())
}

/// All bands by definition, one after the other.
fn defined<T: Scalar>(x: &[T], dwt: &Dwt<T::Tap>, lifting: &Lifting<T::Tap>) -> Vec<T> {
    let (mut approximation, mut bands) = (x.to_vec(), vec![]);
    for _ in 0..dwt.levels() {
        let [low, high] = level(&approximation, lifting, dwt.boundary(), 0);
        if dwt.is_oversampled() {
            let [_, shifted] = level(&approximation, lifting, dwt.boundary(), 1);
            bands.extend(high.into_iter().zip(shifted).flat_map(|(first, second)| [first, second]));
        } else {
            bands.extend(high);
        }
        approximation = low;
    }
    [bands, approximation].concat()
}

fn analyze_batch<T: Scalar, const N: usize>(dwt: &Dwt<T::Tap>, windows: &[T], n: usize) -> Vec<Vec<T>> {
    let (mut results, mut work) = (vec![vec![]; windows.len() / n], vec![[T::ZERO; N]; dwt.batch_work_len(n)]);
    dwt.analyze_batch(windows, n, &mut work, |first, _, rows| {
        for (lane, result) in results.iter_mut().skip(first).take(N).enumerate() {
            result.extend(rows.iter().map(|row| row[lane]));
        }
    })
    .unwrap();
    results
}

/// Checks that every path follows the definition. `bits` distinguishes numbers that compare as equal.
fn check<T: Scalar, B: PartialEq + std::fmt::Debug>(
    windows: &[T],
    n: usize,
    lifting: &Lifting<T::Tap>,
    boundary: Boundary,
    (levels, oversampled): (u8, bool),
    bits: impl Fn(T) -> B,
) {
    let bits = |results: Vec<Vec<T>>| -> Vec<Vec<B>> {
        results.into_iter().map(|result| result.into_iter().map(&bits).collect()).collect()
    };
    let dwt = Dwt::new(lifting.clone(), boundary, levels);
    let dwt = if oversampled { dwt.oversampled() } else { dwt };
    let expected = bits(windows.chunks(n).map(|x| defined(x, &dwt, lifting)).collect());
    assert!(levels == 0 || expected.iter().all(|result| result.len() == dwt.coefficients_len(n)));
    let alone = |x: &[T]| {
        let (mut work, mut result) = (vec![T::ZERO; dwt.work_len(n)], vec![]);
        dwt.analyze(x, &mut work, |_, band| result.extend_from_slice(band)).unwrap();
        result
    };
    assert_eq!(bits(windows.chunks(n).map(alone).collect()), expected, "alone");
    assert_eq!(bits(analyze_batch::<T, 1>(&dwt, windows, n)), expected, "1 lane");
    assert_eq!(bits(analyze_batch::<T, 4>(&dwt, windows, n)), expected, "4 lanes");
    assert_eq!(bits(analyze_batch::<T, 8>(&dwt, windows, n)), expected, "8 lanes");
    assert_eq!(bits(analyze_batch::<T, 32>(&dwt, windows, n)), expected, "32 lanes");
}

fn taps() -> impl Strategy<Value = [f64; 2]> {
    let tap = || prop_oneof![3 => -1.9..1.9_f64, 1 => Just(0.0)];
    [tap(), tap()]
}

/// Any valid scheme; the offsets of most are as small as those of wavelets.
fn schemes() -> impl Strategy<Value = Lifting<f64>> {
    let offsets = prop_oneof![3 => -5..5_i8, 1 => -40..=40_i8];
    let origins = prop_oneof![3 => (-3..3_i8, -3..3_i8), 1 => (-20..20_i8, -20..20_i8)];
    let steps = prop::collection::vec((offsets, taps()), 2..=21);
    (1..=20_u8, origins, any::<bool>(), steps).prop_map(|(half, (first, second), swapped, steps)| {
        let steps: Vec<_> = steps.into_iter().map(|(offset, taps)| Step::new(offset, taps)).collect();
        let [even, odd] = [2 * first, 2 * second + 1];
        Lifting::new(2 * half, if swapped { [odd, even] } else { [even, odd] }, &steps).unwrap()
    })
}

fn lens() -> impl Strategy<Value = usize> {
    prop_oneof![1..20_usize, 1..=257_usize]
}

/// Samples for `count` windows of `n`, among them positive and negative zeros.
fn windows(n: usize, count: usize, seed: u64) -> Vec<f64> {
    let mut state = seed | 1;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 40
    };
    (0..n * count)
        .map(|_| match next() {
            i if i % 8 == 0 => 0.0,
            i if i % 8 == 1 => -0.0,
            i => i as f64 / f64::from(1 << 22) - 2.0,
        })
        .collect()
}

const BOUNDARIES: [Boundary; 3] = [Boundary::Periodization, Boundary::Zero, Boundary::Symmetric];

proptest! {
    #[test]
    fn every_path_follows_the_definition(
        lifting in schemes(), which in 0..3_usize, levels in (0..=3_u8, any::<bool>()), n in lens(), count in 1..=9_usize, seed: u64,
    ) {
        let x = windows(n, count, seed);
        check(&x, n, &lifting, BOUNDARIES[which], levels, f64::to_bits);
        let single: Vec<f32> = x.iter().map(|&x| x as f32).collect();
        check(&single, n, &lifting.rounded(), BOUNDARIES[which], levels, f32::to_bits);
        let integers: Vec<i16> = x.iter().map(|&x| (9000.0 * x) as i16).collect();
        check(&integers, n, &lifting.rounded(), BOUNDARIES[which], levels, |x| x);
    }
}
