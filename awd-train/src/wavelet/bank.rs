//! What a level of a transform is made of, and transforms of several.

use awd_core::{Boundary, Dwt, Invalid, Lifting};

/// A scheme, and by what the unscaled approximation and detail of one level are multiplied to be those of filters of gain √2.
#[derive(Debug, Clone)]
pub struct Bank {
    /// The scheme, without scales.
    pub lifting: Lifting<f64>,
    /// The factors of approximation and detail.
    pub scale: [f64; 2],
}

impl Bank {
    /// The numbers of the scheme, two a step, and the two scales.
    #[must_use]
    pub fn numbers(&self) -> usize {
        2 * self.lifting.scheme().steps().len() + self.scale.len()
    }
}

/// The transform of the banks of the first levels, unscaled.
///
/// # Errors
/// No bank, or it has no room for so many schemes.
pub fn dwt(banks: &[&Bank], boundary: Boundary, levels: u8) -> Result<Dwt<f64>, Invalid> {
    let (first, others) = banks.split_first().ok_or(Invalid::Schemes)?;
    let first = Dwt::new(first.lifting.clone(), boundary, levels);
    others.iter().try_fold(first, |dwt, bank| dwt.and(&bank.lifting))
}

/// The factor of each band of a transform of so many levels, finest detail first, approximation last.
///
/// # Panics
/// There is no bank.
#[must_use]
pub fn band_scales(banks: &[&Bank], levels: u8) -> Vec<f64> {
    let mut above = 1.0;
    let mut scales: Vec<f64> = (0..usize::from(levels))
        .map(|level| {
            let [low, high] = banks[level.min(banks.len() - 1)].scale;
            let scale = above * high;
            above *= low;
            scale
        })
        .collect();
    scales.push(above);
    scales
}

/// What stands beyond the ends of gradients, for the dual to make gradients with respect to coefficients of them. The
/// synthesis makes nothing there but around a circle, and its adjoint finds nothing: mirror images are the samples' alone.
#[must_use]
pub const fn dual_boundary(boundary: Boundary) -> Boundary {
    match boundary {
        Boundary::Symmetric => Boundary::Zero,
        boundary => boundary,
    }
}

/// The coefficients of a window, scaled, band by band: finest detail first, approximation last.
///
/// # Errors
/// As [`dwt`].
pub fn coefficients(banks: &[&Bank], boundary: Boundary, levels: u8, x: &[f64]) -> Result<Vec<Vec<f64>>, Invalid> {
    let (dwt, scales) = (dwt(banks, boundary, levels)?, band_scales(banks, levels));
    let mut bands = Vec::with_capacity(scales.len());
    dwt.analyze(x, &mut vec![0.0; dwt.work_len(x.len())], |band, c| {
        bands.push(c.iter().map(|c| c * scales[band]).collect());
    })?;
    Ok(bands)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wavelet::Wavelet;

    #[test]
    fn bands_are_scaled_level_by_level() {
        let [db2, db4] = ["db2", "db4"].map(|name| Wavelet::named(name).unwrap());
        let [[low2, high2], [low4, high4]] = [&db2, &db4].map(|wavelet| wavelet.analysis().scale);
        let several = band_scales(&[db2.analysis(), db4.analysis()], 3);
        assert_eq!(several, [high2, low2 * high4, low2 * low4 * high4, low2 * low4 * low4]);
    }
}
