//! Networks as they are distilled, wherever they come from.

use crate::Result;
use crate::attribution::Function;
use crate::attribution::Method;
use crate::attribution::StepError;
use crate::data::Attributions;
use crate::progress::Progress;
use ndarray::Array2;

/// A network for windows of one length.
pub trait Network: Function {
    /// Every number that it needs.
    fn parameters(&self) -> usize;

    /// Whether its gradients are differences, whose step is chosen on the windows.
    fn by_differences(&self) -> bool {
        false
    }

    /// What the method caches of it for windows `x` (n, N), and how far its gradients may be off where they are differences;
    /// the listener hears how many evaluations of the gradients are done.
    ///
    /// # Errors
    /// There are no gradients, or not those of the function, or the listener cancels.
    fn attribute(
        &self,
        method: &Method,
        x: &Array2<f32>,
        progress: Progress<'_>,
    ) -> Result<(Attributions, Option<StepError>)>;
}
