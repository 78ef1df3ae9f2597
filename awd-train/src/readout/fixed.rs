//! How large the units of a fixed-point model have to be.

use crate::ranks::{Ranks, greatest};
use awd_core::fixed::{Peak, peak};
use awd_core::{Arithmetic, Dwt, Q14, Scalar};
use ndarray::{Array2, Axis};
use rayon::prelude::*;

/// How much larger than any training window a window may be at least, before it is clamped somewhere.
const HEADROOM: f64 = 1.25;

/// The arithmetic of a model in 16 bits: its unit is the least power of two with which nothing that the transform makes of
/// the windows `x` (n, N) of any rank, at any step of any level, comes nearer to the end of 16 bits than the headroom.
///
/// A power of two changes no digit of a sample; and one unit for all bands keeps the transform reversible.
#[must_use]
pub fn arithmetic(ranks: &dyn Ranks, dwt: &Dwt<f32>, x: &Array2<f32>) -> Arithmetic {
    let dwt: Dwt<Q14> = dwt.rounded();
    let own = (x.axis_iter(Axis(0)).into_par_iter())
        .map_init(
            || vec![Peak::<1>::ZERO; dwt.work_len(x.ncols())],
            |work, x| {
                let known: Vec<Peak<1>> = x.iter().map(|&x| Peak::from_f64(f64::from(x))).collect();
                peak(&dwt, &known, work).expect("the work buffer has the length that the transform asks for")
            },
        )
        .reduce(|| 0.0, f64::max);
    let greatest = greatest(ranks, own);
    let least = HEADROOM * greatest / f64::from(i16::MAX);
    // Windows of zeros have any unit; so have those that are too small or too large for one of f32.
    let exponent = if least > 0.0 { least.log2().ceil() } else { 0.0 };
    let exponent = exponent.clamp(f64::from(f32::MIN_EXP), f64::from(f32::MAX_EXP - 1));
    #[expect(clippy::cast_possible_truncation, reason = "a power of two within the exponents of f32")]
    let unit = exponent.exp2() as f32;
    Arithmetic::Fixed { unit }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ranks::Alone;
    use awd_core::{Boundary, named};

    fn dwt() -> Dwt<f32> {
        Dwt::new(named::DB3.lifting().unwrap(), Boundary::Zero, 3)
    }

    fn windows(gain: f32) -> Array2<f32> {
        Array2::from_shape_fn((50, 32), |(i, k)| gain * (((i * 37 + k * k * 11) % 61) as f32 - 30.0))
    }

    fn unit(x: &Array2<f32>) -> f64 {
        match arithmetic(&Alone, &dwt(), x) {
            Arithmetic::Fixed { unit } => unit.into(),
            Arithmetic::Float => panic!("not fixed"),
        }
    }

    #[test]
    fn no_window_is_clamped_and_half_the_unit_would_not_do() {
        let fixed: Dwt<Q14> = dwt().rounded();
        // Bit for bit back: nothing was clamped, neither samples nor coefficients.
        let comes_back = |unit: f64, gain: f64| {
            windows(1.0).rows().into_iter().all(|x| {
                let x: Vec<f64> = x.iter().map(|&x| gain * f64::from(x) / unit).collect();
                let counts: Vec<i16> = x.iter().map(|&x| i16::from_f64(x)).collect();
                let (mut work, mut c, mut back) = (vec![0; fixed.work_len(32)], vec![], vec![0; 32]);
                fixed.analyze(&counts, &mut work, |_, band| c.extend_from_slice(band)).unwrap();
                fixed.synthesize(&mut c, &mut work, &mut back).unwrap();
                counts == back && x.iter().all(|x| x.abs() < 32767.0)
            })
        };
        let unit = unit(&windows(1.0));
        assert!(comes_back(unit, 1.2), "{unit}");
        // A headroom of 2.5 and more would have had half the unit.
        assert!(!comes_back(unit, 2.6), "{unit}");
    }

    #[test]
    fn the_unit_goes_with_the_samples() {
        assert_eq!(unit(&windows(1024.0)), 1024.0 * unit(&windows(1.0)));
        assert_eq!(unit(&windows(0.0)), 1.0);
        assert!(unit(&windows(1e37)).is_finite() && unit(&windows(1e-44)) > 0.0);
    }
}
