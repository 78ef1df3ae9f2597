//! The dual wavelet: the wavelet of the synthesis.
//!
//! The analysis Ψ gives the coefficients of a window in one basis; its inverse is a sum over the dual basis. An
//! orthogonal wavelet is its own dual up to scales, which a scheme omits. The analysis with the dual wavelet is Ψ⁻ᵀ, so
//! ⟨Ψx, Ψ⁻ᵀy⟩ = ⟨x, y⟩. Hence it turns a gradient with respect to windows into the gradient with respect to
//! coefficients. The synthesis with the dual wavelet is the adjoint Ψᵀ.
//!
//! This holds for periodization of even lengths, and for zero padding, which keeps all coefficients. For symmetric
//! extension the samples near the ends also count through their mirror images.

use crate::wavelet::lifting::Frame;
use crate::{Invalid, Lifting, Step, Tap};

impl<C: Tap + Into<f64>> Lifting<C> {
    /// The scheme of the dual wavelet: every step inverted and transposed, in the same order.
    ///
    /// ```
    /// use awd_core::{Boundary, Dwt, named};
    ///
    /// let scheme = named::CDF53.lifting::<f64>()?;
    /// let [wavelet, dual] = [scheme.clone(), scheme.dual()?].map(|l| Dwt::new(l, Boundary::Zero, 1));
    /// let (x, y) = ([1.0, 2.0, 4.0, 3.0], [0.0, 1.0, -1.0, 5.0]);
    /// let (mut c, mut work) = (vec![], vec![0.0; wavelet.work_len(4)]);
    /// wavelet.analyze(&x, &mut work, |_, band| c.extend_from_slice(band))?;
    /// let mut product = 0.0;
    /// let mut c = c.iter();
    /// dual.analyze(&y, &mut work, |_, band| product += band.iter().zip(&mut c).map(|(y, x)| x * y).sum::<f64>())?;
    /// assert_eq!(product, 1.0 * 0.0 + 2.0 * 1.0 - 4.0 * 1.0 + 3.0 * 5.0);
    /// # Ok::<(), awd_core::Invalid>(())
    /// ```
    ///
    /// # Errors
    /// The dual would have more than [`MAX_STEPS`](crate::wavelet::lifting::MAX_STEPS) steps.
    pub fn dual(&self) -> Result<Self, Invalid> {
        let mut steps = [Step::new(0, [C::ZERO; 2]); crate::wavelet::lifting::MAX_STEPS + 1];
        // In the dual, steps that changed the detail change the approximation and vice versa. So a final step of zeros,
        // which only made the last step change the detail, is dropped, unless it is one of just two steps.
        let primal = match &self.steps[..] {
            [before @ .., last] if before.len() > 1 && last.taps == [C::ZERO; 2] => before,
            all => all,
        };
        for (dual, step) in steps.iter_mut().zip(primal) {
            // `target[k] += tap·source[k + i]` becomes `source[k] −= tap·target[k − i]`.
            let [second, first] = step.taps.map(|tap| C::from_f64(-tap.into()));
            *dual = Step::new(-1 - step.offset, [first, second]);
        }
        // If no step of zeros was dropped, one is appended, so that the last step changes the detail.
        let len = primal.len() + usize::from(primal.len() == self.steps.len());
        let steps = steps.get(..len).unwrap_or_default();
        let Frame { filter_len, origin } = self.scheme().frame;
        Self::new(filter_len, origin, steps)
    }
}

#[cfg(test)]
mod tests {
    use crate::{Lifting, Q14, named};

    #[test]
    fn the_dual_of_the_dual_is_the_wavelet() {
        for wavelet in named::ALL {
            let scheme: Lifting<f64> = wavelet.lifting().unwrap();
            assert_eq!(scheme.dual().unwrap().dual().unwrap(), scheme, "{}", wavelet.name);
            let scheme: Lifting<Q14> = wavelet.lifting().unwrap();
            assert_eq!(scheme.dual().unwrap().dual().unwrap(), scheme, "{}", wavelet.name);
        }
    }

    #[test]
    fn the_longest_scheme_has_no_dual() {
        let step = crate::Step::new(0, [0.5, 0.5]);
        let longest = Lifting::new(40, [0, 1], &[step; crate::wavelet::lifting::MAX_STEPS]).unwrap();
        assert_eq!(longest.dual().unwrap_err().field(), "lifting.steps");
    }
}
