//! One wavelet for all levels of a transform, or one for each.

use super::bank::dwt;
use super::{Bank, Wavelet};
use awd_core::{Boundary, Dwt, Invalid};
use serde::{Deserialize, Serialize};

/// The wavelets of the first levels, one at least; the last serves all levels that are deeper.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Wavelets(Vec<Wavelet>);

impl From<Wavelet> for Wavelets {
    fn from(wavelet: Wavelet) -> Self {
        Self(vec![wavelet])
    }
}

impl Wavelets {
    /// The same with a wavelet for each of so many levels, as far as a transform has room for their schemes.
    ///
    /// # Errors
    /// It has not.
    pub fn each(&self, levels: u8) -> Result<Self, Invalid> {
        let each = Self((0..usize::from(levels)).map(|level| self.at(level).clone()).collect());
        each.dwt(Boundary::Zero, levels)?;
        Ok(each)
    }

    /// That of a level, the finest 0.
    #[must_use]
    pub fn at(&self, level: usize) -> &Wavelet {
        &self.0[level.min(self.0.len() - 1)]
    }

    /// That of the finest level.
    #[must_use]
    pub fn finest(&self) -> &Wavelet {
        self.at(0)
    }

    /// Those of the first levels.
    #[must_use]
    pub fn all(&self) -> &[Wavelet] {
        &self.0
    }

    /// The transform of windows: Ψ, unscaled.
    ///
    /// # Errors
    /// It has no room for so many schemes.
    pub fn dwt(&self, boundary: Boundary, levels: u8) -> Result<Dwt<f64>, Invalid> {
        dwt(&self.analysis(), boundary, levels)
    }

    /// What analyses signals, level by level.
    #[must_use]
    pub fn analysis(&self) -> Vec<&Bank> {
        self.0.iter().map(Wavelet::analysis).collect()
    }

    /// What makes attributions of coefficients of gradients, level by level ([`Wavelet::dual`]).
    #[must_use]
    pub fn dual(&self) -> Vec<&Bank> {
        self.0.iter().map(Wavelet::dual).collect()
    }

    /// The free numbers of all.
    #[must_use]
    pub fn free(&self) -> Vec<f64> {
        self.0.iter().flat_map(Wavelet::free).copied().collect()
    }

    /// Wavelets of the same families with other free numbers; `None` where one of them has no bounded scheme, or all
    /// schemes together have too many steps.
    #[must_use]
    pub fn moved(&self, mut free: &[f64]) -> Option<Self> {
        let mut next = |wavelet: &Wavelet| {
            let own = free.split_off(..wavelet.free().len())?;
            wavelet.moved(own)
        };
        let moved = Self(self.0.iter().map(&mut next).collect::<Option<_>>()?);
        // A scheme elsewhere may have more steps.
        (moved.0.len() == 1 || moved.dwt(Boundary::Zero, 1).is_ok()).then_some(moved)
    }

    /// Derivatives of the numbers of all wavelets, one after the other ([`Wavelet::jacobian`]), with respect to each free
    /// number, a row each.
    #[must_use]
    pub fn jacobian(&self) -> Vec<Vec<f64>> {
        self.blocks(Wavelet::jacobian)
    }

    /// The same of their duals'.
    #[must_use]
    pub fn dual_jacobian(&self) -> Vec<Vec<f64>> {
        self.blocks(Wavelet::dual_jacobian)
    }

    /// Rows with a wavelet's own derivatives in its place, and zeros in the places of the others.
    fn blocks(&self, of: impl Fn(&Wavelet) -> Vec<Vec<f64>>) -> Vec<Vec<f64>> {
        let lens: Vec<usize> = self.0.iter().map(|wavelet| wavelet.analysis().numbers()).collect();
        let mut before = 0;
        let mut rows = Vec::new();
        for (wavelet, len) in self.0.iter().zip(&lens) {
            let zeros = |n: usize| std::iter::repeat_n(0.0, n);
            let after = lens.iter().sum::<usize>() - before - len;
            rows.extend(of(wavelet).into_iter().map(|row| zeros(before).chain(row).chain(zeros(after)).collect()));
            before += len;
        }
        rows
    }

    /// The greatest of [`Wavelet::orthogonality_defect`].
    #[must_use]
    pub fn orthogonality_defect(&self) -> f64 {
        self.0.iter().map(Wavelet::orthogonality_defect).fold(0.0, f64::max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_level_moves_by_its_own_numbers() {
        let db3 = Wavelets::from(Wavelet::named("db3").unwrap());
        let each = db3.each(3).unwrap();
        assert_eq!((each.all().len(), each.free().len()), (3, 6));
        let mut free = each.free();
        free[2] += 0.1;
        let moved = each.moved(&free).unwrap();
        assert_eq!(moved.free(), free);
        assert_eq!(moved.at(0).taps(), db3.finest().taps());
        assert_ne!(moved.at(1).taps(), db3.finest().taps());
        assert_eq!(moved.at(9).taps(), moved.at(2).taps());
    }

    #[test]
    fn a_transform_has_room_for_so_many_steps_only() {
        let db10 = Wavelets::from(Wavelet::named("db10").unwrap());
        assert!(db10.each(2).is_ok());
        assert_eq!(db10.each(6).unwrap_err().field(), "lifting.steps");
    }
}
