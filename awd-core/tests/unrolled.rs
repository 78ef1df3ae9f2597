//! The unrolled transform gives the same bits as the general one, for every boundary, for odd and short windows, and
//! for any taps.

use awd_core::{Boundary, Dwt, Layout, Lifting, Step, Unrolled, named};
use proptest::prelude::*;

/// The scheme of db5, and schemes with unusual offsets and with steps that lack one tap or both.
const SCHEMES: [&[(i8, [bool; 2])]; 4] = [
    &named::DB5.shape::<6>(),
    &[(0, [true, true]), (-1, [true, true]), (0, [true, true]), (-1, [true, true]), (0, [false, false])],
    &[(5, [false, true]), (-6, [true, true]), (3, [true, true])],
    &[(0, [true, false]), (0, [true, false])],
];

fn bits<L: Layout>(taps: &[[f32; 2]], x: &[f32]) -> [Vec<Vec<u32>>; 2] {
    let steps: Vec<_> = L::STEPS
        .iter()
        .zip(taps)
        .map(|(&(offset, used), taps)| Step::new(offset, [0, 1].map(|i| if used[i] { taps[i] } else { 0.0 })))
        .collect();
    let lifting = Lifting::new(u8::try_from(L::FILTER_LEN).unwrap(), L::ORIGIN, &steps).unwrap();
    let dwt = Dwt::new(lifting, L::BOUNDARY, u8::try_from(L::LEVELS).unwrap());
    let x = &x[..L::WINDOW];
    let mut bands = [vec![], vec![]];
    let mut visit = |which: usize, c: &[f32]| bands[which].push(c.iter().map(|c| c.to_bits()).collect());
    dwt.analyze(x, &mut vec![0.0; dwt.work_len(x.len())], |_, c| visit(0, c)).unwrap();
    let unrolled = Unrolled::<L, f32>::new(&dwt).unwrap();
    unrolled.analyze(x, &mut vec![0.0; Unrolled::<L, f32>::WORK], |_, c| visit(1, c)).unwrap();
    bands
}

/// Compares one layout.
macro_rules! same {
    ($taps:expr, $x:expr, $window:literal, $levels:literal, $boundary:ident, $scheme:literal, $filter:literal, $origin:expr) => {{
        struct TestLayout;
        impl Layout for TestLayout {
            const WINDOW: usize = $window;
            const LEVELS: usize = $levels;
            const BOUNDARY: Boundary = Boundary::$boundary;
            const FILTER_LEN: usize = $filter;
            const ORIGIN: [i8; 2] = $origin;
            const STEPS: &'static [(i8, [bool; 2])] = SCHEMES[$scheme];
        }
        let [general, unrolled] = bits::<TestLayout>($taps, $x);
        prop_assert_eq!(general, unrolled, "{} {} {} {}", $window, $levels, stringify!($boundary), $scheme);
    }};
}

/// Samples, among them positive and negative zeros.
fn samples() -> impl Strategy<Value = Vec<f32>> {
    prop::collection::vec(prop_oneof![4 => -9.0..9.0_f32, 1 => Just(0.0), 1 => Just(-0.0)], 97)
}

proptest! {
    #[test]
    fn bits_are_equal(taps in prop::collection::vec([0.1..2.0_f32, -2.0..-0.1_f32], 6), x in samples()) {
        same!(&taps, &x, 40, 4, Zero, 0, 10, [-2, 3]);
        same!(&taps, &x, 64, 4, Periodization, 0, 10, [-2, 3]);
        same!(&taps, &x, 7, 2, Periodization, 0, 10, [-2, 3]);
        same!(&taps, &x, 2, 1, Zero, 0, 10, [-2, 3]);
        same!(&taps, &x, 33, 3, Zero, 1, 10, [0, 1]);
        same!(&taps, &x, 33, 2, Periodization, 2, 6, [-3, 4]);
        same!(&taps, &x, 16, 4, Zero, 3, 2, [0, 1]);
        same!(&taps, &x, 21, 3, Zero, 2, 6, [-3, 4]);
        same!(&taps, &x, 1, 2, Zero, 2, 4, [3, 8]);
        same!(&taps, &x, 3, 2, Periodization, 2, 4, [3, 8]);
    }

    #[test]
    fn bits_are_equal_when_symmetric(taps in prop::collection::vec([0.1..2.0_f32, -2.0..-0.1_f32], 6), x in samples()) {
        same!(&taps, &x, 40, 4, Symmetric, 0, 10, [-2, 3]);
        same!(&taps, &x, 5, 2, Symmetric, 0, 10, [-2, 3]);
        same!(&taps, &x, 31, 4, Symmetric, 3, 2, [0, 1]);
        // The taps reach farther than the filter.
        same!(&taps, &x, 33, 3, Symmetric, 2, 6, [-3, 4]);
        same!(&taps, &x, 2, 3, Symmetric, 2, 2, [0, 1]);
        same!(&taps, &x, 1, 1, Symmetric, 1, 2, [6, -5]);
    }
}
