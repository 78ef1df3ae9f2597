//! The filter bank of a level, and transforms of several levels.

use awd_core::{Boundary, Dwt, Invalid, Lifting};

/// A lifting scheme and two scales. The unscaled approximation and detail of one level, times their scales, are those
/// of filters of gain √2.
#[derive(Debug, Clone)]
pub struct Bank {
    /// The scheme, without scales.
    pub lifting: Lifting<f64>,
    /// The scales of approximation and detail.
    pub scale: [f64; 2],
}

impl Bank {
    /// Number of parameters of the bank: two taps per step, and the two scales.
    #[must_use]
    pub fn numbers(&self) -> usize {
        2 * self.lifting.scheme().steps().len() + self.scale.len()
    }
}

/// The unscaled transform with the banks of the first levels.
///
/// # Errors
/// There is no bank, or a transform cannot hold these schemes.
pub fn dwt(banks: &[&Bank], boundary: Boundary, levels: u8) -> Result<Dwt<f64>, Invalid> {
    let (first, others) = banks.split_first().ok_or(Invalid::Schemes)?;
    let first = Dwt::new(first.lifting.clone(), boundary, levels);
    others.iter().try_fold(first, |dwt, bank| dwt.and(&bank.lifting))
}

/// The scale of each band of a transform of `levels` levels, finest detail first, approximation last.
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

/// The boundary for the dual transform of gradients, which yields gradients with respect to coefficients. That
/// transform is the adjoint of the synthesis. Unless the boundary is periodic, the synthesis yields nothing beyond the
/// window, so gradients are zero there; only samples are mirrored.
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
