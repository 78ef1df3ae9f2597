//! The filters that lifting schemes implement.

use awd_core::{Boundary, Dwt, Scheme};
use std::f64::consts::SQRT_2;

/// max |⟨g, h shifted by 2m⟩ − δₘ| over all m, for the low-pass filters of a wavelet and of its dual; an orthogonal
/// wavelet is its own dual. 0 if the synthesis inverts the analysis.
#[must_use]
pub fn biorthogonality_defect(g: &[f64], h: &[f64]) -> f64 {
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let unit = |m: usize| f64::from(u8::from(m == 0));
    (0..g.len().max(h.len()).div_ceil(2))
        .flat_map(|m| {
            let [later_g, later_h] = [g, h].map(|taps| taps.get(2 * m..).unwrap_or_default());
            [product(later_g, h) - unit(m), product(g, later_h) - unit(m)]
        })
        .fold(0.0, |worst, defect| if defect.abs() > worst { defect.abs() } else { worst })
}

/// max |⟨h, h shifted by 2m⟩ − δₘ| of a low-pass filter; 0 for an orthogonal one.
#[must_use]
pub fn orthogonality_defect(taps: &[f64]) -> f64 {
    biorthogonality_defect(taps, taps)
}

/// The low-pass filter that a scheme implements, in PyWavelets' order, scaled to gain √2. It is measured by responses
/// to unit impulses.
#[must_use]
pub fn taps_of_scheme(scheme: Scheme<'_, f64>) -> Vec<f64> {
    let len = scheme.filter_len();
    // Long enough that the filter does not overlap itself around the periodic boundary.
    let n = 4 * len;
    let dwt = Dwt::new(scheme.rounded(), Boundary::Periodization, 1);
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
    let gain = taps.iter().sum::<f64>() / SQRT_2;
    taps.iter_mut().for_each(|tap| *tap /= gain);
    taps
}
