//! Attributions of a teacher for every training window. They do not depend on the wavelet, so they are cached.

use super::bounds::check_finite;
use crate::cluster::{Ranks, allgather};
use crate::{Error, Result};
use ndarray::{Array2, Array3, Axis};

/// Gradients of a teacher, and the displacements by which they are multiplied, if any.
#[derive(Debug, Clone, PartialEq)]
pub struct Attributions {
    /// Gradients (n, outputs, N) with respect to the samples, at the windows or averaged along paths to them; in units of
    /// the output per unit of the sample.
    pub gradients: Array3<f32>,
    /// The displacement of each window from the start of its path (n, N), in units of the samples. With displacements a
    /// coefficient's attribution is the gradient's coefficient times the displacement's; without them it is the
    /// gradient's coefficient.
    pub displacements: Option<Array2<f32>>,
}

impl Attributions {
    /// Gradients at the windows, without displacements.
    #[must_use]
    pub const fn saliency(gradients: Array3<f32>) -> Self {
        Self { gradients, displacements: None }
    }

    /// Returns the attributions of this rank. A rank without windows gets an empty array with as many outputs as other
    /// ranks have; `window` is the number of samples.
    #[must_use]
    pub fn of_rank(ranks: &dyn Ranks, own: Option<Self>, window: usize) -> Self {
        let kinds = allgather(ranks, own.as_ref().map(|own| (own.outputs(), own.displacements.is_some())));
        let (outputs, displacements) = kinds.into_iter().flatten().next().unwrap_or((1, false));
        own.unwrap_or_else(|| Self {
            gradients: Array3::zeros((0, outputs, window)),
            displacements: displacements.then(|| Array2::zeros((0, window))),
        })
    }

    /// The number of outputs.
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.gradients.len_of(Axis(1))
    }

    /// The attributions of these windows.
    #[must_use]
    pub fn select(&self, rows: &[usize]) -> Self {
        Self {
            gradients: self.gradients.select(Axis(0), rows),
            displacements: self.displacements.as_ref().map(|displacements| displacements.select(Axis(0), rows)),
        }
    }

    /// Appends `next` to these attributions.
    ///
    /// # Panics
    /// `next` has another number of samples or outputs.
    pub fn append(&mut self, next: &Self) {
        self.gradients.append(Axis(0), next.gradients.view()).expect("gradients of the same number of outputs");
        if let (Some(own), Some(next)) = (&mut self.displacements, &next.displacements) {
            own.append(Axis(0), next.view()).expect("displacements of the same length");
        }
    }

    /// The attributions of one output, counted from 0.
    ///
    /// # Errors
    /// There is no such output.
    pub fn output(&self, output: usize) -> Result<Self> {
        if output >= self.outputs() {
            return Err(Error::input(
                "attributions",
                "output",
                format_args!("below {}; asked for {output}", self.outputs()),
            ));
        }
        let gradients = self.gradients.select(Axis(1), &[output]);
        Ok(Self { gradients, displacements: self.displacements.clone() })
    }

    /// Checks that they have the shape of the windows `x` (n, N) and are finite.
    ///
    /// # Errors
    /// They do not, or are not. `file` is their origin, which the error names.
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
        check_finite(file, "gradient_train", flat.expect("the number of elements stays the same").view())?;
        let Some(displacements) = &self.displacements else { return Ok(()) };
        if displacements.dim() != (windows, samples) {
            let bound = format_args!("shape ({windows}, {samples}); it is {:?}", displacements.shape());
            return Err(Error::input(file, "displacement_train", bound));
        }
        check_finite(file, "displacement_train", displacements.view())
    }
}
