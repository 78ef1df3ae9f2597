//! Fixed point: reconstruction is bit-exact, and coefficients are those of floating point up to half a unit per step.

use awd_core::named::{self, Named};
use awd_core::transform::fixed::Q14;
use awd_core::{Boundary, Dwt, Layout, Scalar, Tap, Unrolled};
use proptest::prelude::*;

/// The scale of samples with which no wavelet of these tests overflows 16 bits in five levels.
const SMALL: f64 = 300.0;

/// A named wavelet with rounded taps and any boundary.
fn transforms(levels: std::ops::Range<u8>) -> impl Strategy<Value = Dwt<Q14>> {
    let boundaries = prop::sample::select(vec![Boundary::Periodization, Boundary::Zero, Boundary::Symmetric]);
    (prop::sample::select(named::ALL.to_vec()), boundaries, levels)
        .prop_map(|(wavelet, boundary, levels)| Dwt::new(wavelet.lifting().unwrap(), boundary, levels))
}

/// Windows with values from −1 to 1, often −1 or 1.
fn windows() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(prop_oneof![-1.0..1.0_f64, Just(-1.0), Just(1.0)], 2..=257)
}

const CORNERS: [i16; 7] = [i16::MIN, i16::MIN + 1, -1, 0, 1, i16::MAX - 1, i16::MAX];

/// Any integer, often an extreme one.
fn any_i16() -> impl Strategy<Value = i16> {
    prop_oneof![any::<i16>(), prop::sample::select(CORNERS.to_vec())]
}

fn analyze<T: Scalar>(dwt: &Dwt<T::Tap>, x: &[T]) -> Vec<T> {
    let mut coefficients = vec![];
    dwt.analyze(x, &mut vec![T::ZERO; dwt.work_len(x.len())], |_, c| coefficients.extend_from_slice(c)).unwrap();
    coefficients
}

fn synthesize(dwt: &Dwt<Q14>, mut coefficients: Vec<i16>, n: usize) -> Vec<i16> {
    let mut x = vec![0; n];
    dwt.synthesize(&mut coefficients, &mut vec![0; dwt.work_len(n)], &mut x).unwrap();
    x
}

/// Error bounds of the coefficients of each band: half a unit per step, plus the error of a step's source times its
/// taps.
fn bounds(dwt: &Dwt<f64>) -> Vec<f64> {
    let (mut bounds, mut low) = (vec![], 0.0);
    for level in 0..dwt.levels().into() {
        let mut error = [low, low];
        for (step, changes_detail) in dwt.scheme(level).steps_with_targets() {
            let target = usize::from(changes_detail);
            error[target] += (step.taps[0].abs() + step.taps[1].abs()) * error[1 - target] + 0.5;
        }
        low = error[0];
        bounds.push(error[1]);
    }
    bounds.push(low);
    bounds
}

/// Compares a step with one in 64-bit arithmetic.
fn step_is_nearest(target: i16, taps: [i16; 2], sources: [i16; 2]) {
    let taps = taps.map(Q14::from_bits);
    let products = [0, 1].map(|i| i64::from(taps[i].to_bits()) * i64::from(sources[i]));
    let expected = |sum: i64, sign: i64| {
        let nearest = (sum as f64 / 16384.0 + 0.5).floor() as i64;
        // Wraps to 16 bits.
        (i64::from(target) + sign * nearest) as i16
    };
    let both = products[0] + products[1];
    assert_eq!(target.lift(taps, sources), expected(both, 1), "{target} {taps:?} {sources:?}");
    assert_eq!(target.lower(taps, sources), expected(both, -1), "{target} {taps:?} {sources:?}");
    assert_eq!(target.lift_by_one(taps[0], sources[0]), expected(products[0], 1), "{target} {taps:?} {sources:?}");
    assert_eq!(target.lower_by_one(taps[0], sources[0]), expected(products[0], -1), "{target} {taps:?} {sources:?}");
}

