//! The orthogonal wavelet nearest to any filter.
//!
//! Minimises ‖h − taps(θ)‖² over the K − 1 free lattice angles by damped least squares (Levenberg 1944; Marquardt
//! 1963), with exact derivatives. It starts from the angles that `angles_of` finds. If the end taps nearly vanish,
//! these are exact only to the square root of rounding, which the descent repairs. For a filter that is far from
//! orthogonal they mean little and there are several local minima, so more starts are drawn.

use super::lattice::{angles_of, closed, taps_of};
use nalgebra::{DMatrix, DVector};
use num_dual::Dual64;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::f64::consts::FRAC_PI_2;

/// A difference of at most this norm is a rounding error.
const EXACT: f64 = 1e-14;

/// At a difference of at most this norm the filter is itself a wavelet, and no other minimum is nearer.
const CLOSE: f64 = 1e-6;

/// Number of random starts if the first descent does not come so close.
const STARTS: usize = 32;

/// Maximum number of steps of a descent.
const STEPS: usize = 200;

/// A descent ends when a step shortens the difference by less than this fraction.
const TOLERANCE: f64 = 1e-12;

/// The initial and the maximum damping, in units of the squared derivatives (which are at most 1).
const DAMPING: [f64; 2] = [1e-3, 1e6];

/// The K − 1 free angles (radians) of the orthogonal wavelet whose taps are nearest, in the L2 norm, to those of a
/// filter of 2K finite taps. Deterministic.
#[must_use]
pub fn project(taps: &[f64]) -> Vec<f64> {
    let mut initial = angles_of(taps);
    initial.pop();
    let mut nearest = Descent::from(taps, initial);
    let mut random = ChaCha8Rng::seed_from_u64(0);
    for _ in 0..STARTS {
        if nearest.distance <= CLOSE {
            break;
        }
        let start = nearest.free.iter().map(|_| random.random_range(-FRAC_PI_2..FRAC_PI_2)).collect();
        let found = Descent::from(taps, start);
        if found.distance < nearest.distance {
            nearest = found;
        }
    }
    nearest.free
}

/// A descent of the angles towards a filter.
struct Descent<'a> {
    target: &'a [f64],
    free: Vec<f64>,
    distance: f64,
    damping: f64,
}

impl<'a> Descent<'a> {
    /// Runs a descent from these angles to its end.
    fn from(target: &'a [f64], start: Vec<f64>) -> Self {
        let mut descent =
            Self { target, distance: difference(target, &start).norm(), free: start, damping: DAMPING[0] };
        for _ in 0..if descent.free.is_empty() { 0 } else { STEPS } {
            let before = descent.distance;
            if before <= EXACT || descent.step().is_none() || descent.distance > before * (1.0 - TOLERANCE) {
                break;
            }
        }
        descent
    }

    /// Takes a step that shortens the distance, and increases the damping until one does. `None` if no step does.
    fn step(&mut self) -> Option<()> {
        // Singular values, because the normal equations would square the condition number.
        let svd = jacobian(&self.free).try_svd(true, true, f64::EPSILON, 1000)?;
        let (u, v) = (svd.u?, svd.v_t?);
        let along = u.tr_mul(&difference(self.target, &self.free));
        while self.damping < DAMPING[1] {
            let damped = along.zip_map(&svd.singular_values, |along, s| along * s / (s * s + self.damping));
            let moved: Vec<f64> = self.free.iter().zip(&v.tr_mul(&damped)).map(|(angle, step)| angle + step).collect();
            let distance = difference(self.target, &moved).norm();
            if distance < self.distance {
                (self.free, self.distance) = (moved, distance);
                self.damping /= 10.0;
                return Some(());
            }
            self.damping *= 10.0;
        }
        None
    }
}

/// The filter minus the taps of the lattice.
fn difference(target: &[f64], free: &[f64]) -> DVector<f64> {
    let taps = taps_of(&closed(free));
    DVector::from_iterator(target.len(), target.iter().zip(taps).map(|(target, tap)| target - tap))
}

