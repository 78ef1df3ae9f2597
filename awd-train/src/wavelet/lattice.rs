//! The orthogonal lattice: every vector of K angles gives an orthogonal filter of 2K taps, and vice versa.
//!
//! The polyphase matrix is the product of K plane rotations, with the delay Λ = diag(1, z⁻¹) between neighbours, the
//! last angle's rotation first (Vaidyanathan & Hoang 1988). Its first row holds the even and the odd taps of the
//! low-pass filter.

use num_dual::DualNum;
use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, PI};

/// Completes K − 1 free angles to K angles: the last one makes the sum π/4.
pub fn closed<D: DualNum<Primitive = f64> + Copy>(free: &[D]) -> Vec<D> {
    let last = free.iter().fold(D::from(FRAC_PI_4), |rest, &angle| rest - angle);
    free.iter().copied().chain([last]).collect()
}

/// The 2K taps of K angles in radians.
pub fn taps_of<D: DualNum<Primitive = f64> + Copy>(angles: &[D]) -> Vec<D> {
    let (mut even, mut odd) = (vec![D::from(1.0)], vec![D::from(0.0)]);
    for (i, angle) in angles.iter().rev().enumerate() {
        if i > 0 {
            even.push(D::from(0.0));
            odd.insert(0, D::from(0.0));
        }
        let (sin, cos) = angle.sin_cos();
        for (e, o) in even.iter_mut().zip(&mut odd) {
            (*e, *o) = (*e * cos - *o * sin, *e * sin + *o * cos);
        }
    }
    even.into_iter().zip(odd).flat_map(|(e, o)| [e, o]).collect()
}

/// The angles of a filter with an even number of taps, found by removing one rotation after the other. For an
/// orthogonal filter they are as exact as its end taps allow. [`super::project`] starts from them.
pub fn angles_of(taps: &[f64]) -> Vec<f64> {
    let (mut even, mut odd): (Vec<f64>, Vec<f64>) = taps.chunks_exact(2).map(|pair| (pair[0], pair[1])).unzip();
    let mut angles = Vec::with_capacity(even.len());
    while even.len() > 1 {
        // Undoing the rotation clears the last even and the first odd tap. For an orthogonal filter both conditions
        // agree; the longer pair gives the angle more exactly.
        let (first, last) = ((even[0], odd[0]), (even[even.len() - 1], odd[odd.len() - 1]));
        let angle = if first.0.hypot(first.1) >= last.0.hypot(last.1) {
            first.1.atan2(first.0)
        } else {
            (-last.0).atan2(last.1)
        };
        let angle = into_half_turn(angle);
        let (sin, cos) = angle.sin_cos();
        for (e, o) in even.iter_mut().zip(&mut odd) {
            (*e, *o) = (*e * cos + *o * sin, -*e * sin + *o * cos);
        }
        even.pop();
        odd.remove(0);
        angles.push(angle);
    }
    if let (Some(e), Some(o)) = (even.first(), odd.first()) {
        angles.push(o.atan2(*e));
    }
    angles
}

/// Maps an angle into a half turn. A rotation by π only changes signs, which the last angle absorbs.
fn into_half_turn(angle: f64) -> f64 {
    if angle > FRAC_PI_2 {
        angle - PI
    } else if angle <= -FRAC_PI_2 {
        angle + PI
    } else {
        angle
    }
}