proptest! {
    #[test]
    fn reconstruction_is_bit_exact(dwt in transforms(1..6), x in prop::collection::vec(any_i16(), 2..=257)) {
        prop_assert_eq!(synthesize(&dwt, analyze(&dwt, &x), x.len()), x);
    }

    #[test]
    fn coefficients_are_exact_to_half_a_unit_per_step(dwt in transforms(1..6), x in windows()) {
        let exact = dwt.rounded::<f64>();
        let x: Vec<i16> = x.iter().map(|x| i16::from_f64(x * SMALL)).collect();
        let found = analyze(&dwt, &x);
        let expected = analyze(&exact, &x.iter().map(|&x| f64::from(x)).collect::<Vec<_>>());
        for (range, bound) in dwt.band_ranges(x.len()).zip(bounds(&exact)) {
            for (&found, expected) in found[range.clone()].iter().zip(&expected[range]) {
                prop_assert!((f64::from(found) - expected).abs() <= bound + 1e-6, "{found} {expected} {bound}");
            }
        }
    }

    #[test]
    fn a_step_adds_the_nearest_integer_and_wraps(target: i16, taps: [i16; 2], sources: [i16; 2]) {
        step_is_nearest(target, taps, sources);
    }

    #[test]
    fn every_lane_has_the_bits_of_its_window_alone(
        dwt in transforms(1..6), x in prop::collection::vec(any_i16(), 3 * 2..=3 * 257),
    ) {
        let n = x.len() / 3;
        let mut together = vec![vec![]; 3];
        let mut work = vec![[0; 4]; dwt.batch_work_len(n)];
        dwt.analyze_batch(&x[..3 * n], n, &mut work, |_, _, rows| {
            for (lane, window) in together.iter_mut().enumerate() {
                window.extend(rows.iter().map(|row| row[lane]));
            }
        }).unwrap();
        for (together, x) in together.iter().zip(x.chunks_exact(n)) {
            prop_assert_eq!(together, &analyze(&dwt, x));
        }
    }

    #[test]
    fn unrolled_and_general_bits_are_equal(x in prop::collection::vec(any_i16(), 97)) {
        macro_rules! same {
            ($wavelet:ident, $boundary:ident, $window:literal, $levels:literal) => {{
                struct TestLayout;
                impl Layout for TestLayout {
                    const WINDOW: usize = $window;
                    const LEVELS: usize = $levels;
                    const BOUNDARY: Boundary = Boundary::$boundary;
                    const FILTER_LEN: usize = named::$wavelet.filter_len as usize;
                    const ORIGIN: [i8; 2] = named::$wavelet.origin;
                    const STEPS: &'static [(i8, [bool; 2])] =
                        &shape::<{ named::$wavelet.steps.len() }>(&named::$wavelet);
                }
                let dwt = Dwt::new(named::$wavelet.lifting().unwrap(), Boundary::$boundary, $levels);
                let (mut work, mut unrolled) = ([0; Unrolled::<TestLayout, Q14>::WORK], vec![]);
                let transform = Unrolled::<TestLayout, Q14>::new(&dwt).unwrap();
                transform.analyze(&x[..$window], &mut work, |_, c| unrolled.extend_from_slice(c)).unwrap();
                prop_assert_eq!(unrolled, analyze(&dwt, &x[..$window]), "{} {}", named::$wavelet.name, $window);
            }};
        }
        same!(DB5, Periodization, 64, 4);
        same!(DB5, Zero, 40, 4);
        same!(DB5, Symmetric, 41, 3);
        same!(CDF97, Periodization, 97, 3);
        same!(CDF53, Symmetric, 33, 3);
        same!(HAAR, Zero, 7, 2);
    }
}

/// The steps of a layout.
const fn shape<const STEPS: usize>(wavelet: &Named) -> [(i8, [bool; 2]); STEPS] {
    let (mut shape, mut i) = ([(0, [false; 2]); STEPS], 0);
    while i < STEPS {
        let step = wavelet.steps[i];
        shape[i] = (step.offset, [step.taps[0] != 0.0, step.taps[1] != 0.0]);
        i += 1;
    }
    shape
}

#[test]
fn a_step_of_extremes_adds_the_nearest_integer_and_wraps() {
    for i in 0..CORNERS.len().pow(5) {
        let [target, first, second, left, right] = [0, 1, 2, 3, 4].map(|digit| CORNERS[i / 7_usize.pow(digit) % 7]);
        step_is_nearest(target, [first, second], [left, right]);
    }
}

#[test]
fn taps_and_samples_round_to_nearest_and_saturate() {
    let bits = [0.5, -1.0, 1.9999, 2.0, 1e9, -2.0, -1e9, 0.00004, f64::NAN].map(|tap| Q14::from_f64(tap).to_bits());
    assert_eq!(bits, [8192, -16384, 32766, 32767, 32767, -32767, -32767, 1, 0]);
    assert_eq!(f64::from(Q14::from_f64(-1.25)), -1.25);
    assert_eq!([1.4, -1.6, 4e4, -4e4].map(i16::from_f64), [1, -2, 32767, -32768]);
}

#[test]
fn minus_two_saturates() {
    assert_eq!(Q14::from_bits(i16::MIN), Q14::from_bits(-32767));
}

#[test]
fn f32_and_f64_taps_round_alike() {
    let edges = [0.0, -0.0, 0.5, 2.0, -2.0, 1e9, f32::MIN_POSITIVE, 1e-40, f32::NAN, f32::INFINITY, f32::NEG_INFINITY];
    // They include ties of the rounding and all exponents.
    let steps = (-70_000..70_000).map(|i| i as f32 / 65_536.0);
    let patterns = (0..u32::MAX).step_by(65_537).map(f32::from_bits);
    for value in edges.into_iter().chain(steps).chain(patterns) {
        assert_eq!(Q14::from_f32(value), Q14::from_f64(value.into()), "{value:e}");
    }
}
