//! What a teacher says about every training window, cached: it does not depend on the wavelet.

use super::bounds::finite;
use crate::cluster::{Ranks, allgather};
use crate::{Error, Result};
use ndarray::{Array2, Array3, Axis};

/// Gradients of a teacher, and what they are multiplied by, if anything.
#[derive(Debug, Clone, PartialEq)]
pub struct Attributions {
    /// Gradients (n, outputs, N) with respect to the samples, at the windows or averaged along paths to them; in units of
    /// the output per unit of the sample.
    pub gradients: Array3<f32>,
    /// How far each window is from where its path began (n, N), in units of the samples. With it a coefficient's attribution
    /// is the gradient's coefficient times the displacement's; without it the gradient's alone.
    pub displacements: Option<Array2<f32>>,
}

impl Attributions {
    /// Gradients at the windows alone.
    #[must_use]
    pub const fn saliency(gradients: Array3<f32>) -> Self {
        Self { gradients, displacements: None }
    }

    /// Those of a rank's windows, of so many samples; where it has none, with as many outputs as others have.
    #[must_use]
    pub fn of_rank(ranks: &dyn Ranks, own: Option<Self>, window: usize) -> Self {
        let kinds = allgather(ranks, own.as_ref().map(|own| (own.outputs(), own.displacements.is_some())));
        let (outputs, displacements) = kinds.into_iter().flatten().next().unwrap_or((1, false));
        own.unwrap_or_else(|| Self {
            gradients: Array3::zeros((0, outputs, window)),
            displacements: displacements.then(|| Array2::zeros((0, window))),
        })
    }

    /// Outputs of each window.
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.gradients.len_of(Axis(1))
    }

    /// Those of these windows.
    #[must_use]
    pub fn select(&self, rows: &[usize]) -> Self {
        Self {
            gradients: self.gradients.select(Axis(0), rows),
            displacements: self.displacements.as_ref().map(|displacements| displacements.select(Axis(0), rows)),
        }
    }

    /// Those, and others behind them.
    ///
    /// # Panics
    /// The others are of other windows or outputs.
    pub fn append(&mut self, next: &Self) {
        self.gradients.append(Axis(0), next.gradients.view()).expect("gradients of as many outputs");
        if let (Some(own), Some(next)) = (&mut self.displacements, &next.displacements) {
            own.append(Axis(0), next.view()).expect("displacements of one length");
        }
    }

    /// Those of one output, counted from 0.
    ///
    /// # Errors
    /// There are not so many.
    pub fn output(&self, output: usize) -> Result<Self> {
        if output >= self.outputs() {
            return Err(Error::input(
                "attributions",
                "output",
                format_args!("0..{}; asked for {output}", self.outputs()),
            ));
        }
        let gradients = self.gradients.select(Axis(1), &[output]);
        Ok(Self { gradients, displacements: self.displacements.clone() })
    }

    /// They must have the shape of the windows `x` (n, N) and be finite.
    ///
    /// # Errors
    /// They do not; `file` is where they came from.
    pub fn check(&self, file: &str, x: &Array2<f32>) -> Result<()> {
        self.check_shape(file, x.dim())
    }

    pub(super) fn check_shape(&self, file: &str, (windows, samples): (usize, usize)) -> Result<()> {
        let (n, outputs, window) = self.gradients.dim();
        if (n, window) != (windows, samples) || outputs == 0 {
            let found = self.gradients.shape();
            let bound =
                format_args!("shape ({windows}, {samples}) or ({windows}, outputs, {samples}); it is {found:?}");
            return Err(Error::input(file, "gradient_train", bound));
        }
        let flat = self.gradients.to_shape((n, self.gradients.len() / n.max(1)));
        finite(file, "gradient_train", flat.expect("a gradient is as large as itself").view())?;
        let Some(displacements) = &self.displacements else { return Ok(()) };
        if displacements.dim() != (windows, samples) {
            let bound = format_args!("shape ({windows}, {samples}); it is {:?}", displacements.shape());
            return Err(Error::input(file, "displacement_train", bound));
        }
        finite(file, "displacement_train", displacements.view())
    }
}
