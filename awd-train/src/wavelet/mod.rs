//! Wavelets that are valid by construction: angles ↔ filter → lifting ladder.

mod catalogue;
mod ladder;
mod lattice;

use awd_core::{Boundary, Dwt, Lifting, Step};
use num_dual::Dual64;

pub use catalogue::{names, taps as named};
pub use lattice::{angles_of, closed, taps_of};

/// An orthogonal wavelet of 2K taps.
///
/// It is given by its first K − 1 lattice angles; the last one makes their sum π/4, so that the low-pass filter has
/// gain √2 and the high-pass a zero at frequency 0 (Vaidyanathan 1993, ch. 6).
#[derive(Debug, Clone)]
pub struct Wavelet {
    free: Vec<f64>,
    path: ladder::Path,
    lifting: Lifting<f64>,
    scale: [f64; 2],
}

impl Wavelet {
    /// The wavelet of K − 1 free angles in radians; `None` where no ladder keeps its taps within the bound of
    /// [`awd_core::lifting::MAX_TAP`]. `hint` is a wavelet close by, whose ladder is tried first.
    #[must_use]
    pub fn from_angles(free: &[f64], hint: Option<&Self>) -> Option<Self> {
        let taps = taps_of(&closed(free));
        let near = hint.and_then(|near| ladder::factor(&taps, &near.path).map(|ladder| (near.path.clone(), ladder)));
        let (path, ladder) = match near.filter(|(_, ladder)| ladder.is_valid()) {
            Some(found) => found,
            None => ladder::search(&taps)?,
        };
        let steps: Vec<_> = ladder.steps.iter().map(|&(offset, taps)| Step::new(offset, taps)).collect();
        let lifting = lifting(taps.len(), ladder.origin, &steps)?;
        Some(Self { free: free.to_vec(), path, lifting, scale: ladder.scale })
    }

    /// The wavelet of a low-pass decomposition filter in PyWavelets' order. A filter that is not orthogonal is
    /// projected: its angles are peeled off all the same.
    #[must_use]
    pub fn from_taps(taps: &[f64]) -> Option<Self> {
        let mut angles = angles_of(taps);
        angles.pop();
        Self::from_angles(&angles, None)
    }

    /// A wavelet of the catalogue by PyWavelets' name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::from_taps(&catalogue::taps(name)?)
    }

    /// The K − 1 free angles, radians.
    #[must_use]
    pub fn angles(&self) -> &[f64] {
        &self.free
    }

    /// The low-pass decomposition filter in PyWavelets' order, of unit norm.
    #[must_use]
    pub fn taps(&self) -> Vec<f64> {
        taps_of(&closed(&self.free))
    }

    /// The ladder, without scales.
    #[must_use]
    pub const fn lifting(&self) -> &Lifting<f64> {
        &self.lifting
    }

    /// The ladder rounded to what a board computes with.
    #[must_use]
    pub fn lifting_f32(&self) -> Lifting<f32> {
        self.lifting.rounded()
    }

    /// By what the unscaled approximation and detail of one level are multiplied to be those of the unit filters.
    #[must_use]
    pub const fn scale(&self) -> [f64; 2] {
        self.scale
    }

    /// The factor of each band of a transform of so many levels, finest detail first, approximation last.
    #[must_use]
    pub fn band_scales(&self, levels: u8) -> Vec<f64> {
        let [low, high] = self.scale;
        let details = (0..i32::from(levels)).map(|above| low.powi(above) * high);
        details.chain([low.powi(i32::from(levels))]).collect()
    }

    /// Derivatives of every ladder tap (step by step, two a step) and of the two scales with respect to each free
    /// angle: one row an angle. Exact, by dual numbers through lattice and factorisation.
    #[must_use]
    pub fn jacobian(&self) -> Vec<Vec<f64>> {
        (0..self.free.len())
            .map(|i| {
                let free: Vec<Dual64> = (self.free.iter().enumerate())
                    .map(|(j, &angle)| Dual64::new(angle, f64::from(u8::from(i == j))))
                    .collect();
                let ladder = ladder::factor(&taps_of(&closed(&free)), &self.path);
                let ladder = ladder.expect("the path that the wavelet was built by");
                let taps = ladder.steps.iter().flat_map(|(_, taps)| taps);
                taps.chain(&ladder.scale).map(|d| d.eps).collect()
            })
            .collect()
    }

    /// max |⟨h, h shifted by 2m⟩ − δₘ| over the taps that the ladder makes; 0 for an exact orthogonal filter.
    #[must_use]
    pub fn orthogonality_defect(&self) -> f64 {
        orthogonality_defect(&taps_of_ladder(&self.lifting))
    }
}

/// max |⟨h, h shifted by 2m⟩ − δₘ| of a filter.
#[must_use]
pub fn orthogonality_defect(taps: &[f64]) -> f64 {
    (0..taps.len() / 2)
        .map(|m| {
            let product: f64 = taps[2 * m..].iter().zip(taps).map(|(a, b)| a * b).sum();
            (product - f64::from(u8::from(m == 0))).abs()
        })
        .fold(0.0, f64::max)
}

fn lifting(filter_len: usize, origin: [i8; 2], steps: &[Step<f64>]) -> Option<Lifting<f64>> {
    Lifting::new(u8::try_from(filter_len).ok()?, origin, steps).ok()
}