/// Derivatives of the taps, a row each, with respect to the free angles, a column each.
fn jacobian(free: &[f64]) -> DMatrix<f64> {
    let columns = (0..free.len()).flat_map(|i| {
        let dual = |(j, &angle): (usize, &f64)| Dual64::new(angle, f64::from(u8::from(i == j)));
        let free: Vec<Dual64> = free.iter().enumerate().map(dual).collect();
        taps_of(&closed(&free)).into_iter().map(|tap| tap.eps)
    });
    DMatrix::from_iterator(2 * free.len() + 2, free.len(), columns)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wavelet::{named, names, orthogonality_defect};

    fn projected(taps: &[f64]) -> Vec<f64> {
        taps_of(&closed(&project(taps)))
    }

    fn max_difference(a: &[f64], b: &[f64]) -> f64 {
        a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
    }

    fn norm(a: &[f64], b: &[f64]) -> f64 {
        a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
    }

    #[test]
    fn the_catalogue_is_its_own_projection() {
        for name in names() {
            let taps = named(name).unwrap();
            let nearest = projected(&taps);
            assert!(orthogonality_defect(&nearest) <= 1e-14, "{name}");
            assert!(max_difference(&nearest, &projected(&nearest)) <= 1e-12, "{name}");
            // Long symlets are nearly symmetric, and the conditions of orthogonality hardly change with their taps. The
            // table meets the conditions to 1e-14, but is up to 5e-9 from the nearest wavelet.
            let bound = if name.starts_with("sym") || name == "coif5" { 1e-8 } else { 1e-12 };
            let bound = if taps.len() <= 22 { 1e-12 } else { bound };
            assert!(max_difference(&taps, &nearest) <= bound, "{name} {}", max_difference(&taps, &nearest));
        }
    }

    #[test]
    fn a_lattice_is_its_own_projection_to_rounding_unless_its_end_taps_vanish() {
        let mut random = ChaCha8Rng::seed_from_u64(7);
        let mut errors: Vec<f64> = (0..8000)
            .map(|i| {
                let free: Vec<f64> = (0..1 + i % 8).map(|_| random.random_range(-3.0..3.0)).collect();
                let taps = taps_of(&closed(&free));
                max_difference(&taps, &projected(&taps))
            })
            .collect();
        errors.sort_by(f64::total_cmp);
        println!("median {:.0e}, 99.9% {:.0e}, max {:.0e}", errors[4000], errors[7992], errors[7999]);
        assert!(errors[7992] <= 1e-12 && errors[7999] < 1e-6, "{:?}", &errors[7990..]);
    }

    #[test]
    fn no_wavelet_is_nearer_to_noise_than_its_projection() {
        let mut random = ChaCha8Rng::seed_from_u64(3);
        for taps in [2, 4, 6, 10, 12] {
            let noise: Vec<f64> = (0..taps).map(|_| random.random_range(-1.0..1.0)).collect();
            let angles = project(&noise);
            let nearest = taps_of(&closed(&angles));
            assert!(orthogonality_defect(&nearest) <= 1e-12);
            let distance = norm(&noise, &nearest);
            assert!(max_difference(&nearest, &projected(&nearest)) < 1e-12, "a second projection moves it");
            for _ in 0..5000 {
                let free: Vec<f64> = (1..taps / 2).map(|_| random.random_range(-3.0..3.0)).collect();
                assert!(norm(&noise, &taps_of(&closed(&free))) > distance - 1e-12, "{taps}: {free:?}");
                let near: Vec<f64> = angles.iter().map(|a| a + random.random_range(-0.01..0.01)).collect();
                assert!(norm(&noise, &taps_of(&closed(&near))) > distance - 1e-12, "{taps}: {near:?}");
            }
        }
    }
}
