//! One wavelet for all levels of a transform, or one for each.

use super::bank::dwt;
use super::{Bank, Wavelet};
use awd_core::{Boundary, Dwt, Invalid};
use serde::{Deserialize, Serialize};

/// The wavelets of the first levels, at least one. The last one serves all deeper levels.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Wavelets(Vec<Wavelet>);

impl From<Wavelet> for Wavelets {
    fn from(wavelet: Wavelet) -> Self {
        Self(vec![wavelet])
    }
}

impl Wavelets {
    /// Repeats the wavelets so that each of `levels` levels has its own.
    ///
    /// # Errors
    /// A transform cannot hold these schemes.
    pub fn each(&self, levels: u8) -> Result<Self, Invalid> {
        let per_level = Self((0..usize::from(levels)).map(|level| self.at(level).clone()).collect());
        per_level.dwt(Boundary::Zero, levels)?;
        Ok(per_level)
    }

    /// The wavelet of a level; level 0 is the finest.
    #[must_use]
    pub fn at(&self, level: usize) -> &Wavelet {
        &self.0[level.min(self.0.len() - 1)]
    }

    /// The wavelet of the finest level.
    #[must_use]
    pub fn finest(&self) -> &Wavelet {
        self.at(0)
    }

    /// The wavelets of the first levels.
    #[must_use]
    pub fn all(&self) -> &[Wavelet] {
        &self.0
    }

    /// The unscaled transform of windows, Ψ.
    ///
    /// # Errors
    /// A transform cannot hold these schemes.
    pub fn dwt(&self, boundary: Boundary, levels: u8) -> Result<Dwt<f64>, Invalid> {
        dwt(&self.analysis(), boundary, levels)
    }

    /// The banks that analyse signals, level by level.
    #[must_use]
    pub fn analysis(&self) -> Vec<&Bank> {
        self.0.iter().map(Wavelet::analysis).collect()
    }

    /// The banks that map gradients to attributions of coefficients, level by level ([`Wavelet::dual`]).
    #[must_use]
    pub fn dual(&self) -> Vec<&Bank> {
        self.0.iter().map(Wavelet::dual).collect()
    }

    /// The free parameters of all wavelets.
    #[must_use]
    pub fn free(&self) -> Vec<f64> {
        self.0.iter().flat_map(Wavelet::free).copied().collect()
    }

    /// Wavelets of the same families with other free parameters. `None` if one of them has no bounded scheme, or if all
    /// schemes together have too many steps.
    #[must_use]
    pub fn moved(&self, mut free: &[f64]) -> Option<Self> {
        let mut next = |wavelet: &Wavelet| {
            let own = free.split_off(..wavelet.free().len())?;
            wavelet.moved(own)
        };
        let moved = Self(self.0.iter().map(&mut next).collect::<Option<_>>()?);
        // A moved wavelet's scheme may have more steps.
        (moved.0.len() == 1 || moved.dwt(Boundary::Zero, 1).is_ok()).then_some(moved)
    }

    /// Derivatives of the taps and scales of all wavelets in turn ([`Wavelet::jacobian`]), with one row for each free
    /// parameter.
    #[must_use]
    pub fn jacobian(&self) -> Vec<Vec<f64>> {
        self.block_diagonal(Wavelet::jacobian)
    }

    /// The same for the dual banks.
    #[must_use]
    pub fn dual_jacobian(&self) -> Vec<Vec<f64>> {
        self.block_diagonal(Wavelet::dual_jacobian)
    }

    /// Rows with a wavelet's own derivatives in its columns, and zeros in the columns of the others.
    fn block_diagonal(&self, block: impl Fn(&Wavelet) -> Vec<Vec<f64>>) -> Vec<Vec<f64>> {
        let lens: Vec<usize> = self.0.iter().map(|wavelet| wavelet.analysis().numbers()).collect();
        let mut before = 0;
        let mut rows = Vec::new();
        for (wavelet, len) in self.0.iter().zip(&lens) {
            let zeros = |n: usize| std::iter::repeat_n(0.0, n);
            let after = lens.iter().sum::<usize>() - before - len;
            rows.extend(block(wavelet).into_iter().map(|row| zeros(before).chain(row).chain(zeros(after)).collect()));
            before += len;
        }
        rows
    }

    /// The largest [`Wavelet::orthogonality_defect`].
    #[must_use]
    pub fn orthogonality_defect(&self) -> f64 {
        self.0.iter().map(Wavelet::orthogonality_defect).fold(0.0, f64::max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_level_moves_by_its_own_parameters() {
        let db3 = Wavelets::from(Wavelet::named("db3").unwrap());
        let per_level = db3.each(3).unwrap();
        assert_eq!((per_level.all().len(), per_level.free().len()), (3, 6));
        let mut free = per_level.free();
        free[2] += 0.1;
        let moved = per_level.moved(&free).unwrap();
        assert_eq!(moved.free(), free);
        assert_eq!(moved.at(0).taps(), db3.finest().taps());
        assert_ne!(moved.at(1).taps(), db3.finest().taps());
        assert_eq!(moved.at(9).taps(), moved.at(2).taps());
    }

    #[test]
    fn too_many_steps_for_a_transform_are_refused() {
        let db10 = Wavelets::from(Wavelet::named("db10").unwrap());
        assert!(db10.each(2).is_ok());
        assert_eq!(db10.each(6).unwrap_err().field(), "lifting.steps");
    }
}