/// The low-pass filter that a ladder makes, in PyWavelets' order, scaled to unit norm: its answers to unit impulses.
#[must_use]
pub fn taps_of_ladder(lifting: &Lifting<f64>) -> Vec<f64> {
    let len = lifting.filter_len();
    // Long enough that a filter does not meet itself around the circle.
    let n = 4 * len;
    let dwt = Dwt::new(lifting.clone(), Boundary::Periodization, 1);
    let mut work = vec![0.0; dwt.work_len(n)];
    let mut taps: Vec<f64> = (0..len)
        .map(|j| {
            // a[k] = Σ h[j] x[2k + L/2 − j]
            let k = len / 2;
            let mut impulse = vec![0.0; n];
            impulse[2 * k + len / 2 - j] = 1.0;
            let mut tap = 0.0;
            dwt.analyze(&impulse, &mut work, |band, coefficients| {
                if band == 1 {
                    tap = coefficients[k];
                }
            })
            .expect("the work buffer has the length that the transform asks for");
            tap
        })
        .collect();
    let norm = taps.iter().map(|tap| tap * tap).sum::<f64>().sqrt().copysign(taps.iter().sum());
    taps.iter_mut().for_each(|tap| *tap /= norm);
    taps
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_catalogue_is_orthogonal_and_its_ladders_make_its_taps() {
        for name in ["haar", "db2", "db5", "db10", "sym2", "sym8", "coif1", "coif2"] {
            let taps = named(name).unwrap();
            let wavelet = Wavelet::named(name).unwrap_or_else(|| panic!("{name} has no ladder"));
            assert!(orthogonality_defect(&wavelet.taps()) < 1e-13, "{name}");
            for (a, b) in taps_of_ladder(wavelet.lifting()).iter().zip(&taps) {
                assert!((a - b).abs() < 1e-12, "{name}: {a} {b}");
            }
        }
    }

    #[test]
    fn the_jacobian_equals_central_differences() {
        let wavelet = Wavelet::named("db4").unwrap();
        let numbers =
            |w: &Wavelet| -> Vec<f64> { w.lifting().steps().iter().flat_map(|s| s.taps).chain(w.scale()).collect() };
        for (i, row) in wavelet.jacobian().iter().enumerate() {
            let moved = |h: f64| {
                let mut free = wavelet.angles().to_vec();
                free[i] += h;
                numbers(&Wavelet::from_angles(&free, Some(&wavelet)).unwrap())
            };
            for ((up, down), exact) in moved(1e-6).iter().zip(moved(-1e-6)).zip(row) {
                assert!(((up - down) / 2e-6 - exact).abs() < 1e-6 * (1.0 + exact.abs()), "{i}");
            }
        }
    }

    proptest! {
        #[test]
        fn any_wavelet_reconstructs_and_keeps_the_energy(
            free in prop::collection::vec(-3.0..3.0, 0..5), zero: bool, levels in 1..5_u8,
            x in prop::collection::vec(-9.0..9.0, 2..70),
        ) {
            let Some(wavelet) = Wavelet::from_angles(&free, None) else { return Ok(()) };
            let boundary = if zero { Boundary::Zero } else { Boundary::Periodization };
            let dwt = Dwt::new(wavelet.lifting().clone(), boundary, levels);
            let mut work = vec![0.0; dwt.work_len(x.len())];
            let (mut coefficients, mut energy) = (Vec::new(), 0.0);
            dwt.analyze(&x, &mut work, |band, c| {
                coefficients.extend_from_slice(c);
                energy += c.iter().map(|c| (c * wavelet.band_scales(levels)[band]).powi(2)).sum::<f64>();
            }).unwrap();
            // An odd level around a circle repeats its last sample, and that one's energy.
            let even = (0..levels).all(|level| x.len().is_multiple_of(2 << level));
            let expected: f64 = x.iter().map(|x| x * x).sum();
            prop_assert!(!(zero || even) || (energy - expected).abs() < 1e-9 * expected.max(1.0), "{} {}", energy, expected);
            let mut back = vec![0.0; x.len()];
            dwt.synthesize(&mut coefficients, &mut work, &mut back).unwrap();
            prop_assert!(x.iter().zip(&back).all(|(x, back)| (x - back).abs() < 1e-10), "{:?} {:?}", x, back);
        }

        #[test]
        fn any_angles_make_an_orthogonal_filter_with_a_zero_at_dc(free in prop::collection::vec(-3.0..3.0, 0..8)) {
            let taps = taps_of(&closed(&free));
            prop_assert!(orthogonality_defect(&taps) < 1e-12);
            prop_assert!((taps.iter().sum::<f64>() - std::f64::consts::SQRT_2).abs() < 1e-12);
            // Angles near a right one leave end taps near zero, which tell them only to the square root of rounding.
            let back = taps_of(&angles_of(&taps));
            prop_assert!(taps.iter().zip(&back).all(|(a, b)| (a - b).abs() < 1e-6));
        }

        #[test]
        fn a_ladder_is_within_the_bound_and_makes_the_filter(free in prop::collection::vec(-3.0..3.0, 1..6)) {
            if let Some(wavelet) = Wavelet::from_angles(&free, None) {
                prop_assert!(wavelet.lifting().steps().iter().all(|s| s.taps.iter().all(|t| t.abs() <= 2.0)));
                for (a, b) in taps_of_ladder(wavelet.lifting()).iter().zip(wavelet.taps()) {
                    prop_assert!((a - b).abs() < 1e-9);
                }
            }
        }
    }
}
